//! Keeps the walls that a compiler does not see: who may depend on whom, where SQL stands, how a file begins,
//! what lies at the top, and that every rule of the kitchen and of the SMS books has a test that names it.
//!
//! Deliberately absent: taste. What clippy, rustfmt and cargo-deny can hold is held there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The owner's card: nothing else at the top, but for files whose names begin with a dot.
const TOP_LEVEL: [&str; 8] =
    ["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "edge", "cloud", "shared", "deploy"];

/// Crates that reach the world outside. A pure crate has none of them, however deep.
const CRATES_THAT_DO_IO: [&str; 14] = [
    "tokio",
    "mio",
    "socket2",
    "rusqlite",
    "libsqlite3-sys",
    "axum",
    "hyper",
    "reqwest",
    "rumqttc-v4-next",
    "rodio",
    "cpal",
    "tracing",
    "log",
    "rand",
];

/// A file past this is two files.
const LINES_MAX: usize = 500;

/// The rules of part A. Each has a test whose name begins with its code.
const RULES: [&str; 17] =
    ["k1", "k2", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "s1", "s3", "s4", "s5", "s6", "s8", "m6"];

#[test]
fn the_top_level_holds_what_the_owner_named() {
    let strays: BTreeSet<_> = project_files()
        .iter()
        .filter_map(|path| path.split('/').next().map(str::to_owned))
        .filter(|name| !name.starts_with('.') && !TOP_LEVEL.contains(&name.as_str()))
        .collect();
    assert!(strays.is_empty(), "these belong in one of the four folders: {strays:?}");
}

#[test]
fn the_pure_crates_reach_nothing_outside() {
    for package in ["shared", "edge-core", "cloud-core"] {
        let reached: Vec<_> = dependencies(package, Depth::All)
            .into_iter()
            .filter(|name| CRATES_THAT_DO_IO.contains(&name.as_str()))
            .collect();
        assert!(reached.is_empty(), "{package} is pure and must not reach {reached:?}");
    }
}

#[test]
fn our_crates_depend_on_each_other_in_one_direction() {
    let allowed: [(&str, &[&str]); 6] = [
        ("shared", &[]),
        ("edge-core", &["shared"]),
        ("cloud-core", &["shared"]),
        ("chuancai-edge", &["shared", "edge-core"]),
        ("chuancai-cloud", &["shared", "cloud-core"]),
        ("chuancai-sandbox", &["shared"]),
    ];
    let ours: BTreeSet<_> = allowed.iter().map(|(package, _)| *package).collect();
    for (package, may_use) in allowed {
        let uses = dependencies(package, Depth::Direct);
        let forbidden: Vec<_> = uses
            .iter()
            .filter(|name| {
                ours.contains(name.as_str()) && *name != package && !may_use.contains(&name.as_str())
            })
            .collect();
        assert!(forbidden.is_empty(), "{package} must not depend on {forbidden:?}");
    }
}

#[test]
fn sql_stands_only_in_the_stores() {
    let statements = ["SELECT ", "INSERT INTO", "INSERT OR ", "DELETE FROM", "CREATE TABLE", "rusqlite"];
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        let is_store = ["edge/src/store", "cloud/src/store"].iter().any(|store| path.starts_with(store));
        let is_shell =
            path.starts_with("edge/src/") || path.starts_with("cloud/src/") || path.contains("/core/");
        if is_shell && !is_store {
            found.extend(
                statements.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")),
            );
        }
    }
    assert!(found.is_empty(), "SQL outside the stores: {found:#?}");
}

#[test]
fn every_file_says_what_it_is_for_and_stays_readable() {
    let mut complaints = Vec::new();
    for (path, text) in rust_files() {
        if !text.starts_with("//!") {
            complaints.push(format!("{path} does not begin with what it is for (`//!`)"));
        }
        if text.lines().count() > LINES_MAX {
            complaints.push(format!("{path} has {} lines; {LINES_MAX} are the most", text.lines().count()));
        }
        if path.ends_with("/mod.rs") {
            complaints.push(format!("{path}: name the file for what it holds"));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn the_map_names_only_what_is_there() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md is the map");
    let missing: Vec<_> = readme
        .lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|span| is_path(span) && !root().join(span.trim_end_matches('/')).exists())
        .collect();
    assert!(missing.is_empty(), "README.md names what is not there: {missing:?}");
}

#[test]
fn nothing_of_one_machine_is_written_down() {
    // In pieces, so that this file does not name them either.
    let homes = ["work", "root", "farm", "tmp/wt", "tmp/w"].map(|home| format!("/{home}/"));
    let hosts = [("npmjs", "org"), ("pypi", "org"), ("static.crates", "io"), ("index.crates", "io")]
        .map(|(name, end)| format!("{name}.{end}"));
    let mut found = Vec::new();
    for path in project_files().into_iter().filter(|path| path != "Cargo.lock") {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        let names_home = homes
            .iter()
            .find(|home| text.match_indices(home.as_str()).any(|(at, _)| begins_a_path(&text, at)));
        let names_host = hosts.iter().find(|host| text.contains(host.as_str()));
        found.extend(names_home.into_iter().chain(names_host).map(|name| format!("{path}: {name}")));
    }
    assert!(found.is_empty(), "these hold on one machine only: {found:#?}");
}

#[test]
fn every_rule_has_a_test_that_names_it() {
    let tests: String = rust_files().into_iter().map(|(_, text)| text).collect();
    let untested: Vec<_> = RULES.iter().filter(|rule| !tests.contains(&format!("fn {rule}_"))).collect();
    assert!(untested.is_empty(), "no test is named for {untested:?}");
}

enum Depth {
    Direct,
    All,
}

/// Names of the crates that `package` is built from, without what only its tests and build need.
fn dependencies(package: &str, depth: Depth) -> BTreeSet<String> {
    let depth = match depth {
        Depth::Direct => "1",
        Depth::All => "99",
    };
    let arguments =
        ["tree", "--locked", "--edges", "normal", "--prefix", "none", "--depth", depth, "--package", package];
    let listed = lines_of(Command::new(env!("CARGO")).args(arguments));
    assert!(!listed.is_empty(), "cargo tree must know {package}");
    listed.iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
}

/// What is in the repository, or would be at the next commit, relative to its root.
fn project_files() -> Vec<String> {
    let listed =
        lines_of(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]));
    listed.into_iter().filter(|path| root().join(path).is_file()).collect()
}

fn rust_files() -> Vec<(String, String)> {
    let is_rust = |path: &String| path.ends_with(".rs");
    let read = |path: String| {
        let text = std::fs::read_to_string(root().join(&path)).expect("git lists files that can be read");
        (path, text)
    };
    project_files().into_iter().filter(is_rust).map(read).collect()
}

/// A span like `edge/core/src/`, and not an address, a topic or a route.
fn is_path(span: &str) -> bool {
    let first = span.split('/').next().unwrap_or_default();
    span.contains('/')
        && (TOP_LEVEL.contains(&first) || first.starts_with(".c"))
        && !span.contains(['*', ' ', '{'])
}

/// `/home/…` begins a path; `a/home/…` is the inside of one.
fn begins_a_path(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|before: char| before.is_alphanumeric() || "._-/}*)".contains(before))
}

fn lines_of(command: &mut Command) -> Vec<String> {
    let output = command.current_dir(root()).output().expect("git and cargo are here");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("names are UTF-8").lines().map(str::to_owned).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the harness lies two floors down")
}
