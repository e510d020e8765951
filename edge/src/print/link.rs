//! The way to a printer: a socket, or the device that the system made of a cable. Whatever is done here ends: a
//! printer that hangs is no different from one that is away.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use edge_core::slip::Slip;
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, isatty, tcgetattr, tcsetattr};
use shared::kitchen::PrinterAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::unix::pipe;
use tokio::time::{Instant, timeout};

use super::language::{self, Said};

/// A printer in the shop's network answers within milliseconds.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// A printer that takes nothing for so long has hung, or its buffer is full and it does not print.
const WRITE_MAX: Duration = Duration::from_secs(5);
/// Real-time questions are answered at once, whatever a printer is doing.
const ANSWER_MAX: Duration = Duration::from_millis(800);
/// Between two looks at a printer that has not said that it is done.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// What came in is taken before a socket is closed: closing it sooner may take back what was sent.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// An open way to a printer.
pub(super) struct Link {
    way: Way,
    /// The printer has said that everything sent is on paper.
    is_done: bool,
}

enum Way {
    Network(TcpStream),
    Device { reads: pipe::Receiver, writes: pipe::Sender },
}

impl Link {
    /// Opens it. Errors: nobody is there.
    pub(super) async fn open(at: &PrinterAddress) -> io::Result<Self> {
        let way = match at {
            PrinterAddress::Network { address } => {
                Way::Network(in_time(CONNECT_MAX, TcpStream::connect(address)).await?)
            }
            PrinterAddress::Device { path } => open_device(path)?,
        };
        Ok(Self { way, is_done: false })
    }

    /// Asks how the printer is. `None`: it does not answer such questions. Errors: the way is broken.
    pub(super) async fn ask(&mut self) -> io::Result<Option<Said>> {
        let mut said = None;
        for (question, bytes) in language::questions() {
            self.write(&bytes).await?;
            let Some(answer) = self.next_answer(ANSWER_MAX).await? else { break };
            said.get_or_insert_with(Said::default).hear(question, answer);
        }
        Ok(said)
    }

    /// Sends a slip. Errors: it was sent in part, or not at all.
    pub(super) async fn send(&mut self, slip: &Slip, columns: usize) -> io::Result<()> {
        self.is_done = false;
        self.write(&language::bytes_of(slip, columns)).await
    }

    /// Waits until the printer says that what it was sent is on paper. Without paper that is when somebody has put
    /// some in: what was sent lies in the printer, and `tell` hears of it meanwhile. A printer that is well and has
    /// said nothing for `patience` is taken to be done: it does not know the question. Returns whether it said so.
    /// Errors: the printer is gone, and nobody knows how much of it came out.
    pub(super) async fn until_printed(
        &mut self,
        patience: Duration,
        tell: impl Fn(Said),
    ) -> io::Result<bool> {
        let mut well_since = Instant::now();
        loop {
            self.hear_done(patience.min(LOOK_AGAIN)).await?;
            if self.is_done {
                return Ok(true);
            }
            match self.ask().await? {
                None => return Err(io::Error::new(io::ErrorKind::TimedOut, "it fell silent while printing")),
                Some(_) if self.is_done => return Ok(true),
                Some(said) if said.prints() => {
                    if well_since.elapsed() >= patience {
                        return Ok(false);
                    }
                }
                Some(said) => {
                    tell(said);
                    well_since = Instant::now();
                }
            }
        }
    }

    /// Ends it without losing what is still on its way.
    pub(super) async fn close(mut self) {
        if let Way::Network(socket) = &mut self.way {
            let mut left = [0; 64];
            let ended = async {
                socket.shutdown().await?;
                while socket.read(&mut left).await? > 0 {}
                io::Result::Ok(())
            };
            // It was sent; more than waiting a moment cannot be done for it.
            drop(timeout(LINGER_MAX, ended).await);
        }
    }

    /// Waits for the word that all is printed.
    async fn hear_done(&mut self, wait: Duration) -> io::Result<()> {
        let until = Instant::now() + wait;
        while !self.is_done {
            match self.next_byte(until).await? {
                Some(byte) => self.is_done = language::is_done(byte),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The answer to a real-time question; the word that all is printed may come in between.
    async fn next_answer(&mut self, wait: Duration) -> io::Result<Option<u8>> {
        let until = Instant::now() + wait;
        while let Some(byte) = self.next_byte(until).await? {
            if language::is_answer(byte) {
                return Ok(Some(byte));
            }
            self.is_done |= language::is_done(byte);
        }
        Ok(None)
    }

    async fn next_byte(&mut self, until: Instant) -> io::Result<Option<u8>> {
        let mut byte = [0];
        let read = async {
            match &mut self.way {
                Way::Network(socket) => socket.read(&mut byte).await,
                Way::Device { reads, .. } => reads.read(&mut byte).await,
            }
        };
        match tokio::time::timeout_at(until, read).await {
            Err(_) => Ok(None),
            Ok(Ok(0)) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up")),
            Ok(Ok(_)) => Ok(Some(byte[0])),
            Ok(Err(error)) => Err(error),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let write = async {
            match &mut self.way {
                Way::Network(socket) => socket.write_all(bytes).await,
                Way::Device { writes, .. } => writes.write_all(bytes).await,
            }
        };
        in_time(WRITE_MAX, write).await
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "it does not answer")))
}

/// Opens a device without ever waiting for it. A serial one is told to pass every byte as it is.
fn open_device(path: &str) -> io::Result<Way> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).map_err(io::Error::other)?;
    let file = File::options().read(true).write(true).custom_flags(flags).open(path)?;
    if isatty(&file) {
        let mut terminal = tcgetattr(&file)?;
        terminal.make_raw();
        tcsetattr(&file, OptionalActions::Now, &terminal)?;
    }
    // A device is waited for as a pipe is, and nothing else of a pipe is asked of it.
    let writes = pipe::Sender::from_file_unchecked(file.try_clone()?)?;
    Ok(Way::Device { reads: pipe::Receiver::from_file_unchecked(file)?, writes })
}
