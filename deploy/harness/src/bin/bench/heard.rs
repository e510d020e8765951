//! An order's answer → its chime and its first word at the sound device. The device is one of ours that takes sound
//! at its real speed; what it and the sound library hold back is measured beside, by a program that plays a tone at
//! once, and taken off.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context;
use harness::crowd::two_dumplings;
use harness::shop::Shop;
use harness::sound::Ear;
use shared::command::Command as Wish;
use shared::guest::{Guest, RoomName};
use shared::id::RequestId;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::sleep;
use uuid::Uuid;

use crate::line::{Goal, Line, percentile_ms};

const ORDERS: usize = 40;
/// Not counted: the first order's parts are rendered, the second's come from the cache.
const WARM_UP: usize = 2;
/// The chime lasts for 750 ms, and its last 50 ms are all but silent: what is loud later is speech.
const CHIME: Duration = Duration::from_millis(750);
/// Two announcements are a second apart: the first is over, and the second is not said in one breath with it.
const BETWEEN: Duration = Duration::from_secs(3);
/// The longest part takes some two seconds.
const PREPARED_AFTER: Duration = Duration::from_secs(10);

pub(crate) async fn measure() -> anyhow::Result<Vec<Line>> {
    let voice = std::env::var_os("CHUANCAI_VOICE").map(PathBuf::from);
    let voice = voice.context("CHUANCAI_VOICE must name the folder that deploy/voice has filled")?;
    let sound = tempfile::tempdir().context("making a folder")?;
    let floors = floors(&mut Ear::new(sound.path())?).await?;

    let shop = Shop::new()?;
    let cache = shop.folder().join("voice");
    let mut ear = Ear::new(shop.folder())?;
    let shop = shop
        .with("ALSA_CONFIG_PATH", ear.config().display())
        .with("CHUANCAI_EDGE__VOICE__VOICE_FOLDER", voice.display())
        .with("CHUANCAI_EDGE__VOICE__CACHE_FOLDER", cache.display());
    let cashier = shop.device("cashier_1", "cashier")?;
    let _running = shop.open().await?;
    let door = shop.door(&cashier);
    let (mut chimes, mut words) = (Vec::with_capacity(ORDERS), Vec::with_capacity(ORDERS));
    for turn in 0..WARM_UP + ORDERS {
        let room = RoomName::new("801").context("801 is a room")?;
        let wish =
            Wish::PlaceOrder { guest: Some(Guest::Room { room }), lines: vec![two_dumplings()], phone: None };
        door.ask(RequestId(Uuid::new_v4()), &wish).await.context("the box does not answer")?;
        let answered = Instant::now();
        let chime = ear.onset().await?.duration_since(answered);
        let word = chime + ear.sound_after(CHIME).await?;
        if turn >= WARM_UP {
            chimes.push(chime);
            words.push(word);
        }
        ear.silence(BETWEEN).await?;
        if turn + 1 == WARM_UP {
            prepared(&cache).await?;
        }
    }
    let floor = percentile_ms(&floors, 50);
    let line = |name, times: &[Duration], percent, most| Line {
        name,
        unit: "ms",
        ours: (percentile_ms(times, percent) - floor).max(0.0),
        beside: Some(floor),
        goal: Goal::AtMost(most),
    };
    Ok(vec![
        line("chime p50", &chimes, 50, 150.0),
        line("chime p95", &chimes, 95, 150.0),
        line("first-word p50", &words, 50, 900.0),
        line("first-word p95", &words, 95, 900.0),
    ])
}

/// Waits until the box has prepared the parts of its menu, which takes minutes after its first start: no part has come
/// into its cache for so long.
async fn prepared(cache: &Path) -> anyhow::Result<()> {
    let (mut known, mut since) = (0, Instant::now());
    while since.elapsed() < PREPARED_AFTER {
        let parts = fs::read_dir(cache).context("reading the voice's cache")?.count();
        if parts != known {
            (known, since) = (parts, Instant::now());
        }
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// From the wish for a tone until it is heard.
async fn floors(ear: &mut Ear) -> anyhow::Result<Vec<Duration>> {
    let (_player, mut wishes) = player(ear)?;
    let mut floors = Vec::with_capacity(ORDERS);
    for turn in 0..WARM_UP + ORDERS {
        ear.silence(Duration::from_secs(1)).await?;
        let wished = Instant::now();
        wishes.write_all(b"\n").await.context("wishing for a tone")?;
        let floor = ear.onset().await?.duration_since(wished);
        if turn >= WARM_UP {
            floors.push(floor);
        }
    }
    Ok(floors)
}

/// `beep`, which stands beside this program.
fn player(ear: &Ear) -> anyhow::Result<(Child, ChildStdin)> {
    let program = std::env::current_exe().context("asking where we are")?.with_file_name("beep");
    let mut player = Command::new(program)
        .env("ALSA_CONFIG_PATH", ear.config())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting the player of tones")?;
    let wishes = player.stdin.take().context("it takes wishes")?;
    Ok((player, wishes))
}
