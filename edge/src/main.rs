//! Placeholder.

use clap::Parser;

#[derive(Parser)]
enum Command {
    /// Says announcements; started by the box
    #[command(hide = true)]
    Speaker(chuancai_edge::speaker::SpeakerArgs),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Speaker(args) => chuancai_edge::speaker::run(args),
    }
}
