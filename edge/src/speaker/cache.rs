//! Sound that was rendered before, on disk: a WAV file a part, at the rate of the device.
//!
//! It may be deleted at any time; it costs a second a part to render again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::sound::Sound;

/// A folder of rendered parts.
pub(super) struct Cache {
    folder: PathBuf,
    bytes_max: u64,
}

impl Cache {
    /// Keeps at most so many bytes. Errors: the folder cannot be made.
    pub(super) fn open(folder: &Path, bytes_max: u64) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), bytes_max })
    }

    /// What was kept for this voice saying this pinyin at this rate. A file that cannot be read counts as absent.
    pub(super) fn get(&self, voice: &str, pinyin: &str, rate: u32) -> Option<Sound> {
        let path = self.path(voice, pinyin, rate);
        let mut reader = hound::WavReader::open(&path).ok()?;
        let samples = reader.samples::<i16>().map(|sample| sample.map(|sample| f32::from(sample) / SCALE));
        let sound = Sound { rate, samples: samples.collect::<Result<_, _>>().ok()? };
        // The time of the last use, by which the oldest is dropped. It may fail: then it is dropped too early.
        let _ = fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(sound)
    }

    /// Whether [`Self::get`] would find it.
    pub(super) fn has(&self, voice: &str, pinyin: &str, rate: u32) -> bool {
        self.path(voice, pinyin, rate).exists()
    }

    /// Keeps a sound: all of it or nothing. Errors: those of the disk.
    pub(super) fn put(&self, voice: &str, pinyin: &str, sound: &Sound) -> anyhow::Result<()> {
        let path = self.path(voice, pinyin, sound.rate);
        let unfinished = path.with_extension("part");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: sound.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&unfinished, spec).context("writing to the voice cache")?;
        for sample in &sound.samples {
            writer.write_sample((sample * SCALE) as i16).context("writing to the voice cache")?;
        }
        writer.finalize().context("writing to the voice cache")?;
        fs::rename(&unfinished, &path).context("writing to the voice cache")?;
        self.shrink()
    }

    /// Drops what was not used for longest until the rest fits.
    fn shrink(&self) -> anyhow::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).context("reading the voice cache")? {
            let entry = entry.context("reading the voice cache")?;
            let about = entry.metadata().context("reading the voice cache")?;
            if about.is_dir() {
                continue;
            }
            files.push((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()));
        }
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, size, path) in files {
            if bytes <= self.bytes_max {
                break;
            }
            fs::remove_file(&path).context("shrinking the voice cache")?;
            bytes -= size;
        }
        Ok(())
    }

    /// Where [`Self::put`] keeps it.
    pub(super) fn path(&self, voice: &str, pinyin: &str, rate: u32) -> PathBuf {
        let digest = Sha256::digest(format!("{voice}\n{rate}\n{pinyin}"));
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name + ".wav")
    }
}

/// Full scale of 16 bits. 32768, not 32767: what is read back is what was written.
const SCALE: f32 = 32_768.0;

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES_MAX: u64 = 1 << 20;

    fn sound(level: f32) -> Sound {
        Sound { rate: 48_000, samples: vec![level; 1_000] }
    }

    #[test]
    fn what_was_put_is_found_by_voice_pinyin_and_rate() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("new"), BYTES_MAX).unwrap();
        assert!(!cache.has("v", "shui2jiao3", 48_000));
        cache.put("v", "shui2jiao3", &sound(0.5)).unwrap();
        assert_eq!(cache.get("v", "shui2jiao3", 48_000), Some(sound(0.5)));
        for (voice, pinyin, rate) in
            [("w", "shui2jiao3", 48_000), ("v", "shui3", 48_000), ("v", "shui2jiao3", 44_100)]
        {
            assert_eq!(cache.get(voice, pinyin, rate), None);
        }
    }

    #[test]
    fn a_file_cut_short_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), BYTES_MAX).unwrap();
        cache.put("v", "a1", &sound(0.5)).unwrap();
        let path = cache.path("v", "a1", 48_000);
        fs::write(&path, &fs::read(&path).unwrap()[..500]).unwrap();
        assert_eq!(cache.get("v", "a1", 48_000), None);
    }

    #[test]
    fn the_least_used_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), BYTES_MAX).unwrap();
        for (age, pinyin) in [(3, "a1"), (2, "a2"), (1, "a3")] {
            cache.put("v", pinyin, &sound(0.5)).unwrap();
            let file = fs::File::options().append(true).open(cache.path("v", pinyin, 48_000)).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age * 60)).unwrap();
        }
        assert!(cache.get("v", "a1", 48_000).is_some(), "used just now");
        Cache::open(folder.path(), 4_500).unwrap().shrink().unwrap();
        assert!(
            cache.has("v", "a1", 48_000) && cache.has("v", "a3", 48_000) && !cache.has("v", "a2", 48_000)
        );
    }
}
