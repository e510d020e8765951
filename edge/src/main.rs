//! The box's program: serves a shop, adds its devices, speaks its announcements.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chuancai_edge::config::{LogFormat, LogSettings, Settings};
use chuancai_edge::devices::{self, Place};
use chuancai_edge::speaker::{self, SpeakerArgs};
use chuancai_edge::{approvals, lan, run};
use clap::{Parser, Subcommand, ValueEnum};
use shared::guest::{ManagerName, RoomName};
use shared::id::{DeviceId, StationId};
use shared::screen::Role;
use tracing_subscriber::EnvFilter;

/// The box in the shop: takes orders, drives the kitchen's screens, speaks the announcements.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// A file of settings; what it leaves out keeps its default.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Run the shop until told to stop.
    Serve,
    /// Check the settings and the menu, and print nothing when all is well.
    Check,
    /// Print every setting with its default and its reason.
    Defaults,
    /// The shop's devices.
    #[command(subcommand)]
    Device(DeviceAction),
    /// Those whose PIN takes back what was begun.
    #[command(subcommand)]
    Manager(ManagerAction),
    /// Say announcements; the box starts this by itself.
    #[command(hide = true)]
    Speaker(SpeakerArgs),
}

#[derive(Subcommand)]
enum DeviceAction {
    /// Add a device and print the address of its page, once. The box lets it in from its next start.
    Add {
        /// Its id, such as pad_801.
        device: DeviceId,
        /// What it is.
        #[arg(long)]
        role: RoleName,
        /// The room a pad stands in.
        #[arg(long)]
        room: Option<RoomName>,
        /// The station a kitchen screen stands at; left out, it shows the whole kitchen.
        #[arg(long)]
        station: Option<StationId>,
    },
}

#[derive(Subcommand)]
enum ManagerAction {
    /// Add a manager, or give one a new PIN, and print it, once. It counts at once.
    Add {
        /// The name that stands beside what was taken back.
        name: ManagerName,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Pad,
    Kitchen,
    Expo,
    CallScreen,
    Speaker,
    Staff,
    Cashier,
}

impl RoleName {
    fn role_and_page(self) -> (Role, &'static str) {
        match self {
            Self::Pad => (Role::Pad, "pad"),
            Self::Kitchen => (Role::Kitchen, "kitchen"),
            Self::Expo => (Role::Expo, "expo"),
            Self::CallScreen => (Role::CallScreen, "call"),
            Self::Speaker => (Role::Speaker, "speaker"),
            Self::Staff => (Role::Staff, "staff"),
            Self::Cashier => (Role::Cashier, "cashier"),
        }
    }
}

fn main() -> ExitCode {
    match act(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chuancai-edge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(arguments: Arguments) -> anyhow::Result<()> {
    let settings = || Settings::read(arguments.config.as_deref());
    match arguments.action {
        Action::Serve => serve(settings()?),
        Action::Check => {
            let settings = settings()?;
            lan::refuse_plain_text(&settings)?;
            settings.day_rule()?;
            settings.menu()?;
            settings.kitchen()?;
            Ok(())
        }
        Action::Defaults => {
            print!("{}", chuancai_edge::config::DEFAULT);
            Ok(())
        }
        Action::Device(DeviceAction::Add { device, role, room, station }) => {
            add_device(&settings()?, device, role, Place { room, station })
        }
        Action::Manager(ManagerAction::Add { name }) => add_manager(&settings()?, name),
        Action::Speaker(args) => speaker::run(args),
    }
}

/// Two workers: the work of a box is waiting for one disk and for a few screens.
fn serve(settings: Settings) -> anyhow::Result<()> {
    start_log(&settings.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run::run(settings))
}

fn start_log(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter).context("log.filter cannot be read")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

fn add_device(settings: &Settings, device: DeviceId, role: RoleName, place: Place) -> anyhow::Result<()> {
    let (role, page) = role.role_and_page();
    anyhow::ensure!(
        (role == Role::Pad) == place.room.is_some(),
        "a pad needs --room, and only a pad has one"
    );
    let stands = role == Role::Kitchen || place.station.is_none();
    anyhow::ensure!(stands, "only a kitchen screen stands at a --station");
    let enrolled = devices::enroll(device.clone(), role, place);
    let added = run::open_store(settings)?.add_device(&enrolled.stored)?;
    anyhow::ensure!(added, "there is a device {device} already; choose another id");
    println!("http://{}/{page}#{device}.{}", settings.http.listen, enrolled.secret);
    Ok(())
}

fn add_manager(settings: &Settings, name: ManagerName) -> anyhow::Result<()> {
    let appointed = approvals::appoint(name)?;
    run::open_store(settings)?.save_manager(&appointed.stored)?;
    println!("{}", appointed.pin.digits());
    Ok(())
}
