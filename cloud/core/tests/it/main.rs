//! The rules of the core as an outsider sees them: through commands and entries, with everything that can go wrong
//! around them.

mod simulation;
