//! A ticket printer made of a socket: it understands ESC/POS byte by byte as a printer with a Chinese font does,
//! answers status questions, and runs out of paper, hangs or dies when it is told to. For tests that want to
//! see what came out, and for people without a printer.
//!
//! Like the real thing it keeps what it was sent: without paper it takes bytes until its buffer is full, answers
//! real-time questions all the same, and prints on when there is paper again.

mod html;
mod paper;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

pub use html::{page_of, picture_size};
pub use paper::{Align, PrintedLine, PrintedSlip, Span};

use paper::{Head, Step};

/// What a printer keeps before it stops taking more. A small one has 4 KB.
const BUFFER_BYTES: usize = 4096;

/// How the printer fares. The default is a printer that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// It can be reached at all.
    pub on: bool,
    /// It takes what it is sent.
    pub takes: bool,
    /// It answers `DLE EOT`. Many cheap ones do not.
    pub answers: bool,
    /// It answers `GS r`, in its turn.
    pub says_when_printed: bool,
    /// Its cover is closed.
    pub cover_closed: bool,
    /// Lines until the paper is at its end; `None` for a full roll.
    pub lines_left: Option<u32>,
}

impl Default for Condition {
    fn default() -> Self {
        Self {
            on: true,
            takes: true,
            answers: true,
            says_when_printed: true,
            cover_closed: true,
            lines_left: None,
        }
    }
}

impl Condition {
    fn prints(self) -> bool {
        self.on && self.cover_closed && self.lines_left != Some(0)
    }
}

/// A running printer. It ends with its last handle.
#[derive(Debug, Clone)]
pub struct VirtualPrinter {
    address: SocketAddr,
    condition: Arc<watch::Sender<Condition>>,
    printed: watch::Receiver<Vec<PrintedSlip>>,
}

impl VirtualPrinter {
    /// Starts one for paper of so many columns. Port 0 takes a free one.
    pub async fn start(listen: SocketAddr, columns: usize) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} is not free"))?;
        let address = listener.local_addr().context("asking for the port")?;
        let (condition, watched) = watch::channel(Condition::default());
        let (out, printed) = watch::channel(Vec::new());
        let condition = Arc::new(condition);
        let mechanism = Arc::new(Mutex::new(Mechanism {
            head: Head::new(columns),
            buffer: VecDeque::new(),
            scan: Scan::default(),
            reply: None,
            condition: condition.clone(),
            out,
        }));
        tokio::spawn(run(listener, address, watched, Arc::downgrade(&condition), mechanism));
        Ok(Self { address, condition, printed })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes how it fares.
    pub fn set(&self, change: impl FnOnce(&mut Condition)) {
        self.condition.send_modify(change);
    }

    /// Every slip that was cut, now and at every change.
    pub fn printed(&self) -> watch::Receiver<Vec<PrintedSlip>> {
        self.printed.clone()
    }
}

/// What a printer for paper of so many columns makes of bytes that came by a cable.
pub fn printed_from(bytes: &[u8], columns: usize) -> Vec<PrintedSlip> {
    let mut head = Head::new(columns);
    let mut buffer: VecDeque<u8> = bytes.iter().copied().collect();
    let mut slips = Vec::new();
    loop {
        match head.step(&mut buffer) {
            Step::NeedsMore => return slips,
            Step::Cut(slip) => slips.push(slip),
            Step::Done | Step::Line | Step::StatusAsked => {}
        }
    }
}

/// What lies behind the socket: buffer and print head.
struct Mechanism {
    head: Head,
    buffer: VecDeque<u8>,
    scan: Scan,
    reply: Option<mpsc::Sender<u8>>,
    condition: Arc<watch::Sender<Condition>>,
    out: watch::Sender<Vec<PrintedSlip>>,
}

/// How much of `DLE EOT n` has been seen. A printer finds it anywhere in the stream, at once.
#[derive(Debug, Clone, Copy, Default)]
enum Scan {
    #[default]
    Nothing,
    Dle,
    DleEot,
}

impl Mechanism {
    fn take(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.scan = match (self.scan, byte) {
                (Scan::Nothing, 0x10) => Scan::Dle,
                (Scan::Dle, 0x04) => Scan::DleEot,
                (Scan::DleEot, question @ 1..=4) => {
                    let condition = *self.condition.borrow();
                    if condition.answers {
                        self.answer(status(condition, question));
                    }
                    Scan::Nothing
                }
                (Scan::Nothing | Scan::Dle | Scan::DleEot, other) => {
                    self.buffer.push_back(other);
                    Scan::Nothing
                }
            };
        }
        self.print();
    }

    /// Prints as far as the buffer and the paper reach.
    fn print(&mut self) {
        while self.condition.borrow().prints() {
            match self.head.step(&mut self.buffer) {
                Step::NeedsMore => return,
                Step::Done => {}
                Step::Line => self.condition.send_modify(|condition| {
                    condition.lines_left = condition.lines_left.map(|left| left.saturating_sub(1));
                }),
                Step::Cut(slip) => self.out.send_modify(|slips| slips.push(slip)),
                // Bits 2 and 3: near the end; 5 and 6: at the end. There is paper, or this were not printed.
                Step::StatusAsked if self.condition.borrow().says_when_printed => self.answer(0),
                Step::StatusAsked => {}
            }
        }
    }

    fn answer(&self, byte: u8) {
        if let Some(reply) = &self.reply {
            // Nobody waits for it any more when this fails.
            let _ = reply.try_send(byte);
        }
    }

    fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER_BYTES
    }

    /// What was not printed is lost when the power goes.
    fn lose_power(&mut self) {
        self.buffer.clear();
        self.head.reset();
    }
}

/// The answer to `DLE EOT`; bits 1 and 4 are always set.
fn status(condition: Condition, question: u8) -> u8 {
    let paper = condition.lines_left != Some(0);
    let bits = match question {
        1 => u8::from(!condition.prints()) << 3,
        2 => u8::from(!condition.cover_closed) << 2 | u8::from(!paper) << 5,
        3 => 0,
        _ => u8::from(!paper) * 0b0110_0000,
    };
    bits | 0b0001_0010
}

/// A thread that panicked with the lock has failed its test already.
fn lock(mechanism: &Mutex<Mechanism>) -> MutexGuard<'_, Mechanism> {
    mechanism.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens while it is on; one connection at a time, as most printers do.
async fn run(
    first: TcpListener,
    address: SocketAddr,
    mut watched: watch::Receiver<Condition>,
    alive: std::sync::Weak<watch::Sender<Condition>>,
    mechanism: Arc<Mutex<Mechanism>>,
) {
    let mut listener = Some(first);
    // The mechanism holds the other handle.
    while alive.strong_count() > 1 {
        let condition = *watched.borrow_and_update();
        if !condition.on {
            listener = None;
            lock(&mechanism).lose_power();
            if watched.changed().await.is_err() {
                return;
            }
            continue;
        }
        lock(&mechanism).print();
        let Ok(listening) = (match listener.take() {
            Some(listener) => Ok(listener),
            None => TcpListener::bind(address).await,
        }) else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        tokio::select! {
            accepted = listening.accept(), if condition.takes => if let Ok((socket, _)) = accepted {
                converse(socket, &mut watched, &mechanism).await;
            },
            changed = watched.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
        listener = Some(listening);
    }
}

/// One connection, until it ends or the power goes.
async fn converse(
    mut socket: TcpStream,
    watched: &mut watch::Receiver<Condition>,
    mechanism: &Mutex<Mechanism>,
) {
    let (reply, mut answers) = mpsc::channel(64);
    lock(mechanism).reply = Some(reply);
    let mut bytes = [0; 256];
    loop {
        let condition = *watched.borrow_and_update();
        if !condition.on {
            return;
        }
        lock(mechanism).print();
        let takes = condition.takes && !lock(mechanism).is_full();
        tokio::select! {
            read = socket.read(&mut bytes), if takes => match read {
                Ok(0) | Err(_) => return,
                Ok(count) => lock(mechanism).take(&bytes[..count]),
            },
            Some(answer) = answers.recv() => if socket.write_all(&[answer]).await.is_err() { return },
            changed = watched.changed() => if changed.is_err() { return },
        }
    }
}
