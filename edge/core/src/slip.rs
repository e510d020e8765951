//! Kitchen tickets on paper (小票): which facts are printed, at which printers, and what stands on each slip.
//!
//! A slip is a value: rows of words, wrapped for its paper. Deliberately absent: the printer's language, queues,
//! time. The shell has them.

mod layout;
mod rows;
#[cfg(test)]
mod tests;
mod ticket;

use serde::{Deserialize, Serialize};
use shared::kitchen::Paper;

pub use rows::{Look, Piece, Place, Row, Size, columns_of, printable, wrap};
pub use ticket::{Dark, Plan, Ticket, TicketKind};

/// What goes through a printer in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// In one line, for people who decide whether it is still wanted: `#07 801房 加菜 水饺×2`.
    pub title: String,
    /// From top to bottom.
    pub rows: Vec<Row>,
}

/// What the kitchen has to know about a slip that did not come as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It may have been printed before (补打).
    Again,
    /// It comes late: the time of day at which it came out.
    Late(jiff::civil::Time),
}

impl Slip {
    /// The slip with a mark at its head.
    pub fn marked(mut self, mark: &Mark, paper: Paper) -> Self {
        let words = match mark {
            Mark::Again => "补打：可能重复，请核对".to_owned(),
            Mark::Late(at) => format!("迟到：{} 才打印", at.strftime("%H:%M")),
        };
        self.rows.splice(0..0, layout::banner(&words, Size::Tall, paper));
        self
    }

    /// A page to try a printer with: every size and look, and the whole width.
    pub fn test_page(printer: &str, paper: Paper) -> Self {
        layout::test_page(printer, paper)
    }
}

/// Columns of a paper.
pub fn paper_columns(paper: Paper) -> usize {
    match paper {
        Paper::Mm58 => 32,
        Paper::Mm80 => 48,
    }
}
