//! A sound card that can be pulled out, and what was heard from it: ALSA's configuration for one box, with the
//! program `sound-card` behind it, and an ear that knows the chime.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::program::{kill, mentioning, program};

/// Frames a second of the recording, which has two channels.
const RATE: usize = 48_000;
/// Below this share of full scale it is silence.
const SILENCE: f32 = 0.01;
/// The two notes of the chime in hertz, and when each is heard best, in seconds.
const NOTES: [(f32, f32, f32); 2] = [(783.99, 0.02, 0.22), (622.25, 0.30, 0.50)];

/// A card in a folder.
#[derive(Debug)]
pub struct SoundCard {
    folder: PathBuf,
}

impl SoundCard {
    /// A card that is plugged in.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let card = Self { folder: folder.to_owned() };
        card.put_back()?;
        Ok(card)
    }

    /// For the box's environment variable `ALSA_CONFIG_PATH`.
    pub fn config(&self) -> PathBuf {
        self.folder.join("alsa.conf")
    }

    /// Pulls it out, whatever is being said.
    pub fn pull_out(&self) -> anyhow::Result<()> {
        std::fs::write(self.config(), "</usr/share/alsa/alsa.conf>\n").context("writing ALSA's settings")?;
        let recording = self.recording();
        mentioning(&recording.display().to_string()).into_iter().try_for_each(kill)
    }

    /// Puts it back.
    pub fn put_back(&self) -> anyhow::Result<()> {
        let program = program("sound-card")?;
        let text = format!(
            "</usr/share/alsa/alsa.conf>\n\
             pcm.kept {{ type file  slave.pcm \"null\"  file \"|exec '{}' '{}'\"  format \"raw\" }}\n\
             pcm.!default {{ type plug  slave {{ pcm \"kept\" format S16_LE rate {RATE} channels 2 }} }}\n",
            program.display(),
            self.recording().display()
        );
        std::fs::write(self.config(), text).context("writing ALSA's settings")
    }

    /// How many chimes it has played.
    pub fn chimes(&self) -> anyhow::Result<usize> {
        let bytes = std::fs::read(self.recording()).unwrap_or_default();
        let samples = bytes.get(44..).unwrap_or_default().chunks_exact(4);
        // The left channel says it all.
        let heard: Vec<f32> =
            samples.map(|frame| f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0).collect();
        Ok(chimes(&heard))
    }

    fn recording(&self) -> PathBuf {
        self.folder.join("heard.wav")
    }
}

/// Each begins after a moment of silence, and nothing that is said sounds like its two notes.
fn chimes(heard: &[f32]) -> usize {
    let frame = RATE / 100;
    let loud: Vec<bool> =
        heard.chunks(frame).map(|frame| frame.iter().any(|sample| sample.abs() > SILENCE)).collect();
    let begins = |at: &usize| loud[*at] && loud[at.saturating_sub(5)..*at].iter().all(|loud| !loud);
    (0..loud.len()).filter(begins).filter(|at| is_chime(&heard[at * frame..])).count()
}

fn is_chime(heard: &[f32]) -> bool {
    NOTES.iter().all(|(hertz, from, until)| {
        let [from, until] = [from, until].map(|seconds| (seconds * RATE as f32) as usize);
        heard.get(from..until).is_some_and(|part| share_of(part, *hertz) > 0.4)
    })
}

/// Which share of what is heard is this tone (Goertzel).
fn share_of(heard: &[f32], hertz: f32) -> f32 {
    let turn = 2.0 * (TAU * hertz / RATE as f32).cos();
    let (mut last, mut before) = (0.0_f32, 0.0_f32);
    for sample in heard {
        (last, before) = (sample + turn * last - before, last);
    }
    let power = last * last + before * before - turn * last * before;
    let all: f32 = heard.iter().map(|sample| sample * sample).sum();
    2.0 * power / (heard.len() as f32 * all).max(f32::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chime as the box makes it: two notes that die away, the second a quarter of a second after the first.
    fn chime() -> Vec<f32> {
        let tone = |hertz: f32, seconds: f32| {
            if seconds < 0.0 { 0.0 } else { 0.2 * (-seconds / 0.16).exp() * (TAU * hertz * seconds).sin() }
        };
        let at = |step: usize| step as f32 / RATE as f32;
        (0..RATE * 3 / 4).map(|step| tone(783.99, at(step)) + tone(622.25, at(step) - 0.26)).collect()
    }

    fn hum() -> Vec<f32> {
        (0..RATE).map(|step| 0.2 * (TAU * 180.0 * step as f32 / RATE as f32).sin()).collect()
    }

    #[test]
    fn an_ear_counts_chimes_and_nothing_else() {
        let pause = vec![0.0; RATE / 5];
        let (chime, hum) = (chime(), hum());
        let evening = [&pause, &chime, &hum, &pause, &hum, &pause, &chime, &hum].map(Vec::as_slice);
        assert_eq!(chimes(&evening.concat()), 2);
        let cut_off = &chime[..RATE / 10];
        assert_eq!(chimes(cut_off), 0);
    }
}
