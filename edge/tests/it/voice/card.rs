//! A sound card that plays at the speed of a real one into memory: ALSA writes into a named pipe, and a thread reads
//! from it no faster than sound is heard. It can be pulled out and put back.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chuancai_edge::voice::{Voice, VoiceSettings, start};
use shared::message::Volume;
use tempfile::TempDir;

/// Frames a second.
pub(super) const RATE: usize = 48_000;

/// The name under which the system knows the card.
pub(super) const NAME: &str = "paced";

/// Below this a sample counts as silence.
const SILENCE: u16 = 300;

/// See the module.
pub(crate) struct SoundCard {
    folder: TempDir,
    heard: Arc<Mutex<Vec<i16>>>,
    plugged: Arc<AtomicBool>,
}

impl SoundCard {
    /// A card that the system does not know yet.
    pub(crate) fn absent() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        fs::write(folder.path().join("asound.conf"), "</usr/share/alsa/alsa.conf>\n").unwrap();
        let card = Self { folder, heard: Arc::default(), plugged: Arc::new(AtomicBool::new(true)) };
        let (heard, plugged) = (card.heard.clone(), card.plugged.clone());
        thread::spawn(move || play(&pipe, &heard, &plugged));
        card
    }

    /// A card that is the system's default.
    pub(super) fn present() -> Self {
        let card = Self::absent();
        card.install("default");
        card
    }

    /// Makes it known to the system under a name.
    pub(crate) fn install(&self, name: &str) {
        let pipe = self.folder.path().join("pipe");
        let config = format!(
            "</usr/share/alsa/alsa.conf>\n\
             pcm.piped {{ type file  slave.pcm \"null\"  file \"{}\"  format \"raw\" }}\n\
             pcm.!{name} {{ type plug  slave {{ pcm \"piped\" format S16_LE rate {RATE} channels 2 }}\n\
             hint {{ show on  description \"A card for tests\" }} }}\n",
            pipe.display()
        );
        fs::write(self.folder.path().join("asound.conf"), config).unwrap();
    }

    pub(super) fn unplug(&self) {
        self.plugged.store(false, Ordering::SeqCst);
    }

    pub(super) fn plug_in(&self) {
        self.plugged.store(true, Ordering::SeqCst);
    }

    /// The box's program, told to use this card, and leaving its process id.
    pub(super) fn program(&self, more_arguments: &str) -> PathBuf {
        let path = self.folder.path().join("speaker");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *--list-devices*) ;; *) echo $$ >'{0}/pid' ;; esac\nALSA_CONFIG_PATH='{0}/asound.conf' exec '{1}' \"$@\" {more_arguments}\n",
            self.folder.path().display(),
            env!("CARGO_BIN_EXE_chuancai-edge"),
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    pub(crate) fn settings(&self, voice_folder: &Path) -> VoiceSettings {
        VoiceSettings {
            enabled: true,
            program: Some(self.program("")),
            device: "default".to_owned(),
            voice_folder: voice_folder.to_owned(),
            cache_folder: self.folder.path().join("cache"),
            volume: Volume::FULL,
        }
    }

    /// Without the neural voice, whose loading takes longer than what most tests are about.
    pub(super) fn start_without_model(&self) -> Voice {
        start(&self.settings(&self.folder.path().join("no_voice")))
    }

    /// The speaker's process id, once one was started.
    pub(super) fn pid(&self) -> Option<String> {
        let pid = fs::read_to_string(self.folder.path().join("pid")).ok()?;
        Some(pid.trim().to_owned()).filter(|pid| !pid.is_empty())
    }

    /// All that was played, from the first sample on.
    pub(super) fn heard(&self) -> Vec<i16> {
        self.heard.lock().unwrap().clone()
    }

    /// Whether anything but silence was played after so many samples.
    pub(crate) fn has_sounded_after(&self, from: usize) -> bool {
        onset(&self.heard.lock().unwrap()[from..]).is_some()
    }
}

/// Reads the left channel of 16-bit stereo at the speed of sound.
fn play(pipe: &Path, heard: &Mutex<Vec<i16>>, plugged: &AtomicBool) {
    let mut frames = [0_u8; RATE / 50 * 4];
    loop {
        // For writing too, so that it neither waits for a writer nor ends with one.
        let mut reader = File::options().read(true).write(true).open(pipe).unwrap();
        let mut next = Instant::now();
        while plugged.load(Ordering::SeqCst) {
            if reader.read_exact(&mut frames).is_err() {
                return;
            }
            let left = frames.chunks_exact(4).map(|frame| i16::from_le_bytes([frame[0], frame[1]]));
            heard.lock().unwrap().extend(left);
            next = next.max(Instant::now() - Duration::from_millis(200)) + Duration::from_millis(20);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        drop(reader);
        while !plugged.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The first sample that is not silence.
pub(super) fn onset(samples: &[i16]) -> Option<usize> {
    samples.iter().position(|sample| sample.unsigned_abs() > SILENCE)
}

/// Everywhere that `sound` was played as loud as `gain`: each sample within the rounding of two conversions.
pub(super) fn places(heard: &[i16], sound: &[i16], gain: f32) -> Vec<usize> {
    let loud = |sample: &i16| (f32::from(*sample) * gain) as i16;
    let sound: Vec<_> = sound.iter().map(loud).collect();
    // From its middle: the start is too soft to tell places apart.
    let middle = sound.len() / 2;
    let near = |(a, b): (&i16, &i16)| a.abs_diff(*b) <= 2;
    let is_it = |window: &[i16]| {
        window[middle..].iter().zip(&sound[middle..]).take(500).all(near)
            && window.iter().zip(&sound).all(near)
    };
    let mut places = Vec::new();
    let mut at = 0;
    while at + sound.len() <= heard.len() {
        if is_it(&heard[at..at + sound.len()]) {
            places.push(at);
            at += sound.len();
        } else {
            at += 1;
        }
    }
    places
}
