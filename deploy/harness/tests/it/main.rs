//! The machine's own tests: the walls of the code base, and the programs under attack. Everything here runs the
//! real programs; what one program does alone is tested in its own folder.

mod crowded_shop;
mod kill_box;
mod kill_ledger;
mod tidy;
