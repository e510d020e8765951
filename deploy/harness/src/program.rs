//! One of our programs as a child: started with its settings in the environment, killed, waited for.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

/// A program that is not ready by then has failed.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How to start one of our programs, as often as needed, always the same way.
#[derive(Debug, Clone)]
pub struct Launch {
    name: &'static str,
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl Launch {
    /// `name` is the program's; it runs in `folder` and keeps its log there.
    pub fn new(name: &'static str, folder: &Path) -> Self {
        Self { name, folder: folder.to_owned(), settings: Vec::new() }
    }

    /// One setting, by the name of its environment variable.
    pub fn with(mut self, variable: &str, value: impl ToString) -> Self {
        self.settings.push((variable.to_owned(), value.to_string()));
        self
    }

    /// Starts it. Its output is appended to `{name}.log` in its folder.
    pub fn start(&self, arguments: &[&str]) -> anyhow::Result<Running> {
        let path = self.folder.join(format!("{}.log", self.name));
        let log =
            File::options().create(true).append(true).open(&path).context("opening the program's log")?;
        let child = self
            .command(arguments)?
            .stdout(log.try_clone().context("sharing the program's log")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("starting {}", self.name))?;
        Ok(Running { child, log: path })
    }

    /// Runs a command of it to its end and returns what it printed. Errors when it fails.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let Output { status, stdout, stderr } =
            self.command(arguments)?.output().context("running a command")?;
        let told = String::from_utf8_lossy(&stderr);
        ensure!(status.success(), "{} {arguments:?} ended with {status}: {told}", self.name);
        String::from_utf8(stdout).context("reading what it printed")
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(program(self.name)?);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(variable, value)| (variable, value)));
        Ok(command)
    }
}

/// A program at work. It is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Waits until `address` (of a `/readyz`) answers 200. Errors when the program ends first, or never gets ready.
    pub async fn ready(&mut self, http: &reqwest::Client, address: &str) -> anyhow::Result<()> {
        let until = Instant::now() + READY_WITHIN;
        loop {
            if let Ok(answer) = http.get(address).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            let ended = self.child.try_wait().context("asking whether it still runs")?;
            ensure!(ended.is_none(), "it ended before it was ready: {}", self.last_words());
            ensure!(Instant::now() < until, "not ready in {READY_WITHIN:?}: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: no goodbye, as when the power goes.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("killing it")?;
        self.child.wait().context("burying it").map(drop)
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, or about to be: either is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processes that `parent` has started and that run `name`.
pub fn children(parent: u32, name: &str) -> Vec<u32> {
    let is_child = |pid: &u32| {
        // `pid (name) state parent …`; one that has ended by now is none.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let found = stat.rsplit_once(") ").and_then(|(front, rest)| {
            let started_by = rest.split(' ').nth(1)?.parse::<u32>().ok()?;
            Some((front.split_once(" (")?.1.to_owned(), started_by))
        });
        found == Some((name.to_owned(), parent))
    };
    processes().filter(is_child).collect()
}

/// The processes that were started with `word` in their command.
pub fn mentioning(word: &str) -> Vec<u32> {
    let mentions = |pid: &u32| {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(word)
    };
    processes().filter(mentions).collect()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// `kill -9` for a program that one of ours has started.
pub fn kill(pid: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status().context("killing it")?;
    ensure!(status.success(), "kill -9 {pid} ended with {status}");
    Ok(())
}

/// A port that nobody listens on. Below the range that the kernel gives to outgoing connections, so that a program that
/// was killed finds its own still free, and another one for each asker in this process. It is not tried out by
/// listening: a program that is being started this instant would have the listener too.
pub fn free_port() -> u16 {
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let first = 30_000 + (std::process::id() % 25) as u16 * 100;
    loop {
        let port = first + ASKED.fetch_add(1, Ordering::Relaxed);
        if TcpStream::connect(("127.0.0.1", port)).is_err() {
            return port;
        }
    }
}

/// Where cargo has put `name`: beside the test or bench that is running.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let ours = std::env::current_exe().context("asking where we are")?;
    let found = ours.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("{name} is not built; `cargo test --workspace` and deploy/bench build it"))
}
