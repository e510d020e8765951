//! `chuancai-cloud`: the service, and the commands around it.

use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;

use chuancai_cloud::admin::books;
use chuancai_cloud::admin::carrier::{self, CarrierVerb};
use chuancai_cloud::admin::channel::{self, AccountUser, TencentImAsked};
use chuancai_cloud::admin::key::{self, KeyVerb};
use chuancai_cloud::admin::offer::{self, OfferVerb, PurchaseVerb};
use chuancai_cloud::admin::subscription::{self, SubscriptionVerb};
use chuancai_cloud::admin::user::{self, UserVerb};
use chuancai_cloud::admin::{self, PackageAsked};
use chuancai_cloud::config::Config;
use chuancai_cloud::service::Service;
use chuancai_cloud::store::Place;
use chuancai_cloud::telemetry;
use clap::{Args, Parser, Subcommand, ValueEnum};
use cloud_core::channel::{ImUser, RelayChannel, WebAddress};
use cloud_core::id::{PackageId, ShopKey};
use cloud_core::ledger::Origin;
use cloud_core::sms::Signature;
use jiff::civil::Date;
use shared::id::{BoxId, BrandId, ShopId};
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The service behind the shops: their orders, the brand's SMS, the dashboard.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Settings that override the defaults (see config.default.toml).
    #[arg(long, global = true, env = "CHUANCAI_CLOUD_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs the service.
    Serve,
    /// Reads the settings and says whether they are good.
    Check,
    /// Proves from the journal that the books balance, per brand and per package.
    Audit,
    /// The books as a whole.
    #[command(subcommand)]
    Books(BooksVerb),
    /// Brands.
    #[command(subcommand)]
    Brand(BrandVerb),
    /// Shops.
    #[command(subcommand)]
    Shop(ShopVerb),
    /// Boxes.
    #[command(subcommand)]
    Box(BoxVerb),
    /// People who sign in to the dashboard.
    #[command(subcommand)]
    User(UserVerb),
    /// Keys of the brands' own systems.
    #[command(subcommand)]
    Key(KeyVerb),
    /// What the brands' own systems are told by themselves.
    #[command(subcommand)]
    Subscription(SubscriptionVerb),
    /// SMS packages.
    #[command(subcommand)]
    Package(PackageVerb),
    /// SMS packages on sale.
    #[command(subcommand)]
    Offer(OfferVerb),
    /// Purchases of SMS packages.
    #[command(subcommand)]
    Purchase(PurchaseVerb),
    /// Other channels by which a brand hears its shops' messages.
    #[command(subcommand)]
    Channel(ChannelVerb),
    /// Accounts with SMS carriers, and which of them takes whose messages.
    #[command(subcommand)]
    Carrier(CarrierVerb),
    /// Writes Mosquitto's `passwd` and `acl` for the boxes' broker.
    BrokerFiles {
        /// Where to.
        folder: PathBuf,
    },
}

#[derive(Subcommand)]
enum BooksVerb {
    /// Carries the books to another store and proves both equal. Run again, it goes on where it ended.
    Copy {
        /// A folder, or the address of a PostgreSQL database: postgres://USER:PASSWORD@HOST/DATABASE.
        #[arg(long, value_name = "URL|FOLDER")]
        to: String,
    },
}

#[derive(Subcommand)]
enum BrandVerb {
    /// Adds a brand and prints its API key, the only time.
    Add {
        /// Its id.
        brand: BrandId,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// The name in 【】 at the start of its texts, as registered with the carrier.
        #[arg(long)]
        signature: Signature,
    },
}

#[derive(Subcommand)]
enum ShopVerb {
    /// Adds a shop.
    Add {
        /// Its brand.
        brand: BrandId,
        /// Its id.
        shop: ShopId,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// Its IANA time zone.
        #[arg(long, default_value = "Asia/Shanghai")]
        time_zone: String,
    },
}

#[derive(Subcommand)]
enum BoxVerb {
    /// Registers a box, or gives it a new password, and prints what it needs to connect.
    Add {
        /// Its brand.
        brand: BrandId,
        /// Its shop.
        shop: ShopId,
        /// Its id.
        box_id: BoxId,
    },
}

#[derive(Subcommand)]
enum PackageVerb {
    /// Adds a package that the brand paid for. The same purchase again changes nothing.
    Paid(PackageArgs),
    /// Adds a package that the brand is given.
    Granted(PackageArgs),
    /// Takes back what is available of a package, without money.
    Revoke {
        /// The brand.
        brand: BrandId,
        /// The purchase that named the package.
        package: PackageId,
    },
}

#[derive(Subcommand)]
enum ChannelVerb {
    /// Sets up a brand's Tencent IM, anew if it has it. The application's key comes from a file, or from
    /// CHUANCAI_CLOUD_CHANNEL_SECRET.
    TencentIm(TencentImArgs),
    /// Sets up a brand's webhook, anew if it has one. Its secret (whsec_…) comes from a file, or from
    /// CHUANCAI_CLOUD_CHANNEL_SECRET; without either a new one is printed, the only time.
    Webhook {
        /// The brand.
        brand: BrandId,
        /// Where messages are sent to, by POST.
        #[arg(long)]
        url: WebAddress,
        /// A file with the secret and nothing else.
        #[arg(long)]
        secret_file: Option<PathBuf>,
    },
    /// Sends nothing by a channel any more, until it is set up anew.
    Off {
        /// The brand.
        brand: BrandId,
        /// The channel.
        #[arg(value_enum)]
        channel: ChannelName,
    },
    /// Lists the channels, without their secrets.
    List {
        /// Of this brand alone.
        brand: Option<BrandId>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum ChannelName {
    TencentIm,
    Webhook,
}

impl From<ChannelName> for RelayChannel {
    fn from(name: ChannelName) -> Self {
        match name {
            ChannelName::TencentIm => Self::TencentIm,
            ChannelName::Webhook => Self::Webhook,
        }
    }
}

#[derive(Args)]
struct TencentImArgs {
    /// The brand.
    brand: BrandId,
    /// The application's number (sdkappid).
    #[arg(long)]
    sdk_app_id: u64,
    /// An administrator of the application; messages come from it.
    #[arg(long)]
    admin: ImUser,
    /// Somebody who hears what is for nobody in particular; may be given again.
    #[arg(long = "to", value_name = "USER")]
    named: Vec<ImUser>,
    /// Who stands for an account of a shop; may be given again.
    #[arg(long = "account", value_name = "ACCOUNT=USER")]
    users: Vec<AccountUser>,
    /// The host of the application's region.
    #[arg(long, default_value = "https://console.tim.qq.com")]
    host: WebAddress,
    /// A file with the application's key and nothing else.
    #[arg(long)]
    secret_file: Option<PathBuf>,
}

#[derive(Args)]
struct PackageArgs {
    /// The brand.
    brand: BrandId,
    /// The purchase, named by whoever took the money.
    purchase: PackageId,
    /// Its size.
    #[arg(long)]
    units: u64,
    /// Its last day: 2027-12-31.
    #[arg(long)]
    expires: Date,
    /// What people call it.
    #[arg(long)]
    name: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chuancai-cloud: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = Config::load(cli.config.as_deref())?;
    telemetry::start_log(&settings.log)?;
    match cli.command {
        Verb::Serve => serve(&settings).await,
        Verb::Check => {
            println!("the settings are good");
            Ok(())
        }
        Verb::Audit => books::audit(&settings),
        Verb::Books(BooksVerb::Copy { to }) => {
            books::copy(&settings, &Place::named(&to, settings.store.lease())?)
        }
        Verb::Brand(BrandVerb::Add { brand, name, signature }) => {
            admin::add_brand(&settings, brand, name, signature).await
        }
        Verb::Shop(ShopVerb::Add { brand, shop, name, time_zone }) => {
            admin::add_shop(&settings, ShopKey { brand, shop }, name, time_zone).await
        }
        Verb::Box(BoxVerb::Add { brand, shop, box_id }) => {
            admin::add_box(&settings, brand, shop, box_id).await
        }
        Verb::User(verb) => user::run(&settings, verb).await,
        Verb::Key(verb) => key::run(&settings, verb).await,
        Verb::Subscription(verb) => subscription::run(&settings, verb).await,
        Verb::Package(PackageVerb::Paid(package)) => add_package(&settings, package, Origin::Bought).await,
        Verb::Package(PackageVerb::Granted(package)) => {
            add_package(&settings, package, Origin::Granted).await
        }
        Verb::Package(PackageVerb::Revoke { brand, package }) => {
            offer::revoke(&settings, brand, package).await
        }
        Verb::Offer(verb) => offer::run(&settings, verb).await,
        Verb::Purchase(verb) => offer::run_purchase(&settings, verb).await,
        Verb::Channel(verb) => run_channel(&settings, verb).await,
        Verb::Carrier(verb) => carrier::run(&settings, verb).await,
        Verb::BrokerFiles { folder } => admin::write_broker_files(&settings, &folder),
    }
}

async fn add_package(settings: &Config, asked: PackageArgs, origin: Origin) -> anyhow::Result<()> {
    let PackageArgs { brand, purchase, units, expires, name } = asked;
    admin::add_package(settings, brand, PackageAsked { purchase, units, expires_on: expires, name, origin })
        .await
}

async fn run_channel(settings: &Config, verb: ChannelVerb) -> anyhow::Result<()> {
    match verb {
        ChannelVerb::TencentIm(asked) => {
            let TencentImArgs { brand, sdk_app_id, admin, named, users, host, secret_file } = asked;
            let asked = TencentImAsked { base_url: host, sdk_app_id, admin, named, users };
            channel::set_tencent_im(settings, brand, asked, secret_file).await
        }
        ChannelVerb::Webhook { brand, url, secret_file } => {
            channel::set_webhook(settings, brand, url, secret_file).await
        }
        ChannelVerb::Off { brand, channel: name } => channel::switch_off(settings, brand, name.into()).await,
        ChannelVerb::List { brand } => channel::list(settings, brand.as_ref()),
    }
}

async fn serve(settings: &Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let mut stop = pin!(stop);
    tokio::select! {
        // A service that waits for its turn has nothing to end.
        () = &mut stop => Ok(()),
        service = Service::start(settings) => service?.run_until(stop).await,
    }
}
