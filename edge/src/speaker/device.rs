//! The sound device. ALSA gives it up in many ways, so the least sign of trouble counts as lost: the stream is
//! dropped and opened anew.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use rodio::buffer::SamplesBuffer;
use rodio::cpal::{self, BufferSize, traits::HostTrait as _};
use rodio::{CpalError, CpalErrorKind, DeviceSinkBuilder, DeviceTrait as _, MixerDeviceSink, Player};

use super::protocol::SoundDevice;
use super::sound::Sound;

/// Frames in one of the two periods of the buffer: 43 ms from a sample to the ear at 48 kHz.
const PERIOD_FRAMES: u32 = 1_024;

/// The device that the system calls its own.
const DEFAULT: &str = "default";

/// An open device.
pub(super) struct Device {
    sink: MixerDeviceSink,
    lost: Arc<OnceLock<String>>,
}

impl Device {
    /// Opens `default`, or a device by its ALSA name (`plughw:CARD=USB`) or its description. Errors: it is not
    /// there, or does not open.
    pub(super) fn open(name: &str) -> anyhow::Result<Self> {
        let lost = Arc::new(OnceLock::new());
        let builder = if name == DEFAULT {
            DeviceSinkBuilder::from_default_device()
        } else {
            DeviceSinkBuilder::from_device(find(name)?)
        };
        let report = lost.clone();
        let mut sink = builder
            .context("asking the sound device what it can do")?
            .with_buffer_size(BufferSize::Fixed(PERIOD_FRAMES))
            .with_error_callback(move |error: CpalError| {
                if !passes(error.kind()) {
                    // Only the first counts; a dead device may call thousands of times.
                    let _ = report.set(error.to_string());
                }
            })
            .open_stream()
            .context("opening the sound device")?;
        sink.log_on_drop(false);
        Ok(Self { sink, lost })
    }

    /// Samples a second.
    pub(super) fn rate(&self) -> u32 {
        self.sink.config().sample_rate().get()
    }

    /// Why it is no longer usable, once it is not.
    pub(super) fn lost(&self) -> Option<&str> {
        self.lost.get().map(String::as_str)
    }

    /// Treats it as lost.
    pub(super) fn give_up(&self, reason: &str) {
        // It keeps the first reason.
        let _ = self.lost.set(reason.to_owned());
    }

    /// Something to append sounds to, which play one after the other.
    pub(super) fn player(&self, gain: f32) -> Player {
        let player = Player::connect_new(self.sink.mixer());
        player.set_volume(gain);
        player
    }
}

/// A sound as the player takes it.
pub(super) fn source(sound: Sound) -> Option<SamplesBuffer> {
    let one = std::num::NonZero::<u16>::MIN;
    std::num::NonZero::new(sound.rate).map(|rate| SamplesBuffer::new(one, rate, sound.samples))
}

/// The devices that sound can be chosen to go to: the system's own, and every card by its name, which it keeps when
/// it is plugged in elsewhere. Nothing is opened. Errors: those of the sound library.
pub(super) fn list() -> anyhow::Result<Vec<SoundDevice>> {
    let devices = cpal::default_host().output_devices().context("listing the sound devices")?;
    let mut listed: Vec<_> = devices.filter_map(|device| described(&device)).collect();
    if !listed.iter().any(|device| device.name == DEFAULT) {
        let description = "Default of the system".to_owned();
        listed.push(SoundDevice { name: DEFAULT.to_owned(), description });
    }
    listed.sort();
    listed.dedup();
    Ok(listed)
}

/// `None` for what nobody would choose: cards by their changing numbers, channels of surround sound, and plug-ins
/// that lead back to a card already listed.
fn described(device: &cpal::Device) -> Option<SoundDevice> {
    let name = name_of(device)?;
    let by_number =
        name.contains("CARD=") && name.split("CARD=").nth(1)?.starts_with(|c: char| c.is_ascii_digit());
    let (plugin, _) = name.split_once(':').unwrap_or((&name, ""));
    let chosen = match plugin {
        "plughw" => !by_number,
        "null" | "hw" | "front" | "rear" | "side" | "center_lfe" | "iec958" | "spdif" | "dmix" | "dsnoop"
        | "sysdefault" | "usbstream" | "lavrate" | "samplerate" | "speexrate" | "speex" | "upmix"
        | "vdownmix" | "jack" | "oss" => false,
        other => !other.starts_with("surround"),
    };
    let description = device.description().map(|description| description.name().to_owned());
    chosen.then(|| SoundDevice { description: description.unwrap_or_else(|_| name.clone()), name })
}

/// `plughw:CARD=USB,DEV=0`
fn name_of(device: &cpal::Device) -> Option<String> {
    let id = device.id().ok()?.to_string();
    Some(id.strip_prefix("alsa:").unwrap_or(&id).to_owned())
}

fn find(name: &str) -> anyhow::Result<cpal::Device> {
    let mut devices = cpal::default_host().output_devices().context("listing the sound devices")?;
    let is_it = |device: &cpal::Device| {
        name_of(device).is_some_and(|own| own == name || name.strip_prefix("alsa:") == Some(&own))
            || device.description().is_ok_and(|description| description.name() == name)
    };
    devices.find(is_it).with_context(|| format!("there is no sound device named {name}"))
}

/// What a stream survives: a late buffer, a route that the system changed itself.
fn passes(kind: CpalErrorKind) -> bool {
    matches!(kind, CpalErrorKind::Xrun | CpalErrorKind::DeviceChanged | CpalErrorKind::RealtimeDenied)
}
