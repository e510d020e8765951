//! The box's program: serves a shop, adds its devices, speaks its announcements.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use chuancai_edge::config::{LogFormat, LogSettings, Settings};
use chuancai_edge::devices::{self, DeviceList, DeviceWish, NewDevice, Place, Secret};
use chuancai_edge::speaker::{self, SpeakerArgs};
use chuancai_edge::store::DeviceTable;
use chuancai_edge::{approvals, lan, run};
use clap::builder::PossibleValue;
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
    /// Add a device and print the address of its page, once. A box that runs lets it in within a second.
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
    /// List the shop's devices: id, role, room or station, name.
    List,
    /// Let a device stand somewhere else from now on.
    Move {
        /// Its id.
        device: DeviceId,
        /// The room a pad stands in.
        #[arg(long)]
        room: Option<RoomName>,
        /// The station a kitchen screen stands at; left out, it shows the whole kitchen.
        #[arg(long)]
        station: Option<StationId>,
    },
    /// Turn a device away from now on, for good.
    Revoke {
        /// Its id.
        device: DeviceId,
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
    fn role(self) -> Role {
        match self {
            Self::Pad => Role::Pad,
            Self::Kitchen => Role::Kitchen,
            Self::Expo => Role::Expo,
            Self::CallScreen => Role::CallScreen,
            Self::Speaker => Role::Speaker,
            Self::Staff => Role::Staff,
            Self::Cashier => Role::Cashier,
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
        Action::Device(action) => tend_device(&settings()?, action),
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

fn tend_device(settings: &Settings, action: DeviceAction) -> anyhow::Result<()> {
    // Brings the database up to this program first.
    drop(run::open_store(settings)?);
    let mut table = DeviceTable::open(&settings.state.folder)?;
    match action {
        DeviceAction::Add { device, role, room, station } => {
            let (role, secret) = (role.role(), Secret::mint());
            let place = Place { room, station };
            let new = NewDevice { role, name: None, place, speaks: role == Role::Speaker };
            let link =
                format!("http://{}{}#{device}.{}", settings.http.listen, devices::page_of(role), secret.text);
            devices::carry_out(&mut table, DeviceWish::Add { device: Some(device), new, secret })?;
            println!("{link}");
        }
        DeviceAction::List => list_devices(&DeviceList::new(table.read()?.devices)),
        DeviceAction::Move { device, room, station } => {
            let to = Place { room, station };
            devices::carry_out(&mut table, DeviceWish::Move { device, expects: None, to })?;
        }
        DeviceAction::Revoke { device } => {
            devices::carry_out(&mut table, DeviceWish::Revoke { device })?;
        }
    }
    Ok(())
}

fn list_devices(devices: &DeviceList) {
    for kept in devices.kept_all() {
        let device = &kept.device;
        let role = RoleName::value_variants().iter().find(|name| name.role() == device.role);
        let role = role.and_then(ValueEnum::to_possible_value);
        let role = role.as_ref().map_or("", PossibleValue::get_name);
        let room = device.room.as_ref().map(RoomName::as_str);
        let station = device.station.as_ref().map(StationId::as_str);
        let stands = room.or(station).unwrap_or("-");
        println!("{}\t{role}\t{stands}\t{}", device.id, kept.name);
    }
}

fn add_manager(settings: &Settings, name: ManagerName) -> anyhow::Result<()> {
    let appointed = approvals::appoint(name)?;
    run::open_store(settings)?.save_manager(&appointed.stored)?;
    println!("{}", appointed.pin.digits());
    Ok(())
}
