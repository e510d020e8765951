//! A sound card made of a file: what alsa-lib's `file` plug-in pipes in is taken at the speed of sound and kept as
//! a WAV file. For machines without a sound card, and for tests that want to hear.
//!
//! usage (in an ALSA configuration): `file "|sound-card OUT.wav"`, 48,000 frames/s, two channels, 16 bits.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;

const FRAMES_PER_S: u32 = 48_000;
const BYTES_PER_FRAME: u32 = 4;
const BYTES_PER_S: u32 = FRAMES_PER_S * BYTES_PER_FRAME;
/// 20 ms: short enough that a player feels a steady pull.
const SIP: usize = BYTES_PER_S as usize / 50;
/// A pause longer than this was silence that nobody played: the clock begins anew.
const LAG_MAX: Duration = Duration::from_millis(500);

fn main() -> anyhow::Result<()> {
    let path = PathBuf::from(std::env::args_os().nth(1).context("usage: sound-card OUT.wav")?);
    let mut recording = Recording::continued(&path)?;
    let mut input = std::io::stdin().lock();
    let mut sip = vec![0; SIP];
    let mut due = Instant::now();
    loop {
        let length = input.read(&mut sip).context("taking sound")?;
        if length == 0 {
            return Ok(());
        }
        recording.keep(&sip[..length])?;
        due += Duration::from_secs(1) * u32::try_from(length).unwrap_or(u32::MAX) / BYTES_PER_S;
        match due.checked_duration_since(Instant::now()) {
            Some(early) => std::thread::sleep(early),
            None if due.elapsed() > LAG_MAX => due = Instant::now(),
            None => {}
        }
    }
}

/// A WAV file whose header is right at every moment, so that it can be heard while it grows.
struct Recording {
    file: File,
    bytes: u32,
}

impl Recording {
    /// The speaker may be opened many times; one file holds it all.
    fn continued(path: &PathBuf) -> anyhow::Result<Self> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path);
        let mut file = file.with_context(|| format!("opening {}", path.display()))?;
        let end = file.seek(SeekFrom::End(0)).context("finding its end")?;
        let mut recording = Self { file, bytes: u32::try_from(end.saturating_sub(44)).unwrap_or(0) };
        recording.write_header()?;
        Ok(recording)
    }

    fn keep(&mut self, sound: &[u8]) -> anyhow::Result<()> {
        self.file.write_all(sound).context("keeping sound")?;
        self.bytes = self.bytes.saturating_add(u32::try_from(sound.len()).unwrap_or(u32::MAX));
        self.write_header()
    }

    fn write_header(&mut self) -> anyhow::Result<()> {
        let mut header = Vec::with_capacity(44);
        header.extend(b"RIFF");
        header.extend((36 + self.bytes).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16_u32.to_le_bytes());
        // Plain samples, two channels.
        header.extend([1_u16, 2].map(u16::to_le_bytes).concat());
        header.extend(FRAMES_PER_S.to_le_bytes());
        header.extend(BYTES_PER_S.to_le_bytes());
        header.extend([4_u16, 16].map(u16::to_le_bytes).concat());
        header.extend(b"data");
        header.extend(self.bytes.to_le_bytes());
        self.file.seek(SeekFrom::Start(0)).context("going to the header")?;
        self.file.write_all(&header).context("writing the header")?;
        self.file.seek(SeekFrom::End(0)).context("going back to the end").map(drop)
    }
}
