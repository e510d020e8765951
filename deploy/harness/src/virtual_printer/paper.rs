//! The print head: takes ESC/POS bytes and puts characters on paper. Strict where a printer is not: what it does
//! not know, and what does not fit on its paper, is noted on the slip.

use std::collections::VecDeque;

/// Where a line stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}

/// Characters of one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    bold: bool,
    reverse: bool,
    wide: u8,
    high: u8,
}

const PLAIN: Look = Look { bold: false, reverse: false, wide: 1, high: 1 };

/// A piece of a line in one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The characters.
    pub text: String,
    /// Heavier than the rest.
    pub bold: bool,
    /// White on black.
    pub reverse: bool,
    /// How many times as wide.
    pub wide: u8,
    /// How many times as high.
    pub high: u8,
}

impl Span {
    /// Columns it takes up: a Chinese character two, times its width.
    pub fn columns(&self) -> usize {
        self.text.chars().map(columns_of).sum::<usize>() * usize::from(self.wide)
    }
}

/// One line on paper.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrintedLine {
    /// Where it stands.
    pub align: Align,
    /// What is on it.
    pub spans: Vec<Span>,
    /// Dots to the next line, at least.
    pub spacing: u8,
}

impl PrintedLine {
    /// Its characters, without their look.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// A slip that was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrintedSlip {
    /// Columns of the paper.
    pub columns: usize,
    /// Its lines.
    pub lines: Vec<PrintedLine>,
    /// What a careful printer would object to: unknown commands, lines wider than the paper.
    pub complaints: Vec<String>,
    /// How often the cash drawer was told to open.
    pub drawer_pulses: u32,
}

impl PrintedSlip {
    /// All characters, line by line.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text() + "\n").collect()
    }

    /// The piece that holds these words.
    pub fn find(&self, words: &str) -> Option<&Span> {
        self.lines.iter().flat_map(|line| &line.spans).find(|span| span.text.contains(words))
    }
}

fn columns_of(character: char) -> usize {
    if character.is_ascii() { 1 } else { 2 }
}

/// What one step of the head came to.
pub(super) enum Step {
    /// The next command is not complete.
    NeedsMore,
    /// A character or a setting.
    Done,
    /// A line went out.
    Line,
    /// A slip was cut off.
    Cut(PrintedSlip),
    /// `GS r`, which is answered in its turn.
    StatusAsked,
}

/// The head, with what it was last told.
pub(super) struct Head {
    columns: usize,
    look: Look,
    align: Align,
    spacing: u8,
    chinese: bool,
    line: PrintedLine,
    slip: PrintedSlip,
}

const SPACING: u8 = 30;

impl Head {
    pub(super) fn new(columns: usize) -> Self {
        let slip = PrintedSlip { columns, ..PrintedSlip::default() };
        let line = PrintedLine::default();
        Self { columns, look: PLAIN, align: Align::Left, spacing: SPACING, chinese: true, line, slip }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.columns);
    }

    pub(super) fn step(&mut self, buffer: &mut VecDeque<u8>) -> Step {
        let Some(length) = command_length(buffer) else { return Step::NeedsMore };
        let command: Vec<u8> = buffer.drain(..length).collect();
        match command[..] {
            [b'\n'] => return self.feed(),
            // What was asked in real time has been answered long since.
            [0 | b'\r'] | [0x10, 0x04, _] => {}
            [0x1b, b'@'] => {
                let line = std::mem::take(&mut self.line);
                let slip = std::mem::take(&mut self.slip);
                *self = Self { line, slip, ..Self::new(self.columns) };
                self.slip.columns = self.columns;
            }
            [0x1b, b'E', n] => self.look.bold = n & 1 == 1,
            [0x1b, b'a', n] => {
                self.align = match n {
                    0 | b'0' => Align::Left,
                    1 | b'1' => Align::Center,
                    _ => Align::Right,
                }
            }
            [0x1b, b'3', n] => self.spacing = n,
            [0x1b, b'2'] => self.spacing = SPACING,
            [0x1b, b'd', n] => {
                for _ in 0..n.max(1) {
                    self.feed();
                }
                return Step::Line;
            }
            [0x1b, b'p', ..] => self.slip.drawer_pulses += 1,
            [0x1d, b'!', n] => (self.look.wide, self.look.high) = ((n >> 4) + 1, (n & 7) + 1),
            [0x1d, b'B', n] => self.look.reverse = n & 1 == 1,
            [0x1d, b'V', ..] => return self.cut(),
            [0x1d, b'r', _] => return Step::StatusAsked,
            [0x1c, b'&'] => self.chinese = true,
            [0x1c, b'.'] => self.chinese = false,
            [0x1c, b'!', n] => {
                let (wide, high) = (1 + (n >> 2 & 1), 1 + (n >> 3 & 1));
                if (wide, high) != (self.look.wide, self.look.high) {
                    self.slip.complaints.push("Chinese and other characters differ in size".to_owned());
                }
            }
            [character @ 0x20..=0x7e] => self.put(char::from(character)),
            [lead, trail] if lead >= 0x81 && self.chinese => self.put_chinese(&[lead, trail]),
            _ => self.slip.complaints.push(format!("unknown: {command:02x?}")),
        }
        Step::Done
    }

    fn put_chinese(&mut self, pair: &[u8]) {
        let (text, had_errors) = encoding_rs::GBK.decode_without_bom_handling(pair);
        if had_errors {
            self.slip.complaints.push(format!("not GBK: {pair:02x?}"));
        }
        text.chars().for_each(|character| self.put(character));
    }

    fn put(&mut self, character: char) {
        let used: usize = self.line.spans.iter().map(Span::columns).sum();
        if used + columns_of(character) * usize::from(self.look.wide) > self.columns {
            self.slip.complaints.push(format!("wider than the paper: {}{character}", self.line.text()));
            self.feed();
        }
        let Look { bold, reverse, wide, high } = self.look;
        let same =
            |span: &&mut Span| (span.bold, span.reverse, span.wide, span.high) == (bold, reverse, wide, high);
        match self.line.spans.last_mut().filter(same) {
            Some(span) => span.text.push(character),
            None => self.line.spans.push(Span { text: character.to_string(), bold, reverse, wide, high }),
        }
    }

    fn feed(&mut self) -> Step {
        let line = std::mem::take(&mut self.line);
        self.slip.lines.push(PrintedLine { align: self.align, spacing: self.spacing, ..line });
        Step::Line
    }

    fn cut(&mut self) -> Step {
        let blank = PrintedSlip { columns: self.columns, ..PrintedSlip::default() };
        Step::Cut(std::mem::replace(&mut self.slip, blank))
    }
}

/// Bytes of the command at the front. `None`: there is not enough to know.
fn command_length(buffer: &VecDeque<u8>) -> Option<usize> {
    let at = |index: usize| buffer.get(index).copied();
    let length = match at(0)? {
        0x1b => match at(1)? {
            b'@' | b'2' => 2,
            b'p' => 5,
            _ => 3,
        },
        0x1c => match at(1)? {
            b'&' | b'.' => 2,
            _ => 3,
        },
        0x1d => match at(1)? {
            // With a feed before the cut there is a fourth byte.
            b'V' if at(2)? >= b'A' => 4,
            _ => 3,
        },
        0x10 => 3,
        lead if lead >= 0x81 => 2,
        _ => 1,
    };
    (buffer.len() >= length).then_some(length)
}
