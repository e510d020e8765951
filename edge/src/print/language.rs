//! A slip as ESC/POS bytes for printers as they are sold in China: text in GBK, which the printer's own Chinese
//! font draws.
//!
//! Sizes are said twice, for ASCII (`GS !`) and for Chinese (`FS !`): of the printers in use some obey the first
//! for both, some do not.

use std::sync::{Arc, Mutex, PoisonError};

use edge_core::slip::{Look, Piece, Place, Row, Size, Slip};
use encoding_rs::GBK;
use escpos::driver::Driver;
use escpos::errors::Result;
use escpos::printer::Printer;
use escpos::utils::{Encoder, JustifyMode, Protocol, RealTimeStatusRequest, RealTimeStatusResponse};

/// What stands for a character that GBK does not have, as printers have done since lead type: 〓.
const MISSING: char = '〓';
/// Selects Chinese. Printers for China start with it; the others need to be told.
const CHINESE: [u8; 2] = [0x1c, b'&'];
/// Sets the size of Chinese characters; its operand follows.
const CHINESE_SIZE: [u8; 2] = [0x1c, b'!'];
/// Asks for an answer when everything before it has been printed.
const TELL_WHEN_PRINTED: [u8; 3] = [0x1d, b'r', 1];
/// Dots from line to line, so that large rows do not touch.
const SPACING: u8 = 34;
const SPACING_TALL: u8 = 58;
/// Lines between the last row and the knife.
const FEED_BEFORE_CUT: u8 = 3;

/// The bytes of a slip: printed, cut, and at the end the question that a printer answers when all is on paper.
pub(super) fn bytes_of(slip: &Slip, columns: usize) -> Vec<u8> {
    let collected = Collected::default();
    let mut printer = Printer::new(collected.clone(), Protocol::new(Encoder::new(GBK)), None);
    write_slip(&mut printer, slip, columns)
        .expect("collecting bytes cannot fail, sizes are in range, and what GBK lacks was replaced");
    collected.take()
}

/// The bytes that ask for the printer's state at once, whatever it is doing: `DLE EOT` 1, 2 and 4.
pub(super) fn questions() -> [(RealTimeStatusRequest, [u8; 3]); 3] {
    [
        (RealTimeStatusRequest::Printer, [0x10, 0x04, 1]),
        (RealTimeStatusRequest::OfflineCause, [0x10, 0x04, 2]),
        (RealTimeStatusRequest::RollPaperSensor, [0x10, 0x04, 4]),
    ]
}

/// Whether a byte answers a real-time question: bits 1 and 4 are set, 0 and 7 are not.
pub(super) fn is_answer(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// Whether a byte says that everything sent has been printed: bits 4 and 7 are not set.
pub(super) fn is_done(byte: u8) -> bool {
    byte & 0b1001_0000 == 0
}

/// What a printer says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// There is no paper.
    pub(super) paper_out: bool,
    /// Its cover is open.
    pub(super) cover_open: bool,
    /// It does not print, for whatever reason.
    pub(super) offline: bool,
}

impl Said {
    /// Takes in one answer. What is no answer to this question is passed over: some printers answer with garbage.
    pub(super) fn hear(&mut self, question: RealTimeStatusRequest, answer: u8) {
        let Ok(facts) = RealTimeStatusResponse::parse(question, answer) else { return };
        let is = |fact| facts.get(&fact).copied();
        self.offline |= is(RealTimeStatusResponse::Online) == Some(false);
        self.cover_open |= is(RealTimeStatusResponse::CoverClosed) == Some(false);
        self.paper_out |= is(RealTimeStatusResponse::PrintingStopsDueToPaperEnd) == Some(true)
            || is(RealTimeStatusResponse::RollPaperEndSensorPaperPresent) == Some(false);
    }

    /// Whether it would print now.
    pub(super) fn prints(self) -> bool {
        !(self.paper_out || self.cover_open || self.offline)
    }
}

fn write_slip(printer: &mut Printer<Collected>, slip: &Slip, columns: usize) -> Result<()> {
    printer.init()?.custom(&CHINESE)?;
    for row in &slip.rows {
        match row {
            Row::Rule => {
                set_size(printer, Size::Normal)?;
                printer.justify(JustifyMode::LEFT)?.writeln(&"-".repeat(columns))?;
            }
            Row::Words { size, place, pieces } => {
                set_size(printer, *size)?;
                printer.justify(match place {
                    Place::Left => JustifyMode::LEFT,
                    Place::Middle => JustifyMode::CENTER,
                })?;
                pieces.iter().try_for_each(|piece| write_piece(printer, piece))?;
                printer.custom(b"\n")?;
            }
        }
    }
    set_size(printer, Size::Normal)?;
    printer.feeds(FEED_BEFORE_CUT)?.partial_cut()?.custom(&TELL_WHEN_PRINTED)?.print().map(drop)
}

fn set_size(printer: &mut Printer<Collected>, size: Size) -> Result<()> {
    let (wide, high, chinese, spacing) = match size {
        Size::Normal => (1, 1, 0, SPACING),
        Size::Tall => (1, 2, 0b1000, SPACING_TALL),
        Size::Large => (2, 2, 0b1100, SPACING_TALL),
    };
    let [select, code] = CHINESE_SIZE;
    printer.size(wide, high)?.custom(&[select, code, chinese])?.line_spacing(spacing).map(drop)
}

fn write_piece(printer: &mut Printer<Collected>, piece: &Piece) -> Result<()> {
    let text: String = piece.text.chars().map(in_gbk).collect();
    printer.bold(piece.look == Look::Bold)?.reverse(piece.look == Look::Reverse)?.write(&text)?;
    printer.reverse(false)?.bold(false).map(drop)
}

/// The character, or what stands for it. The one byte that GBK has for € is no Chinese character to a printer.
fn in_gbk(character: char) -> char {
    let mut buffer = [0; 4];
    let (bytes, _, missing) = GBK.encode(character.encode_utf8(&mut buffer));
    if missing || (!character.is_ascii() && bytes.len() != 2) { MISSING } else { character }
}

/// Takes what would go to a printer. Only `bytes_of` has it, so its lock is never waited for.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<Vec<u8>>>);

impl Collected {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Driver for Collected {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> Result<()> {
        self.0.lock()?.extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _: &mut [u8]) -> Result<usize> {
        Ok(0)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
