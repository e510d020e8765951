//! The neural voice: Kokoro-82M, run by ONNX Runtime, whose library is loaded when there is something to render.
//! `deploy/voice` fetches all three files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use ort::environment::Environment;
use ort::session::{Session, builder::SessionBuilder};
use ort::value::Tensor;

use super::phonemes::{PHONEMES_MAX, ids};
use super::sound::Sound;

/// Model, voice and the way we prepare sound: a part of the key of the cache. Change it when one of them changes.
pub(super) const VOICE_ID: &str = "kokoro-v1.0-int8/zf_xiaobei/1";

/// Samples a second that the model makes.
const RATE: u32 = 24_000;

/// Numbers in the style of one length.
const STYLE: usize = 256;

/// Threads of one run. More do not help a model of this size.
const THREADS_MAX: usize = 2;

/// The files of a voice.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    const RUNTIME: &str = "libonnxruntime.so";
    const MODEL: &str = "kokoro.onnx";
    const VOICE: &str = "zf_xiaobei.bin";

    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Whether everything is there. `deploy/voice` has checked what is in it.
    pub(super) fn complete(&self) -> bool {
        [Self::RUNTIME, Self::MODEL, Self::VOICE].iter().all(|file| self.folder.join(file).is_file())
    }

    /// Loads the runtime, which stays for the life of the process. Errors: it does not fit this machine.
    pub(super) fn runtime(&self) -> anyhow::Result<Environment> {
        let library = self.folder.join(Self::RUNTIME);
        let doing = || format!("loading {}", library.display());
        ort::init_from(&library).with_context(doing)?.with_telemetry(false).build().with_context(doing)
    }
}

/// The voice, loaded.
pub(super) struct Kokoro {
    session: Session,
    styles: Vec<f32>,
}

impl Kokoro {
    /// Takes a quarter of a gigabyte and half a second. Errors: a file that is missing or not what it should be.
    pub(super) fn load(files: &Files, runtime: &Environment) -> anyhow::Result<Self> {
        let styles: Vec<f32> = {
            let path = files.folder.join(Files::VOICE);
            let bytes = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            bytes.chunks_exact(4).map(|f| f32::from_le_bytes([f[0], f[1], f[2], f[3]])).collect()
        };
        ensure!(styles.len() == PHONEMES_MAX * STYLE, "{} is not a voice", Files::VOICE);
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        // These errors hold the builder, which cannot cross threads; their text is enough.
        let refused = |error: ort::Error<SessionBuilder>| anyhow!("preparing the voice model: {error}");
        let builder = Session::builder(runtime).context("preparing the voice model")?;
        let builder = builder.with_intra_threads(threads).map_err(refused)?;
        let mut builder = builder.with_intra_op_spinning(false).map_err(refused)?;
        let model = files.folder.join(Files::MODEL);
        let session =
            builder.commit_from_file(&model).with_context(|| format!("loading {}", model.display()))?;
        Ok(Self { session, styles })
    }

    /// Says what is written in the model's alphabet. Errors: those of the runtime.
    pub(super) fn say(&mut self, phonemes: &str) -> anyhow::Result<Sound> {
        let ids = ids(phonemes);
        ensure!(!ids.is_empty(), "there is nothing to say");
        let row = (ids.len() - 1) * STYLE;
        let style = self.styles[row..row + STYLE].to_vec();
        let tokens: Vec<i64> = [0].into_iter().chain(ids).chain([0]).collect();
        let inputs = ort::inputs! {
            "tokens" => Tensor::from_array(([1, tokens.len()], tokens))?,
            "style" => Tensor::from_array(([1, STYLE], style))?,
            "speed" => Tensor::from_array(([1], vec![1.0_f32]))?,
        };
        let outputs = self.session.run(inputs).context("running the voice model")?;
        let (_, samples) =
            outputs[0].try_extract_tensor::<f32>().context("reading what the voice model made")?;
        Ok(Sound { rate: RATE, samples: samples.to_vec() })
    }
}
