//! A ticket printer for people without one: listens as a network printer does and leaves every slip as a page in
//! a folder, and as a picture when Chromium is there.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use harness::virtual_printer::{PrintedSlip, VirtualPrinter, page_of, picture_size};
use tokio::process::Command;

#[derive(Parser)]
#[command(
    about = "A ticket printer made of a socket: each cut slip becomes a page, and a picture with --chromium."
)]
struct Options {
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:9100")]
    listen: SocketAddr,
    /// Columns of its paper: 48 for 80 mm, 32 for 58 mm.
    #[arg(long, default_value_t = 48)]
    columns: usize,
    /// Where the slips go; created when it is missing.
    #[arg(long, default_value = ".state/slips")]
    folder: PathBuf,
    /// A Chromium, to make pictures with.
    #[arg(long)]
    chromium: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    std::fs::create_dir_all(&options.folder)
        .with_context(|| format!("{} cannot be created", options.folder.display()))?;
    let printer = VirtualPrinter::start(options.listen, options.columns).await?;
    println!("listening on {}; slips go to {}", printer.address(), options.folder.display());
    let mut printed = printer.printed();
    let mut kept = 0;
    loop {
        let slips: Vec<_> = printed.borrow_and_update().iter().skip(kept).cloned().collect();
        for slip in slips {
            kept += 1;
            keep(&slip, &options, kept).await?;
        }
        tokio::select! {
            changed = printed.changed() => changed.context("the printer has stopped")?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

async fn keep(slip: &PrintedSlip, options: &Options, count: usize) -> anyhow::Result<()> {
    let page = options.folder.join(format!("slip-{count:04}.html"));
    std::fs::write(&page, page_of(slip)).with_context(|| format!("writing {}", page.display()))?;
    if let Some(chromium) = &options.chromium
        && let Err(error) = photograph(chromium, &page, slip).await
    {
        eprintln!("no picture of {}: {error:#}", page.display());
    }
    println!("{}\n{}", page.display(), slip.text());
    Ok(())
}

async fn photograph(chromium: &Path, page: &Path, slip: &PrintedSlip) -> anyhow::Result<()> {
    let (width, height) = picture_size(slip);
    let address = std::path::absolute(page).context("finding the page")?;
    let done = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", address.with_file_name("chromium").display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", address.with_extension("png").display()))
        .arg(format!("file://{}", address.display()))
        .output()
        .await
        .with_context(|| format!("starting {}", chromium.display()))?;
    anyhow::ensure!(done.status.success(), "{} took no picture", chromium.display());
    Ok(())
}
