//! The one that turns parts into sound, on a thread of its own: what is being said first, what may be said later
//! when there is time. It holds the voice only while there is work.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

use anyhow::Context as _;
use edge_core::announce::SpeechPart;
use ort::environment::Environment;

use super::cache::Cache;
use super::kokoro::{Files, Kokoro, VOICE_ID};
use super::pinyin::{Reader, Word, written};
use super::protocol::{Engine, RenderingId, Report};
use super::sound::{Sound, chime};
use super::{Reports, espeak, phonemes};

/// Between two parts of a sentence.
pub(super) const BREATH: Duration = Duration::from_millis(80);

/// The room that rendered parts may take: about 2,000 of a second at 48 kHz, many menus long.
const PARTS_BYTES_MAX: u64 = 200 << 20;

/// The room that files for other devices may take: the last forty or so.
const FILES_BYTES_MAX: u64 = 20 << 20;

/// Samples a second of a file for another device: what the parts of this box's own loudspeaker mostly have.
const FILE_RATE: u32 = 48_000;

/// Parts that wait to be prepared; a large menu has about 500.
const BACKLOG_MAX: usize = 4_000;

/// Other work of this machine goes first: an order is more urgent than its sound.
const NICENESS: i32 = 5;

/// Work for the renderer.
pub(super) enum Job {
    /// Needed now.
    Render {
        part: SpeechPart,
        rate: u32,
        /// Gets `None` for what cannot be said.
        reply: Sender<Option<Sound>>,
    },
    /// Needed soon, as one file with the chime.
    File { rendering: RenderingId, parts: Vec<SpeechPart> },
    /// Needed perhaps.
    Prepare { parts: Vec<SpeechPart>, rate: u32 },
}

/// See the module.
pub(super) struct Renderer {
    files: Files,
    cache: Option<Cache>,
    /// Whole announcements with their chime, for other devices.
    whole: Option<Cache>,
    reports: Reports,
    engine: Option<Engine>,
    /// The neural voice failed once; it is not tried again before the next start.
    broken: bool,
    runtime: Option<Environment>,
    kokoro: Option<Kokoro>,
    reader: Option<Reader>,
}

/// A file that is asked for.
struct Whole {
    rendering: RenderingId,
    parts: Vec<SpeechPart>,
    /// Parts that were rendered already, or tried.
    ready: usize,
}

/// What waits, the more urgent first.
#[derive(Default)]
struct Queue {
    now: VecDeque<(SpeechPart, u32, Sender<Option<Sound>>)>,
    files: VecDeque<Whole>,
    perhaps: VecDeque<(SpeechPart, u32)>,
}

impl Queue {
    fn take(&mut self, job: Job) {
        match job {
            Job::Render { part, rate, reply } => self.now.push_back((part, rate, reply)),
            Job::File { rendering, parts } => self.files.push_back(Whole { rendering, parts, ready: 0 }),
            Job::Prepare { parts, rate } => {
                self.perhaps = parts.into_iter().take(BACKLOG_MAX).map(|part| (part, rate)).collect();
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.now.is_empty() && self.files.is_empty() && self.perhaps.is_empty()
    }
}

impl Renderer {
    /// A cache that cannot be used is reported and done without.
    pub(super) fn new(voice: &Path, cache: &Path, reports: Reports) -> Self {
        let open = |folder: &Path, bytes_max| {
            let cache = Cache::open(folder, bytes_max);
            cache.inspect_err(|error| eprintln!("speaking without a cache: {error:#}")).ok()
        };
        Self {
            files: Files::new(voice),
            cache: open(cache, PARTS_BYTES_MAX),
            whole: open(&cache.join("whole"), FILES_BYTES_MAX),
            reports,
            engine: None,
            broken: false,
            runtime: None,
            kokoro: None,
            reader: None,
        }
    }

    /// Works until nobody can ask any more, and lets the voice go when it was `idle` for so long.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, idle: Duration) {
        // A refusal only means that it competes with the rest of the machine.
        let _ = rustix::process::nice(NICENESS);
        let mut queue = Queue::default();
        loop {
            self.choose_engine();
            if queue.is_empty() {
                match self.wait(jobs, idle) {
                    Some(job) => queue.take(job),
                    None => return,
                }
            }
            loop {
                match jobs.try_recv() {
                    Ok(job) => queue.take(job),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.work(&mut queue);
        }
    }

    /// One part, so that whatever is more urgent waits for no more than that.
    fn work(&mut self, queue: &mut Queue) {
        if let Some((part, rate, reply)) = queue.now.pop_front() {
            // Nobody waits for the reply when the device was lost meanwhile.
            drop(reply.send(self.render(&part, rate)));
        } else if let Some(mut whole) = queue.files.pop_front() {
            if let Some(part) = whole.parts.get(whole.ready) {
                self.prepare(part, FILE_RATE);
                whole.ready += 1;
                queue.files.push_front(whole);
            } else {
                let file = self.write(&whole.parts);
                self.reports.send(&Report::Rendered { rendering: whole.rendering, file });
            }
        } else if let Some((part, rate)) = queue.perhaps.pop_front() {
            self.prepare(&part, rate);
        }
    }

    fn wait(&mut self, jobs: &Receiver<Job>, idle: Duration) -> Option<Job> {
        match jobs.recv_timeout(idle) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => {
                if self.reader.is_some() {
                    self.kokoro = None;
                    self.reader = None;
                    self.reports.send(&Report::Idle);
                }
                jobs.recv().ok()
            }
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    /// The best that there is. A voice that is set up later is found without a new start.
    fn choose_engine(&mut self) {
        if self.engine == Some(Engine::Kokoro) && !self.broken {
            return;
        }
        let engine = if !self.broken && self.files.complete() {
            Engine::Kokoro
        } else if let Some(fallback) = self.engine.filter(|engine| *engine != Engine::Kokoro) {
            fallback
        } else if espeak::installed() {
            Engine::Espeak
        } else {
            Engine::ChimeOnly
        };
        if self.engine != Some(engine) {
            self.engine = Some(engine);
            self.reports.send(&Report::Engine(engine));
        }
    }

    /// Renders what the neural voice has not rendered yet.
    fn prepare(&mut self, part: &SpeechPart, rate: u32) {
        if self.engine != Some(Engine::Kokoro) || self.broken {
            return;
        }
        let words = self.words(part);
        let kept = |cache: &Cache| cache.has(VOICE_ID, &written(&words), rate);
        if !words.is_empty() && !self.cache.as_ref().is_none_or(kept) {
            self.with_kokoro(&words, rate);
        }
    }

    fn words(&mut self, part: &SpeechPart) -> Vec<Word> {
        self.reader.get_or_insert_with(Reader::new).words(part)
    }

    /// Chime and parts as one file, written once. `None` when it cannot be written.
    fn write(&mut self, parts: &[SpeechPart]) -> Option<PathBuf> {
        let voice = format!("{VOICE_ID}/{:?}", self.engine);
        let sentence: Vec<_> = parts.iter().map(|part| written(&self.words(part))).collect();
        let sentence = sentence.join(" | ");
        let has = |whole: &Cache| whole.has(&voice, &sentence, FILE_RATE);
        if !self.whole.as_ref().is_some_and(has) {
            let mut sound = chime(FILE_RATE);
            for part in parts {
                let Some(part) = self.render(part, FILE_RATE) else { continue };
                sound.samples.extend(part.samples);
                sound.samples.extend(Sound::silence(FILE_RATE, BREATH).samples);
            }
            let kept = self.whole.as_ref()?.put(&voice, &sentence, &sound);
            kept.inspect_err(|error| eprintln!("a file of speech was not written: {error:#}")).ok()?;
        }
        self.whole.as_ref().map(|whole| whole.path(&voice, &sentence, FILE_RATE))
    }

    fn render(&mut self, part: &SpeechPart, rate: u32) -> Option<Sound> {
        let words = self.words(part);
        if words.is_empty() {
            return None;
        }
        if self.engine == Some(Engine::Kokoro) {
            let kept = self.cache.as_ref().and_then(|cache| cache.get(VOICE_ID, &written(&words), rate));
            if let Some(sound) = kept.or_else(|| self.with_kokoro(&words, rate)) {
                return Some(sound);
            }
            self.choose_engine();
        }
        if self.engine != Some(Engine::Espeak) {
            return None;
        }
        let sound = espeak::say(&words).and_then(|sound| sound.for_device(rate));
        sound.inspect_err(|error| eprintln!("the fall-back voice failed: {error:#}")).ok()
    }

    /// Renders and keeps. A failure ends the use of the neural voice.
    fn with_kokoro(&mut self, words: &[Word], rate: u32) -> Option<Sound> {
        match self.try_kokoro(words, rate) {
            Ok(sound) => {
                if let Some(Err(error)) =
                    self.cache.as_ref().map(|cache| cache.put(VOICE_ID, &written(words), &sound))
                {
                    eprintln!("a rendered part was not kept: {error:#}");
                }
                Some(sound)
            }
            Err(error) => {
                eprintln!("the neural voice failed: {error:#}");
                self.broken = true;
                self.kokoro = None;
                None
            }
        }
    }

    fn try_kokoro(&mut self, words: &[Word], rate: u32) -> anyhow::Result<Sound> {
        if self.runtime.is_none() {
            self.runtime = Some(self.files.runtime()?);
        }
        if self.kokoro.is_none() {
            let runtime = self.runtime.as_ref().context("the runtime is loaded above")?;
            self.kokoro = Some(Kokoro::load(&self.files, runtime)?);
        }
        let kokoro = self.kokoro.as_mut().context("the voice is loaded above")?;
        kokoro.say(&phonemes::phonemes(words))?.for_device(rate)
    }
}
