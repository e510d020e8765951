//! The voice against the real ALSA: what a device is handed, and what happens when there is none, when it goes,
//! and when the speaker is killed.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chuancai_edge::speaker::protocol::Engine;
use chuancai_edge::voice::{Announcement, Said, Voice, VoiceSettings, VoiceState, VoiceStatus, start};
use edge_core::announce::{Params, Template};
use edge_core::messages::GOOD_FOR;
use shared::id::MessageId;
use shared::message::Volume;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

const RATE: usize = 48_000;

/// Long enough for a debug build on a machine that is busy with everybody else's tests.
const PATIENCE: Duration = Duration::from_secs(240);

/// A sound device that plays at the speed of a real one into memory: ALSA writes into a named pipe, and a thread
/// reads from it no faster than sound is heard.
pub(crate) struct Device {
    pub(crate) folder: TempDir,
    heard: Arc<Mutex<Vec<i16>>>,
    plugged: Arc<AtomicBool>,
}

impl Device {
    pub(crate) fn absent() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        fs::write(folder.path().join("asound.conf"), "</usr/share/alsa/alsa.conf>\n").unwrap();
        let device = Self { folder, heard: Arc::default(), plugged: Arc::new(AtomicBool::new(true)) };
        let (heard, plugged) = (device.heard.clone(), device.plugged.clone());
        thread::spawn(move || play(&pipe, &heard, &plugged));
        device
    }

    pub(crate) fn present() -> Self {
        let device = Self::absent();
        device.install();
        device
    }

    pub(crate) fn install(&self) {
        let pipe = self.folder.path().join("pipe");
        let config = format!(
            "</usr/share/alsa/alsa.conf>\n\
             pcm.paced {{ type file  slave.pcm \"null\"  file \"{}\"  format \"raw\" }}\n\
             pcm.!default {{ type plug  slave {{ pcm \"paced\" format S16_LE rate {RATE} channels 2 }} }}\n",
            pipe.display()
        );
        fs::write(self.folder.path().join("asound.conf"), config).unwrap();
    }

    /// The box's program, told to use this device, and leaving its process id.
    pub(crate) fn program(&self, more_arguments: &str) -> PathBuf {
        let path = self.folder.path().join("speaker");
        let script = format!(
            "#!/bin/sh\necho $$ >'{0}/pid'\nALSA_CONFIG_PATH='{0}/asound.conf' exec '{1}' \"$@\" {more_arguments}\n",
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

    /// Without the neural voice, whose loading takes longer than what these tests are about.
    fn start_without_model(&self) -> Voice {
        start(&self.settings(&self.folder.path().join("no_voice")))
    }

    fn pid(&self) -> String {
        fs::read_to_string(self.folder.path().join("pid")).unwrap().trim().to_owned()
    }

    pub(crate) fn heard(&self) -> Vec<i16> {
        self.heard.lock().unwrap().clone()
    }

    async fn until_heard(&self, from: usize) {
        until("something is heard", || onset(&self.heard()[from..]).is_some()).await;
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

async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn until_status(voice: &Voice, what: &str, condition: impl Fn(&VoiceStatus) -> bool) {
    let mut status = voice.status();
    let seen = tokio::time::timeout(PATIENCE, status.wait_for(condition)).await.is_ok();
    assert!(seen, "waited too long until {what}; it is {:?}", voice.status().borrow());
}

fn the_example(id: u128) -> Announcement {
    let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
    let params = [("roomName", "801"), ("goodsName", "水饺"), ("num", "2")];
    let params: Params = params.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let sentence = template.render(&params);
    Announcement {
        id: MessageId(Uuid::from_u128(id)),
        speech: sentence.speech,
        volume: Volume::FULL,
        until: tokio::time::Instant::now() + GOOD_FOR,
    }
}

/// Says it while the test goes on.
fn say(voice: &Voice, announcement: Announcement) -> JoinHandle<Said> {
    let voice = voice.clone();
    tokio::spawn(async move { voice.say(announcement).await })
}

/// The first sample that is not silence.
fn onset(samples: &[i16]) -> Option<usize> {
    samples.iter().position(|sample| sample.unsigned_abs() > 300)
}

/// Where `sound` was played: every sample within the rounding of one conversion.
fn place(heard: &[i16], sound: &[i16]) -> Option<usize> {
    // From its middle: the start is too soft to tell places apart.
    let middle = sound.len() / 2;
    let near = |(a, b): (&i16, &i16)| a.abs_diff(*b) <= 2;
    heard.windows(sound.len()).position(|window| {
        window[middle..].iter().zip(&sound[middle..]).take(500).all(near)
            && window.iter().zip(sound).all(near)
    })
}

/// How strong one tone is (Goertzel).
fn strength(samples: &[i16], hertz: f64) -> f64 {
    let step = std::f64::consts::TAU * hertz / RATE as f64;
    let turned = |(index, sample): (usize, &i16)| {
        let angle = step * index as f64;
        (f64::from(*sample) * angle.cos(), f64::from(*sample) * angle.sin())
    };
    let (x, y) = samples.iter().enumerate().map(turned).fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    x.hypot(y) / samples.len() as f64
}

/// The neural voice, as `deploy/voice` fetches it.
fn neural_voice() -> PathBuf {
    let folder = std::env::var_os("CHUANCAI_VOICE").map(PathBuf::from);
    let folder = folder.expect("run deploy/voice, and set CHUANCAI_VOICE to the absolute path of its folder");
    assert!(folder.join("kokoro.onnx").is_file(), "run deploy/voice: {} is not complete", folder.display());
    folder
}

fn cached(folder: &Path) -> Vec<Vec<i16>> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let waves =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "wav"));
    let samples = |path| hound::WavReader::open(path).unwrap().samples::<i16>().map(Result::unwrap).collect();
    waves.map(samples).collect()
}

#[tokio::test]
async fn m7_the_example_is_heard_after_a_chime_as_it_was_rendered() {
    let device = Device::present();
    let settings = device.settings(&neural_voice());
    let voice = start(&settings);
    until_status(&voice, "the neural voice is ready", |status| {
        status.state == VoiceState::SpeakingWith { engine: Engine::Kokoro }
    })
    .await;
    let announcement = the_example(1);
    voice.prepare(announcement.speech.clone());
    until("both parts are rendered", || cached(&settings.cache_folder).len() == announcement.speech.len())
        .await;
    assert_eq!(voice.say(announcement).await, Said::Spoken);

    let heard = device.heard();
    let start = onset(&heard).expect("something is heard");
    let strike = &heard[start..start + RATE / 5];
    let others = [500.0, 622.25, 660.0, 900.0, 1_200.0].map(|hertz| strength(strike, hertz));
    assert!(
        others.iter().all(|other| strength(strike, 783.99) > 3.0 * other),
        "the chime's first note comes first"
    );
    let parts = cached(&settings.cache_folder);
    let mut places: Vec<_> = parts.iter().map(|part| (place(&heard, part), part.len())).collect();
    places.sort();
    let [(Some(first), length), (Some(second), _)] = places[..] else {
        panic!("a part is missing: {places:?}")
    };
    assert!(first >= start + RATE * 7 / 10, "speech begins after the chime");
    assert!((0..RATE / 5).contains(&(second - first - length)), "a breath lies between the parts");
    let speech = parts.iter().map(Vec::len).sum::<usize>();
    assert!((2 * RATE..6 * RATE).contains(&speech), "{speech} samples of speech");
}

#[tokio::test]
async fn without_the_neural_voice_something_is_said() {
    let device = Device::present();
    let voice = device.start_without_model();
    assert_eq!(voice.say(the_example(1)).await, Said::Spoken);
    assert_eq!(voice.status().borrow().state, VoiceState::SpeakingWith { engine: Engine::Espeak });
    let heard = device.heard();
    let after_chime = &heard[onset(&heard).unwrap() + RATE..];
    assert!(after_chime.iter().filter(|sample| sample.unsigned_abs() > 300).count() > RATE / 2);
}

#[tokio::test]
async fn m7_without_a_device_the_box_says_so_and_speaks_when_there_is_one() {
    let device = Device::absent();
    let voice = device.start_without_model();
    let no_device = |status: &VoiceStatus| matches!(status.state, VoiceState::NoDevice { .. });
    until_status(&voice, "the missing device is reported", no_device).await;
    let soon = tokio::time::Instant::now() + Duration::from_millis(1);
    assert_eq!(voice.say(Announcement { until: soon, ..the_example(1) }).await, Said::TooOld);
    let said = say(&voice, the_example(2));
    device.install();
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert_eq!((voice.status().borrow().said, voice.status().borrow().expired), (1, 1));
    assert!(onset(&device.heard()).is_some());
}

#[tokio::test]
async fn m7_a_speaker_that_is_killed_in_a_sentence_says_it_again() {
    let device = Device::present();
    let voice = device.start_without_model();
    let said = say(&voice, the_example(1));
    device.until_heard(0).await;
    assert!(Command::new("kill").args(["-KILL", &device.pid()]).status().unwrap().success());
    until_status(&voice, "the death is noticed", |status| {
        matches!(status.state, VoiceState::Restarting { .. })
    })
    .await;
    assert_eq!(voice.status().borrow().said, 0);
    let before = device.heard().len();
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert!(onset(&device.heard()[before..]).is_some(), "it is heard from its beginning");
}

#[tokio::test]
async fn m7_a_device_that_goes_in_a_sentence_and_comes_back_says_it_again() {
    let device = Device::present();
    let voice = device.start_without_model();
    let said = say(&voice, the_example(1));
    device.until_heard(0).await;
    device.plugged.store(false, Ordering::SeqCst);
    // The sound library may report the loss or abort the speaker. Both must come to the same.
    until_status(&voice, "the loss is noticed", |status| {
        matches!(status.state, VoiceState::NoDevice { .. } | VoiceState::Restarting { .. })
    })
    .await;
    assert_eq!(voice.status().borrow().said, 0);
    let before = device.heard().len();
    device.plugged.store(true, Ordering::SeqCst);
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert!(onset(&device.heard()[before..]).is_some());
}

#[tokio::test]
async fn an_idle_speaker_makes_room_for_a_fresh_one_that_speaks_too() {
    let device = Device::present();
    let settings = device.settings(Path::new("no_voice"));
    let voice = start(&VoiceSettings { program: Some(device.program("--idle-seconds 1")), ..settings });
    assert_eq!(voice.say(the_example(1)).await, Said::Spoken);
    let first = device.pid();
    until("another speaker runs", || !device.pid().is_empty() && device.pid() != first).await;
    assert_eq!(voice.say(the_example(2)).await, Said::Spoken);
    assert_eq!(voice.status().borrow().said, 2);
}

#[tokio::test]
async fn a_voice_that_is_turned_off_takes_announcements_and_starts_nothing() {
    let device = Device::present();
    let voice = start(&VoiceSettings { enabled: false, ..device.settings(Path::new("no_voice")) });
    assert_eq!(voice.say(the_example(1)).await, Said::Off);
    assert_eq!(voice.status().borrow().state, VoiceState::Disabled);
    assert!(!device.folder.path().join("pid").exists());
}
