//! A peer: a PostgreSQL of its own in a temporary folder, with a function for each step, as a careful team would
//! write them, and `pgbench` to call them by prepared statements.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

/// How many of its clients a round may have.
pub(crate) const CLIENTS: [usize; 3] = [1, 8, 32];
/// No network: the socket's folder is ours, and so its name is.
const PORT: &str = "7390";
/// `hold` because FREEZE is a word of theirs. One row a freeze, which becomes its payment. Pages of balances are half
/// empty, so that a row's next version has room beside it.
const TABLES: &str = "
create table account (brand int primary key, available bigint not null check (available >= 0),
  frozen bigint not null check (frozen >= 0), in_doubt bigint not null, sent bigint not null)
  with (fillfactor = 50);
create table package (brand int not null, package int not null, expires_on date not null,
  available bigint not null check (available >= 0), frozen bigint not null, in_doubt bigint not null,
  sent bigint not null, primary key (brand, expires_on, package)) with (fillfactor = 50);
create table hold (id bigint primary key, brand int not null, units bigint not null, package int not null,
  state text not null, at timestamptz not null default now());
create function sms_freeze(b int, h bigint, n bigint) returns text language plpgsql as $$
declare p int; begin
  update account set available = available - n, frozen = frozen + n where brand = b and available >= n;
  if not found then return 'insufficient'; end if;
  select package into p from package where brand = b and available >= n order by expires_on, package limit 1;
  update package set available = available - n, frozen = frozen + n where brand = b and package = p;
  insert into hold (id, brand, units, package, state) values (h, b, n, p, 'open');
  return 'open';
end $$;
create function sms_pay(h bigint) returns text language plpgsql as $$
declare b int; n bigint; p int; begin
  update hold set state = 'paid' where id = h and state = 'open' returning brand, units, package into b, n, p;
  if not found then return 'refused'; end if;
  update account set frozen = frozen - n, in_doubt = in_doubt + n where brand = b;
  update package set frozen = frozen - n, in_doubt = in_doubt + n where brand = b and package = p;
  return 'paid';
end $$;
create function sms_report(h bigint) returns text language plpgsql as $$
declare b int; n bigint; p int; begin
  update hold set state = 'sent' where id = h and state = 'paid' returning brand, units, package into b, n, p;
  if not found then return 'refused'; end if;
  update account set in_doubt = in_doubt - n, sent = sent + n where brand = b;
  update package set in_doubt = in_doubt - n, sent = sent + n where brand = b and package = p;
  return 'sent';
end $$;
";

/// A server that is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    folder: TempDir,
    bin: PathBuf,
    /// PostgreSQL refuses to run as root.
    as_postgres: bool,
    brands: usize,
    /// Of `pgbench`, so that no two use the same ids.
    runs: AtomicU32,
}

impl Postgres {
    /// A new cluster with these brands. Errors: PostgreSQL is not installed, or does not start.
    pub(crate) fn start(brands: usize) -> anyhow::Result<Self> {
        let bin = installed().context("PostgreSQL is missing: apt-get install postgresql")?;
        let folder = tempfile::Builder::new().prefix("chuancai-pg-").tempdir().context("making a folder")?;
        let as_postgres = output(Command::new("id").arg("-u"))?.trim() == "0";
        if as_postgres {
            output(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let server = Self { folder, bin, as_postgres, brands, runs: AtomicU32::new(0) };
        server.run("initdb", &["-D", &server.path("data"), "-A", "trust", "-U", "postgres", "--no-sync"])?;
        // Everything that makes it fast and keeps it durable: fsync and synchronous_commit stay on.
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c port={PORT} -c shared_buffers=512MB \
             -c max_wal_size=8GB -c wal_buffers=64MB -c max_connections=100 -c checkpoint_timeout=30min",
            server.folder.path().display()
        );
        let (data, log) = (server.path("data"), server.path("log"));
        server.run("pg_ctl", &["-D", &data, "-l", &log, "-o", &options, "-w", "start"])?;
        let rows = format!(
            "insert into account select n, 1000000000, 0, 0, 0 from generate_series(0, {last}) n;
             insert into package select n, 1, '2099-12-31', 1000000000, 0, 0, 0 from generate_series(0, {last}) n;
             vacuum analyze;",
            last = brands - 1
        );
        for statements in [TABLES, &rows] {
            let file = server.write("setup.sql", statements)?;
            server.run("psql", &["-h", &server.path(""), "-p", PORT, "-U", "postgres", "-q", "-f", &file])?;
        }
        Ok(server)
    }

    /// Makes a database of this name. Returns its address.
    pub(crate) fn database(&self, name: &str) -> anyhow::Result<String> {
        let folder = self.path("");
        self.run("createdb", &["-h", &folder, "-p", PORT, "-U", "postgres", name])?;
        Ok(format!("host={folder} port={PORT} user=postgres dbname={name}"))
    }

    /// Cycles of three functions in a second, each committed by itself.
    pub(crate) fn cycles(&self, clients: usize, seconds: u64) -> anyhow::Result<f64> {
        // Ids grow, as ours do: each client's go to the end of one part of the index.
        let script = format!(
            "\\set n :n + 1
             \\set id (:run * 1000 + :client_id) * 1000000000 + :n
             \\set b random(0, {})
             select sms_freeze(:b, :id, 1);
             select sms_pay(:id);
             select sms_report(:id);\n",
            self.brands - 1
        );
        let file = self.write("cycle.sql", &script)?;
        let run = format!("run={}", self.runs.fetch_add(1, Ordering::Relaxed));
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        let threads = if clients == "1" { "1" } else { "2" };
        let folder = self.path("");
        let server = ["-h", &folder, "-p", PORT, "-U", "postgres"];
        let script = ["-n", "-M", "prepared", "-f", &file, "-D", "n=0", "-D", &run];
        let load = ["-c", &clients, "-j", threads, "-T", &seconds, "postgres"];
        let told = self.run("pgbench", &[&server[..], &script[..], &load[..]].concat())?;
        let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench says no rate: {told}"))
    }

    /// [`Postgres::cycles`] with that of [`CLIENTS`] that gives most.
    pub(crate) fn cycles_at_best(&self, seconds: u64) -> anyhow::Result<f64> {
        CLIENTS.iter().try_fold(0.0, |best, clients| Ok(f64::max(best, self.cycles(*clients, seconds)?)))
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<String> {
        std::fs::write(self.folder.path().join(name), text).with_context(|| format!("writing {name}"))?;
        Ok(self.path(name))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let program = self.bin.join(program);
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        output(command.args(arguments).current_dir(self.folder.path()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its folder goes with it; there is nothing to keep.
        if let Err(error) = self.run("pg_ctl", &["-D", &self.path("data"), "-m", "immediate", "-w", "stop"]) {
            eprintln!("the temporary PostgreSQL could not be stopped: {error:#}");
        }
    }
}

/// The newest that Debian has put there, or the one of the path.
fn installed() -> Option<PathBuf> {
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("pgbench").is_file())
        .collect();
    versions.sort();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder: &PathBuf| folder.join("initdb").is_file())
    };
    versions.pop().or_else(on_path)
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = Path::new(command.get_program()).to_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => bail!("starting {}: {error}", program.display()),
    };
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} ended with {}: {told}", program.display(), output.status);
    String::from_utf8(output.stdout).context("reading what it printed")
}
