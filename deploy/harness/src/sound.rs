//! An ear: a sound device that takes sound at the speed of a real one, and says when it heard what. ALSA writes
//! into a named pipe; a thread reads from it no faster than sound is heard.
//!
//! What lies between the player and the pipe (alsa-lib's own buffer, the pipe) is about half a second full of
//! silence. Whoever measures times has to measure that too, and subtract it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::sync::mpsc;

/// Frames a second.
pub const RATE: usize = 48_000;
/// 5 ms: as exactly as an onset is known.
const SIP_FRAMES: usize = RATE / 200;
const SIP: Duration = Duration::from_millis(5);
/// A reader that was kept waiting longer than this does not catch up: nobody can have heard it.
const LAG_MAX: Duration = Duration::from_millis(200);
/// Below this a sample counts as silence.
const SILENCE: u16 = 300;
/// Nothing that is measured takes this long.
const HEARD_WITHIN: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub struct Ear {
    config: PathBuf,
    sips: mpsc::UnboundedReceiver<Sip>,
}

/// What was heard at once.
#[derive(Debug)]
struct Sip {
    at: Instant,
    loud: bool,
}

impl Ear {
    /// A device for ALSA's `default`, with its files in `folder`. Errors: the pipe cannot be made.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let (pipe, config) = (folder.join("sound"), folder.join("asound.conf"));
        let made = Command::new("mkfifo").arg(&pipe).status().context("making a pipe for sound")?;
        ensure!(made.success(), "mkfifo ended with {made}");
        let settings = format!(
            "</usr/share/alsa/alsa.conf>\n\
             pcm.piped {{ type file  slave.pcm \"null\"  file \"{}\"  format \"raw\" }}\n\
             pcm.!default {{ type plug  slave {{ pcm \"piped\" format S16_LE rate {RATE} channels 2 }} }}\n",
            pipe.display()
        );
        std::fs::write(&config, settings).context("writing the sound configuration")?;
        // For writing too, so that it neither waits for a writer nor ends with one.
        let pipe =
            File::options().read(true).write(true).open(&pipe).context("opening the pipe for sound")?;
        let (tell, sips) = mpsc::unbounded_channel();
        thread::spawn(move || hear(pipe, &tell));
        Ok(Self { config, sips })
    }

    /// For `ALSA_CONFIG_PATH` of whoever is to play here.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// When the next sound begins, from now on. Errors: nothing is heard for a minute.
    pub async fn onset(&mut self) -> anyhow::Result<Instant> {
        while self.sips.try_recv().is_ok() {}
        loop {
            if let Sip { at, loud: true } = self.sip().await? {
                return Ok(at);
            }
        }
    }

    /// How long after the moment of hearing that an onset was, the first sound is heard that lies `later`.
    pub async fn sound_after(&mut self, later: Duration) -> anyhow::Result<Duration> {
        let mut passed = SIP;
        loop {
            let Sip { loud, .. } = self.sip().await?;
            if loud && passed >= later {
                return Ok(passed);
            }
            passed += SIP;
        }
    }

    /// Waits until nothing was heard for so long.
    pub async fn silence(&mut self, lasting: Duration) -> anyhow::Result<()> {
        let mut quiet = Duration::ZERO;
        while quiet < lasting {
            quiet = if self.sip().await?.loud { Duration::ZERO } else { quiet + SIP };
        }
        Ok(())
    }

    async fn sip(&mut self) -> anyhow::Result<Sip> {
        let sip = tokio::time::timeout(HEARD_WITHIN, self.sips.recv()).await;
        sip.context("nothing plays")?.context("the ear is gone")
    }
}

fn hear(mut pipe: File, tell: &mpsc::UnboundedSender<Sip>) {
    let mut frames = [0_u8; SIP_FRAMES * 4];
    let mut next = Instant::now();
    while pipe.read_exact(&mut frames).is_ok() {
        next = next.max(Instant::now() - LAG_MAX) + SIP;
        thread::sleep(next.saturating_duration_since(Instant::now()));
        let left = frames.chunks_exact(4).map(|frame| i16::from_le_bytes([frame[0], frame[1]]));
        let loud = left.map(i16::unsigned_abs).any(|sample| sample > SILENCE);
        if tell.send(Sip { at: Instant::now(), loud }).is_err() {
            return;
        }
    }
}
