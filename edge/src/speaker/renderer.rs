//! The one that turns parts into sound, on a thread of its own: what is being said first, what may be said later
//! when there is time. It holds the voice only while there is work.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

use anyhow::Context as _;
use edge_core::announce::SpeechPart;
use ort::environment::Environment;

use super::cache::Cache;
use super::kokoro::{Files, Kokoro, VOICE_ID};
use super::pinyin::{Reader, Word, written};
use super::protocol::{Engine, Report};
use super::sound::Sound;
use super::{Reports, espeak, phonemes};

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
    /// Needed perhaps.
    Prepare { parts: Vec<SpeechPart>, rate: u32 },
}

/// See the module.
pub(super) struct Renderer {
    files: Files,
    cache: Option<Cache>,
    reports: Reports,
    engine: Option<Engine>,
    /// The neural voice failed once; it is not tried again before the next start.
    broken: bool,
    runtime: Option<Environment>,
    kokoro: Option<Kokoro>,
    reader: Option<Reader>,
}

impl Renderer {
    /// A cache that cannot be used is reported and done without.
    pub(super) fn new(voice: &Path, cache: &Path, reports: Reports) -> Self {
        let cache =
            Cache::open(cache).inspect_err(|error| eprintln!("speaking without a cache: {error:#}")).ok();
        let files = Files::new(voice);
        Self { files, cache, reports, engine: None, broken: false, runtime: None, kokoro: None, reader: None }
    }

    /// Works until nobody can ask any more, and lets the voice go when it was `idle` for so long.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, idle: Duration) {
        // A refusal only means that it competes with the rest of the machine.
        let _ = rustix::process::nice(NICENESS);
        let mut backlog = VecDeque::new();
        loop {
            self.choose_engine();
            let job = if let Some((part, rate)) = backlog.pop_front() {
                match jobs.try_recv() {
                    Ok(job) => {
                        backlog.push_front((part, rate));
                        job
                    }
                    Err(TryRecvError::Empty) => {
                        self.prepare(&part, rate);
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => return,
                }
            } else {
                match self.wait(jobs, idle) {
                    Some(job) => job,
                    None => return,
                }
            };
            match job {
                // Nobody waits for the reply when the device was lost meanwhile.
                Job::Render { part, rate, reply } => drop(reply.send(self.render(&part, rate))),
                Job::Prepare { parts, rate } => {
                    backlog.clear();
                    backlog.extend(parts.into_iter().take(BACKLOG_MAX).map(|part| (part, rate)));
                }
            }
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

    fn prepare(&mut self, part: &SpeechPart, rate: u32) {
        if self.engine != Some(Engine::Kokoro) {
            return;
        }
        let words = self.reader.get_or_insert_with(Reader::new).words(part);
        if self.cache.as_ref().is_some_and(|cache| !cache.has(VOICE_ID, &written(&words), rate)) {
            self.with_kokoro(&words, rate);
        }
    }

    fn render(&mut self, part: &SpeechPart, rate: u32) -> Option<Sound> {
        let words = self.reader.get_or_insert_with(Reader::new).words(part);
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
