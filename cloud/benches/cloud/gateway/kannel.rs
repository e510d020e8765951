//! Kannel's two programs, as Debian has them, in the fastest settings that were found: no access log, no debugging,
//! receipts kept in memory, queues as long as the window, as many submits under way as ours.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

use super::http::{self, Asked};
use super::outside::{Entrance, PORT, Wanted};
use super::running::{Gateway, Running, WINDOW, Way, answers};
use super::smsc;

/// Where it takes receipts.
pub(crate) const RECEIPTS: u16 = 7_395;
const ASKS: u16 = 7_394;
const ADMIN: u16 = 7_396;
const BETWEEN_BOXES: u16 = 7_397;

/// Where it keeps messages until they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// In memory alone.
    None,
    /// In files, without a sync.
    Spool,
}

pub(crate) async fn start(way: Way, store: Store) -> anyhow::Result<Gateway> {
    let folder = tempfile::tempdir().context("making a folder")?;
    let file = folder.path().join("kannel.conf");
    std::fs::write(&file, settings(folder.path(), way, store)?).context("writing Kannel's settings")?;
    let start = |name: &str| {
        let mut command = Command::new(format!("/usr/sbin/{name}"));
        // Without it each writes debugging lines for every message.
        command.args(["-v", "4"]).arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("starting {name}: apt-get install kannel"))?;
        anyhow::Ok(Running(child))
    };
    let bearerbox = start("bearerbox")?;
    answers(BETWEEN_BOXES).await?;
    let smsbox = start("smsbox")?;
    answers(ASKS).await?;
    let entrance = Entrance { port: ASKS, asked };
    Ok(Gateway { entrance, processes: vec![smsbox, bearerbox], _folder: folder })
}

fn asked(Wanted { id, phone }: &Wanted) -> Asked {
    http::get(&format!(
        "/cgi-bin/sendsms?username=tester&password=foobar&to={phone}&text=hello\
         &dlr-mask=1&dlr-url=http%3A%2F%2F127.0.0.1%3A{PORT}%2Fdone%3Fid%3D{id}"
    ))
}

fn settings(folder: &Path, way: Way, store: Store) -> anyhow::Result<String> {
    let store = match store {
        Store::None => String::new(),
        Store::Spool => {
            let spool = folder.join("spool");
            std::fs::create_dir(&spool).context("making the spool")?;
            format!("store-type = spool\nstore-location = \"{}\"\n", spool.display())
        }
    };
    let carrier = match way {
        Way::Http => format!(
            "smsc = http\nsystem-type = generic\nport = {RECEIPTS}\nconnect-allow-ip = \"127.0.0.1\"\n\
             smsc-username = u\nsmsc-password = p\n\
             send-url = \"http://127.0.0.1:{PORT}/submit?to=%p&text=%b\"\n\
             status-success-regex = \"OK\"\ngeneric-foreign-id-regex = \"id=([0-9a-z]+)\"\n"
        ),
        Way::Smpp => format!(
            "smsc = smpp\nhost = 127.0.0.1\nport = {}\ntransceiver-mode = true\n\
             smsc-username = bench\nsmsc-password = bench\nsystem-type = \"\"\n",
            smsc::PORT
        ),
    };
    Ok(format!(
        "group = core\nadmin-port = {ADMIN}\nadmin-password = bar\nsmsbox-port = {BETWEEN_BOXES}\n\
         box-allow-ip = \"127.0.0.1\"\ndlr-storage = internal\n\
         sms-incoming-queue-limit = 1000000\nsms-outgoing-queue-limit = 1000000\n{store}\n\
         group = smsc\nsmsc-id = carrier\nmax-pending-submits = {WINDOW}\n{carrier}\n\
         group = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = {BETWEEN_BOXES}\nsendsms-port = {ASKS}\n\
         log-level = 4\nmax-pending-requests = 4096\n\n\
         group = sendsms-user\nusername = tester\npassword = foobar\nmax-messages = 1\n\
         default-sender = 1000\n\n\
         group = sms-service\nkeyword = default\nmax-messages = 0\ntext = none\n"
    ))
}
