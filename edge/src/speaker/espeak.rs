//! The fall-back voice: `espeak-ng` as a child process, fed with our own pinyin. Few words of it are understood;
//! it is there so that something is said.

use std::io::{Cursor, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::pinyin::{Syllable, Word, joined};
use super::sound::Sound;

const PROGRAM: &str = "espeak-ng";

/// Reads pinyin. The other Mandarin voice, `cmn`, reads it as English on Debian 12.
const VOICE: &str = "cmn-latn-pinyin";

/// Words a minute: slower than usual, a kitchen is loud.
const SPEED: &str = "140";

/// Whether the program is installed.
pub(super) fn installed() -> bool {
    let tried = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Says words. Errors: the program failed, or answered something else than sound.
pub(super) fn say(words: &[Word]) -> anyhow::Result<Sound> {
    let spell =
        |syllables: &[Syllable]| syllables.iter().map(Syllable::to_string).collect::<Vec<_>>().join(" ");
    let pinyin = joined(words, ",", spell);
    let mut child = Command::new(PROGRAM)
        .args(["-v", VOICE, "-s", SPEED, "--stdin", "--stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("starting espeak-ng")?;
    child.stdin.take().context("writing to espeak-ng")?.write_all(pinyin.as_bytes())?;
    let output = child.wait_with_output().context("reading from espeak-ng")?;
    ensure!(output.status.success(), "espeak-ng ended with {}", output.status);
    let mut reader = hound::WavReader::new(Cursor::new(&output.stdout)).context("reading from espeak-ng")?;
    let rate = reader.spec().sample_rate;
    // The length in its header is a guess: read to the end of what there is.
    let samples =
        reader.samples::<i16>().map_while(Result::ok).map(|sample| f32::from(sample) / 32_768.0).collect();
    Ok(Sound { rate, samples })
}
