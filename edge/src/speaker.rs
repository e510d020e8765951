//! The speaker: a child process of the box that renders and plays announcements.
//!
//! It is a process of its own because the system's sound library may abort the process that holds a lost device,
//! and because the voice takes a quarter of a gigabyte. It holds nothing that matters: what is to be said, and
//! whether it was, the box knows. It ends when its standard input does.

mod cache;
mod device;
mod espeak;
mod kokoro;
mod phonemes;
mod pinyin;
pub mod protocol;
mod renderer;
mod sound;

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use edge_core::announce::{AnnouncementId, SpeechPart};

use device::Device;
use protocol::{Report, Request};
use renderer::{Job, Renderer};
use sound::{Sound, chime};

/// Between two tries to open a device, from the first to the longest. A speaker that was plugged in again is heard
/// within half a minute; a try without a device costs a few milliseconds.
const RETRY: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

/// How soon a lost device is noticed while nothing is said.
const CHECK: Duration = Duration::from_millis(500);

/// How soon it is noticed while something is said, and how exactly the end of a sound is known.
const STEP: Duration = Duration::from_millis(10);

/// Between two parts of a sentence, and between two sentences.
const BREATH: Duration = Duration::from_millis(80);
const PAUSE: Duration = Duration::from_millis(400);

/// A device that takes this much longer than the sound itself is stuck.
const OVERTIME: Duration = Duration::from_secs(3);

/// Rendering one part takes a second on a small machine, and many while it is busy. A late word is better than none.
const RENDER_MAX: Duration = Duration::from_secs(30);

/// What the speaker is told on its command line.
#[derive(Debug, Clone, clap::Args)]
pub struct SpeakerArgs {
    /// Sound device: `default`, an ALSA name, or a description
    #[arg(long, default_value = "default")]
    device: String,
    /// Folder of the voice, as deploy/voice fills it
    #[arg(long)]
    voice: PathBuf,
    /// Folder for rendered speech
    #[arg(long)]
    cache: PathBuf,
    /// Let the voice go after so many seconds without work: between two orders of a busy hour it stays
    #[arg(long, default_value_t = 120)]
    idle_seconds: u64,
}

/// Reads requests from standard input until it ends, and writes reports to standard output. Errors: standard input
/// cannot be read.
pub fn run(args: SpeakerArgs) -> anyhow::Result<()> {
    end_on_panic();
    let (render, jobs) = mpsc::channel();
    let (ask, requests) = mpsc::channel();
    let renderer = Renderer::new(&args.voice, &args.cache, Reports);
    let idle = Duration::from_secs(args.idle_seconds);
    thread::spawn(move || renderer.run(&jobs, idle));
    let playback = Playback { device_name: args.device, render, reports: Reports };
    thread::spawn(move || playback.run(&requests));
    for line in std::io::stdin().lock().lines() {
        let line = line.context("reading what to say")?;
        match serde_json::from_str(&line) {
            Ok(request) => ask.send(request).context("the playback has ended")?,
            Err(error) => eprintln!("a request was not understood: {error}"),
        }
    }
    Ok(())
}

/// A thread that panics would leave a speaker that lives and is mute; the box starts a new one instead.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::exit(101);
    }));
}

/// Writes reports. When nobody reads them the box is gone, and so is the reason to speak.
#[derive(Debug, Clone, Copy)]
struct Reports;

impl Reports {
    fn send(self, report: &Report) {
        let mut line = serde_json::to_vec(report).expect("a report is plain data");
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        if out.write_all(&line).and_then(|()| out.flush()).is_err() {
            std::process::exit(0);
        }
    }
}

/// The one that plays, on a thread of its own.
struct Playback {
    device_name: String,
    render: Sender<Job>,
    reports: Reports,
}

/// What is to be said.
struct Saying {
    id: AnnouncementId,
    parts: Vec<SpeechPart>,
    gain: f32,
}

impl Playback {
    fn run(&self, requests: &Receiver<Request>) {
        let mut wait = *RETRY.start();
        loop {
            let reason = match Device::open(&self.device_name) {
                Ok(device) => {
                    wait = *RETRY.start();
                    self.reports.send(&Report::Ready);
                    self.play_on(&device, requests)
                }
                Err(error) => Some(format!("{error:#}")),
            };
            let Some(reason) = reason else { return };
            self.reports.send(&Report::NoDevice { reason });
            if !self.wait_without_device(requests, wait) {
                return;
            }
            wait = (wait * 2).min(*RETRY.end());
        }
    }

    /// Works until the device is lost, and says why; `None` when nobody can ask any more.
    fn play_on(&self, device: &Device, requests: &Receiver<Request>) -> Option<String> {
        loop {
            match requests.recv_timeout(CHECK) {
                Ok(Request::Say { id, parts, gain }) => self.say(device, Saying { id, parts, gain }),
                Ok(Request::Prepare(parts)) => self.prepare(parts, device.rate()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
            if let Some(reason) = device.lost() {
                return Some(reason.to_owned());
            }
        }
    }

    /// Nothing is said meanwhile: the box keeps it until a device is ready. `false` when nobody can ask any more.
    fn wait_without_device(&self, requests: &Receiver<Request>, wait: Duration) -> bool {
        let end = Instant::now() + wait;
        loop {
            match requests.recv_timeout(end.saturating_duration_since(Instant::now())) {
                // The rate that nearly every device has; what was prepared for another one is rendered again.
                Ok(Request::Prepare(parts)) => self.prepare(parts, 48_000),
                // Sent before the box knew of the loss.
                Ok(Request::Say { .. }) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn prepare(&self, parts: Vec<SpeechPart>, rate: u32) {
        // The renderer ends with the process only.
        let _ = self.render.send(Job::Prepare { parts, rate });
    }

    /// Chime, parts, silence. The parts are rendered while the chime sounds. It is done when all was played and
    /// the device was there to the end.
    fn say(&self, device: &Device, saying: Saying) {
        let rate = device.rate();
        let rendered: Vec<_> = saying.parts.into_iter().map(|part| self.rendered(part, rate)).collect();
        let player = device.player(saying.gain);
        let append = |sound: Sound| {
            let length = sound.length();
            if let Some(source) = device::source(sound) {
                player.append(source);
            }
            length
        };
        let start = Instant::now();
        let mut length = append(chime(rate));
        self.reports.send(&Report::Started { id: saying.id });
        for part in rendered {
            let Some(sound) = received(device, &part) else { continue };
            // What was late to render starts when it is there, not when it should have.
            length = length.max(start.elapsed()) + append(sound) + append(Sound::silence(rate, BREATH));
        }
        length += append(Sound::silence(rate, PAUSE));
        while !player.empty() && device.lost().is_none() && start.elapsed() < length + OVERTIME {
            thread::sleep(STEP);
        }
        if !player.empty() && device.lost().is_none() {
            device.give_up("the sound device takes no more sound");
        }
        if device.lost().is_none() {
            self.reports.send(&Report::Done { id: saying.id });
        }
    }

    fn rendered(&self, part: SpeechPart, rate: u32) -> Receiver<Option<Sound>> {
        let (reply, rendered) = mpsc::channel();
        let _ = self.render.send(Job::Render { part, rate, reply });
        rendered
    }
}

/// A part when it is rendered; `None` when it cannot be, takes too long, or has nowhere to go.
fn received(device: &Device, rendered: &Receiver<Option<Sound>>) -> Option<Sound> {
    let end = Instant::now() + RENDER_MAX;
    while device.lost().is_none() && Instant::now() < end {
        match rendered.recv_timeout(STEP) {
            Ok(sound) => return sound,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    None
}
