//! Settings: one commented default file compiled in, then a file, then the environment. Unknown keys are
//! refused, and what can be checked is checked before anything starts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use edge_core::kitchen;
use edge_core::menu::MenuBook;
use edge_core::number::DayRule;
use serde::Deserialize;
use shared::id::{BoxId, BrandId, ShopId};
use shared::kitchen::KitchenPlan;

use crate::lan::LanSettings;
use crate::print::PrintSettings;
use crate::voice::VoiceSettings;

/// The default file, which documents every setting.
pub const DEFAULT: &str = include_str!("../config.default.toml");
/// The menu of the demo, for a box that was given none.
const DEMO_MENU: &str = include_str!("../menu.demo.json");

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which shop this is.
    pub shop: ShopSettings,
    /// Where things are kept.
    pub state: StateSettings,
    /// Pages and API.
    pub http: HttpSettings,
    /// The shop's MQTT broker.
    pub broker: BrokerSettings,
    /// Where the shop's network reaches the box.
    pub lan: LanSettings,
    /// The link to the cloud.
    pub cloud: CloudSettings,
    /// Announcements.
    pub voice: VoiceSettings,
    /// Kitchen tickets on paper.
    pub print: PrintSettings,
    /// What is logged.
    pub log: LogSettings,
}

/// Which shop this is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopSettings {
    /// The brand.
    pub brand: BrandId,
    /// The shop.
    pub shop: ShopId,
    /// This box.
    pub box_id: BoxId,
    /// As guests know it.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// The reset hour (K2).
    pub day_begins_at: jiff::civil::Time,
    /// JSON: the first menu; empty for the demo's.
    pub menu_file: PathBuf,
    /// JSON: the first plan of the kitchen; empty for one screen that shows everything.
    pub kitchen_file: PathBuf,
}

/// Where things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateSettings {
    /// Created when it is missing.
    pub folder: PathBuf,
}

/// Pages and API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    /// Address and port, in plain text.
    pub listen: SocketAddr,
}

/// Who runs the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerMode {
    /// The box, as a supervised child.
    Managed,
    /// Somebody else, with the files the box writes.
    External,
}

/// The shop's MQTT broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSettings {
    /// Who runs it.
    pub mode: BrokerMode,
    /// Mosquitto, found on the path.
    pub program: PathBuf,
    /// MQTT in plain text, for this machine and the box itself. Pages reach it through the box's own `/mqtt`.
    pub listen: SocketAddr,
    /// The box's own password at an external broker.
    pub password: String,
}

/// The link to the cloud.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudSettings {
    /// Whether there is one.
    pub enabled: bool,
    /// The cloud's broker.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// `p000` to `p255`.
    pub partition: String,
    /// The box's name there.
    pub username: String,
    /// Its password there.
    pub password: String,
}

/// How lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// As in `RUST_LOG`.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

impl Settings {
    /// Reads the defaults, the file, and the environment. Errors name the key that is wrong.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut sources =
            config::Config::builder().add_source(config::File::from_str(DEFAULT, config::FileFormat::Toml));
        if let Some(file) = file {
            sources = sources.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        // Not parsed here: the type of each setting does it, and a password such as `0123` stays a text.
        let environment =
            config::Environment::with_prefix("CHUANCAI_EDGE").prefix_separator("__").separator("__");
        let settings = sources.add_source(environment).build().context("the settings cannot be read")?;
        settings.try_deserialize().context("the settings do not fit")
    }

    /// When the shop's business day begins. Errors: a time zone that does not exist.
    pub fn day_rule(&self) -> anyhow::Result<DayRule> {
        let zone = jiff::tz::TimeZone::get(&self.shop.time_zone)
            .with_context(|| format!("shop.time_zone: there is no zone {:?}", self.shop.time_zone))?;
        Ok(DayRule { zone, begins_at: self.shop.day_begins_at })
    }

    /// The menu. Errors name the file and the dish.
    pub fn menu(&self) -> anyhow::Result<MenuBook> {
        let file = &self.shop.menu_file;
        let text = if file.as_os_str().is_empty() {
            DEMO_MENU.to_owned()
        } else {
            std::fs::read_to_string(file)
                .with_context(|| format!("shop.menu_file: {} cannot be read", file.display()))?
        };
        let menu = serde_json::from_str(&text).context("shop.menu_file: this is not a menu")?;
        MenuBook::new(menu).context("shop.menu_file: this menu cannot be used")
    }

    /// The plan of the kitchen. Errors name the file and what is wrong in it.
    pub fn kitchen(&self) -> anyhow::Result<KitchenPlan> {
        let file = &self.shop.kitchen_file;
        if file.as_os_str().is_empty() {
            return Ok(KitchenPlan::default());
        }
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("shop.kitchen_file: {} cannot be read", file.display()))?;
        let plan = serde_json::from_str(&text).context("shop.kitchen_file: this is not a kitchen plan")?;
        let faults = kitchen::faults(&plan);
        anyhow::ensure!(faults.is_empty(), "shop.kitchen_file: look again at {}", faults.join(", "));
        Ok(plan)
    }
}
