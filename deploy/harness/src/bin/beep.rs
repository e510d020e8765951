//! The least there is between a wish for sound and the sound: for every line of its standard input it plays a tone
//! at once, through the same sound library and with the same buffer as the box's speaker. The floor of the bench's
//! row `chime`.

use std::io::BufRead as _;
use std::num::NonZero;

use anyhow::Context;
use rodio::buffer::SamplesBuffer;
use rodio::cpal::BufferSize;
use rodio::{DeviceSinkBuilder, Player};

/// As the speaker's.
const PERIOD_FRAMES: u32 = 1_024;
const RATE: u32 = 48_000;

fn main() -> anyhow::Result<()> {
    let sink = DeviceSinkBuilder::from_default_device()
        .context("finding the sound device")?
        .with_buffer_size(BufferSize::Fixed(PERIOD_FRAMES))
        .open_stream()
        .context("opening the sound device")?;
    let rate = NonZero::new(RATE).context("48 kHz")?;
    // A tenth of a second, loud from its first period on.
    let tone: Vec<f32> = (0..RATE / 10).map(|step| if step / 50 % 2 == 0 { 0.3 } else { -0.3 }).collect();
    for line in std::io::stdin().lock().lines() {
        line.context("waiting for a wish")?;
        let player = Player::connect_new(sink.mixer());
        player.append(SamplesBuffer::new(NonZero::<u16>::MIN, rate, tone.clone()));
        player.detach();
    }
    Ok(())
}
