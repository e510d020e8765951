//! Sound as samples, and what is done to it once: cutting silence, level, sample rate; and the chime.

use std::f32::consts::TAU;
use std::time::Duration;

use anyhow::Context as _;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

/// Below this share of the loudest moment it is silence (−40 dB).
const SILENCE: f32 = 0.01;

/// Loudness of every part, so that none sticks out: −20 dB, which leaves speech its peaks.
const LEVEL_RMS: f32 = 0.1;

/// The highest peak, a little below what makes cheap amplifiers crackle.
const PEAK_MAX: f32 = 0.9;

/// Silence left before and after speech: a soft first consonant and a last breath are below [`SILENCE`].
const LEAD: Duration = Duration::from_millis(20);
const TAIL: Duration = Duration::from_millis(60);

/// One channel, −1.0 to 1.0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sound {
    /// Samples a second.
    pub(super) rate: u32,
    pub(super) samples: Vec<f32>,
}

impl Sound {
    pub(super) fn silence(rate: u32, length: Duration) -> Self {
        Self { rate, samples: vec![0.0; samples_in(rate, length)] }
    }

    pub(super) fn length(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate))
    }

    /// Speech without the silence around it, at the level of all others, at the rate of the device. Errors: a
    /// rate that cannot be had.
    pub(super) fn for_device(self, rate: u32) -> anyhow::Result<Self> {
        self.trimmed().levelled().resampled(rate)
    }

    fn trimmed(mut self) -> Self {
        let window = samples_in(self.rate, Duration::from_millis(10)).max(1);
        let loud = |chunk: &[f32]| rms(chunk);
        let loudest = self.samples.chunks(window).map(loud).fold(0.0, f32::max);
        let is_speech = |chunk: &[f32]| loud(chunk) > loudest * SILENCE;
        let first = self.samples.chunks(window).position(is_speech).unwrap_or(0) * window;
        let last = self.samples.chunks(window).rposition(is_speech).map_or(0, |chunk| (chunk + 1) * window);
        let end = (last + samples_in(self.rate, TAIL)).min(self.samples.len());
        self.samples.truncate(end);
        self.samples.drain(..first.saturating_sub(samples_in(self.rate, LEAD)));
        self.faded()
    }

    /// No click where the silence was cut off.
    fn faded(mut self) -> Self {
        let fade = samples_in(self.rate, Duration::from_millis(5)).min(self.samples.len() / 2);
        let end = self.samples.len();
        for step in 0..fade {
            let gain = step as f32 / fade as f32;
            self.samples[step] *= gain;
            self.samples[end - 1 - step] *= gain;
        }
        self
    }

    fn levelled(mut self) -> Self {
        let loudness = rms(&self.samples);
        let peak = self.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        if loudness > 0.0 {
            let gain = (LEVEL_RMS / loudness).min(PEAK_MAX / peak);
            self.samples.iter_mut().for_each(|sample| *sample *= gain);
        }
        self
    }

    fn resampled(self, rate: u32) -> anyhow::Result<Self> {
        if rate == self.rate || self.samples.is_empty() {
            return Ok(Self { rate, ..self });
        }
        let doing = || format!("resampling from {} to {rate} Hz", self.rate);
        let mut resampler = Fft::<f32>::new(self.rate as usize, rate as usize, 1024, 1, FixedSync::Both)
            .with_context(doing)?;
        let frames = self.samples.len();
        let input = InterleavedSlice::new(&self.samples, 1, frames).with_context(doing)?;
        let samples = resampler.process_all(&input, frames, None).with_context(doing)?.take_data();
        Ok(Self { rate, samples })
    }
}

/// Two falling notes, a major third apart, as a door bell: it wakes amplifier and attention, and hides the time
/// the first words take to render.
pub(super) fn chime(rate: u32) -> Sound {
    const NOTES: [(f32, f32); 2] = [(783.99, 0.0), (622.25, 0.26)];
    let mut samples = vec![0.0; samples_in(rate, Duration::from_millis(750))];
    for (hertz, start) in NOTES {
        let first = (start * rate as f32) as usize;
        for (step, sample) in samples.iter_mut().skip(first).enumerate() {
            let seconds = step as f32 / rate as f32;
            let strike = (seconds / 0.004).min(1.0);
            let tone = (TAU * hertz * seconds).sin() + 0.3 * (TAU * 2.0 * hertz * seconds).sin();
            *sample += 0.22 * strike * (-seconds / 0.16).exp() * tone;
        }
    }
    Sound { rate, samples }.faded()
}

fn samples_in(rate: u32, length: Duration) -> usize {
    (f64::from(rate) * length.as_secs_f64()) as usize
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, seconds: f32) -> Vec<f32> {
        (0..(rate as f32 * seconds) as usize)
            .map(|step| 0.5 * (TAU * 440.0 * step as f32 / rate as f32).sin())
            .collect()
    }

    #[test]
    fn silence_around_speech_is_cut_and_its_level_set() {
        let mut samples = vec![0.0; 9_600];
        samples.extend(tone(24_000, 1.0));
        samples.extend(vec![0.0; 21_600]);
        let sound = Sound { rate: 24_000, samples }.for_device(24_000).unwrap();
        let length = sound.length().as_secs_f32();
        assert!((1.07..1.10).contains(&length), "{length}");
        assert!((rms(&sound.samples) - LEVEL_RMS).abs() < 0.001);
    }

    #[test]
    fn at_another_rate_it_is_the_same_sound() {
        for rate in [44_100, 48_000] {
            let sound = Sound { rate: 24_000, samples: tone(24_000, 1.0) }.resampled(rate).unwrap();
            let off = sound.samples.iter().zip(tone(rate, 1.0)).skip(2_000).take(rate as usize - 4_000);
            // Half a sample early or late is as near as two rates come.
            assert!(off.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 0.02, "at {rate}");
            assert!((sound.length().as_secs_f32() - 1.0).abs() < 0.001);
        }
    }

    #[test]
    fn silence_stays_silence() {
        let nothing = Sound { rate: 24_000, samples: vec![0.0; 24_000] }.for_device(48_000).unwrap();
        assert!(nothing.samples.iter().all(|sample| *sample == 0.0));
        assert!(Sound { rate: 24_000, samples: Vec::new() }.for_device(48_000).unwrap().samples.is_empty());
    }

    #[test]
    fn the_chime_is_short_and_not_too_loud() {
        let chime = chime(48_000);
        let peak = chime.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!(chime.length() < Duration::from_secs(1) && (0.1..0.6).contains(&peak), "{peak}");
    }
}
