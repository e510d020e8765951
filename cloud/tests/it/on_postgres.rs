//! Every story again on PostgreSQL: this program runs itself once more, with another store.

use std::process::Command;

use crate::town::STORE_VARIABLE;

#[test]
fn every_story_is_told_on_postgresql_too() {
    let program = std::env::current_exe().expect("this program");
    let mut again = Command::new(program);
    // What is left out does not ask which store it is.
    again.args(["--skip", "on_postgres::", "--skip", "store::", "--skip", "journal::"]);
    // It shares the machine with the rest of the tests.
    again.arg("--test-threads=2");
    let ended = again.env(STORE_VARIABLE, "postgres").output().expect("the program runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
}
