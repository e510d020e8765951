//! The pages' types are these types: `shared/web/generated/wire.ts` is written from them, and this test
//! fails when it is behind. `UPDATE=1 cargo test -p shared --test typescript` writes it anew.

#![expect(clippy::disallowed_methods, reason = "the crate reads and writes nothing; its tests keep files")]

use std::path::Path;

use shared::command::{Command, Reply, Request};
use shared::message::{AnnouncementsView, Message, MessageRecord, MessageReport};
use shared::screen::{Board, BoardEvent, Heartbeat, KitchenView, MenuEvent, MenuView, Session};
use ts_rs::{Config, TS};

#[test]
fn the_generated_types_are_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder for the fresh types");
    let config = Config::new().with_out_dir(folder.path());
    let exported = [
        Command::export_all(&config),
        Request::export_all(&config),
        Reply::export_all(&config),
        Session::export_all(&config),
        Board::export_all(&config),
        BoardEvent::export_all(&config),
        Heartbeat::export_all(&config),
        MenuView::export_all(&config),
        MenuEvent::export_all(&config),
        KitchenView::export_all(&config),
        AnnouncementsView::export_all(&config),
        Message::export_all(&config),
        MessageReport::export_all(&config),
        MessageRecord::export_all(&config),
    ];
    assert!(exported.iter().all(Result::is_ok), "{exported:?}");

    let fresh = in_one_file(folder.path());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/generated/wire.ts");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(kept.parent().expect("it has a folder")).expect("a folder for the types");
        std::fs::write(&kept, &fresh).expect("the types are written");
    }
    let kept = std::fs::read_to_string(&kept).unwrap_or_default();
    assert!(kept == fresh, "run UPDATE=1 cargo test -p shared --test typescript");
}

/// One module is nicer to import than forty; the order is that of the names.
fn in_one_file(folder: &Path) -> String {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the exported types")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "ts"))
        .collect();
    files.sort();
    let mut module = "// Generated from the crate `shared`. Do not edit.\n".to_owned();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a readable file");
        let declarations =
            text.lines().filter(|line| !line.starts_with("import ") && !line.starts_with("// "));
        for line in declarations {
            if !(line.is_empty() && module.ends_with("\n\n")) {
                module.push_str(line);
                module.push('\n');
            }
        }
    }
    module
}
