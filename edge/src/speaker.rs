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
use edge_core::announce::SpeechPart;
use shared::id::MessageId;

use device::Device;
use protocol::{Report, Request};
use renderer::{BREATH, Job, Renderer};
use sound::{Sound, chime};

/// Between two tries to open a device, from the first to the longest. A speaker that was plugged in again is heard
/// within half a minute; a try without a device costs a few milliseconds.
const RETRY: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

/// How soon a lost device is noticed while nothing is said.
const CHECK: Duration = Duration::from_millis(500);

/// How soon it is noticed while something is said, and how exactly the end of a sound is known.
const STEP: Duration = Duration::from_millis(10);

/// Between two sentences.
const PAUSE: Duration = Duration::from_millis(400);

/// A device that takes this much longer than the sound itself is stuck.
const OVERTIME: Duration = Duration::from_secs(3);

/// Rendering one part takes a second on a small machine, and many while it is busy. A late word is better than none.
const RENDER_MAX: Duration = Duration::from_secs(30);

/// The rate that nearly every device has: parts are prepared at it while there is none.
const USUAL_RATE: u32 = 48_000;

/// What the speaker is told on its command line.
#[derive(Debug, Clone, clap::Args)]
pub struct SpeakerArgs {
    /// Sound device: `default`, an ALSA name, or a description
    #[arg(long, default_value = "default")]
    device: String,
    /// Folder of the voice, as deploy/voice fills it
    #[arg(long, required_unless_present = "list_devices")]
    voice: Option<PathBuf>,
    /// Folder for rendered speech
    #[arg(long, required_unless_present = "list_devices")]
    cache: Option<PathBuf>,
    /// Let the voice go after so many seconds without work: between two orders of a busy hour it stays
    #[arg(long, default_value_t = 120)]
    idle_seconds: u64,
    /// Print the sound devices as JSON, and do nothing else
    #[arg(long)]
    list_devices: bool,
}

/// Reads requests from standard input until it ends, and writes reports to standard output. Errors: standard input
/// cannot be read, or the devices cannot be listed.
pub fn run(args: SpeakerArgs) -> anyhow::Result<()> {
    if args.list_devices {
        println!("{}", serde_json::to_string(&device::list()?)?);
        return Ok(());
    }
    end_on_panic();
    let (render, jobs) = mpsc::channel();
    let (ask, requests) = mpsc::channel();
    let folder = |folder: Option<PathBuf>| folder.context("--voice and --cache are needed to speak");
    let renderer = Renderer::new(&folder(args.voice)?, &folder(args.cache)?, Reports);
    let idle = Duration::from_secs(args.idle_seconds);
    thread::spawn(move || renderer.run(&jobs, idle));
    let render_file = render.clone();
    let playback = Playback { device_name: args.device, render, reports: Reports };
    thread::spawn(move || playback.run(&requests));
    for line in std::io::stdin().lock().lines() {
        let line = line.context("reading what to say")?;
        match serde_json::from_str(&line) {
            // Files do not wait for what is being said.
            Ok(Request::Render { rendering, parts }) => {
                render_file.send(Job::File { rendering, parts }).context("the renderer has ended")?;
            }
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
    id: MessageId,
    parts: Vec<SpeechPart>,
    gain: f32,
}

/// Why a device is no longer played on.
enum Left {
    /// It does not work any more, or never did.
    Lost(String),
    /// Another one was chosen.
    Changed,
    /// Nobody can ask any more.
    NobodyAsks,
}

impl Playback {
    fn run(mut self, requests: &Receiver<Request>) {
        let mut wait = *RETRY.start();
        loop {
            let left = match Device::open(&self.device_name) {
                Ok(device) => {
                    wait = *RETRY.start();
                    self.reports.send(&Report::Ready { device: self.device_name.clone() });
                    self.play_on(&device, requests)
                }
                Err(error) => Left::Lost(format!("{error:#}")),
            };
            let left = match left {
                Left::Lost(reason) => {
                    self.reports.send(&Report::NoDevice { reason });
                    let waited = self.wait_without_device(requests, wait);
                    wait = (wait * 2).min(*RETRY.end());
                    waited
                }
                Left::Changed | Left::NobodyAsks => left,
            };
            match left {
                Left::Lost(_) => {}
                Left::Changed => wait = *RETRY.start(),
                Left::NobodyAsks => return,
            }
        }
    }

    /// Works until the device is lost or left.
    fn play_on(&mut self, device: &Device, requests: &Receiver<Request>) -> Left {
        loop {
            match requests.recv_timeout(CHECK) {
                Ok(Request::Say { id, parts, gain }) => self.say(device, Saying { id, parts, gain }),
                Ok(Request::Prepare(parts)) => self.prepare(parts, device.rate()),
                Ok(Request::UseDevice(name)) => {
                    self.device_name = name;
                    return Left::Changed;
                }
                Ok(Request::Render { .. }) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Left::NobodyAsks,
            }
            if let Some(reason) = device.lost() {
                return Left::Lost(reason.to_owned());
            }
        }
    }

    /// Nothing is said meanwhile: the box keeps it until a device is ready.
    fn wait_without_device(&mut self, requests: &Receiver<Request>, wait: Duration) -> Left {
        let end = Instant::now() + wait;
        loop {
            match requests.recv_timeout(end.saturating_duration_since(Instant::now())) {
                // What was prepared for another rate is rendered again.
                Ok(Request::Prepare(parts)) => self.prepare(parts, USUAL_RATE),
                Ok(Request::UseDevice(name)) => {
                    self.device_name = name;
                    return Left::Changed;
                }
                // Sent before the box knew of the loss.
                Ok(Request::Say { .. } | Request::Render { .. }) => {}
                Err(RecvTimeoutError::Timeout) => return Left::Lost(String::new()),
                Err(RecvTimeoutError::Disconnected) => return Left::NobodyAsks,
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
