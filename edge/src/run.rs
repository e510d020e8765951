//! Puts the box together and runs it until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context;
use jiff::Timestamp;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shared::id::StreamId;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tracing::info;
use uuid::Uuid;

use crate::approvals::Approvals;
use crate::config::Settings;
use crate::counter::{self, Counter, OpenedShop};
use crate::devices::{DeviceBook, DeviceList, Pairings};
use crate::http::{self, App, Desk, ShopCard, ShopKey};
use crate::lan::{Doors, Lan};
use crate::messages::{self, Surroundings};
use crate::pictures::PictureShelf;
use crate::print::{self, Printing};
use crate::screens::{Attendance, Screens};
use crate::status::Parts;
use crate::store::{Store, TimesReader};
use crate::{broker, uplink, voice};

/// Opens the store in the state folder, creating both when they are missing.
pub fn open_store(settings: &Settings) -> anyhow::Result<Store> {
    let folder = &settings.state.folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("state.folder: {} cannot be created", folder.display()))?;
    let stream = StreamId(Uuid::new_v4());
    Store::open(folder, stream)
        .with_context(|| format!("the database in {} cannot be opened", folder.display()))
}

/// Runs the box until SIGINT or SIGTERM. Errors: what keeps it from running.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    // First, or what the parts count while they open is lost.
    let figures = PrometheusBuilder::new().install_recorder().context("the figures cannot be kept")?;
    let doors = Doors::open(&settings).await?;
    let books = open_books(&settings)?;
    let (app, ended) = put_together(&settings, books, figures).await?;
    let lan = app.lan.clone();
    info!(address = %settings.http.listen, "the box is open");
    tokio::select! {
        never = doors.serve(&lan, http::router(app)) => match never {},
        reason = ended => {
            let reason = reason.unwrap_or_else(|_| anyhow::anyhow!("it fell over"));
            Err(reason).context("the counter has stopped")
        }
        () = told_to_stop() => {
            info!("the box closes");
            Ok(())
        }
    }
}

/// What was kept, with whom it is shared.
fn open_books(settings: &Settings) -> anyhow::Result<(OpenedShop, Arc<DeviceBook>)> {
    let mut store = open_store(settings)?;
    store.seed_menu(settings.menu()?.menu(), &settings.kitchen()?).context("the menu cannot be kept")?;
    let devices = DeviceBook::open(&settings.state.folder).context("the devices cannot be read")?;
    Ok((counter::open(store, settings.day_rule()?)?, Arc::new(devices)))
}

/// Starts every part, and gives each what it needs of the others. With it comes how the counter ends.
async fn put_together(
    settings: &Settings,
    (opened, devices): (OpenedShop, Arc<DeviceBook>),
    figures: PrometheusHandle,
) -> anyhow::Result<(App, oneshot::Receiver<anyhow::Error>)> {
    let OpenedShop { stream, acked, news, revision, counter, clock, ended } = opened;
    let lan = Lan::open(settings, &clock)?;
    let broker = broker::start(&settings.broker, lan.broker(), &settings.state.folder, devices.follow())?;
    tokio::spawn(lan.clone().keep_certificate(clock.clone(), broker.reload()));
    let position = uplink::Position { stream, acked, news, last: revision };
    let folder = settings.state.folder.clone();
    let cloud = uplink::start(&settings.shop, &settings.cloud, position, counter.clone(), folder);
    let voice = voice::start(&settings.voice);
    let (served, screens_served) = watch::channel(false);
    let (attendance, attended) = watch::channel(Attendance::default());
    tokio::spawn(messages::rehearse(counter.clone(), devices.clone(), voice.clone()));
    let surroundings = Surroundings {
        counter: counter.clone(),
        clock: clock.clone(),
        devices: devices.clone(),
        attendance: attended.clone(),
        screens_served: screens_served.clone(),
        voice: voice.clone(),
        journal: (stream, revision),
    };
    let (messages, outbox) = messages::start(&settings.state.folder, surroundings);
    let printing =
        start_printing(settings, &counter, devices.follow(), attended.clone(), (stream, revision)).await?;
    let spoken = voice::as_part(voice.status());
    let printers = printing.as_part();
    let parts = Parts { broker: broker.state, screens_served, voice: spoken, printers, cloud, clock };

    let set_aside = Arc::new(AtomicU64::new(0));
    let desk = desk(settings, &counter);
    let shop = Arc::new(ShopCard::from(&settings.shop));
    let screens = Screens {
        desk: desk.clone(),
        devices: devices.clone(),
        shop: shop.clone(),
        parts: parts.clone(),
        run: Uuid::new_v4(),
        revision,
        set_aside: set_aside.clone(),
        served,
        attendance,
        messages: messages.clone(),
    };
    tokio::spawn(screens.serve(broker.credentials, counter.listen(), outbox));
    tokio::spawn(counter.keep_time());
    tokio::spawn(devices.clone().keep_up());

    let pictures = Arc::new(PictureShelf::new(settings.state.folder.join("pictures")));
    let pairings = Arc::new(Pairings::new(devices.clone()));
    let app = App {
        desk,
        devices,
        attendance: attended,
        pairings,
        printing,
        messages,
        voice,
        broker: settings.broker.listen,
        lan,
        parts,
        shop,
        set_aside,
        started_at: Timestamp::now(),
        figures,
        pictures,
        times: TimesReader::new(settings.state.folder.clone()),
    };
    Ok((app, ended))
}

fn desk(settings: &Settings, counter: &Counter) -> Desk {
    let shop = ShopKey { brand: settings.shop.brand.clone(), shop: settings.shop.shop.clone() };
    Desk { counter: counter.clone(), approvals: Approvals::new(settings.state.folder.clone()), shop }
}

async fn start_printing(
    settings: &Settings,
    counter: &Counter,
    devices: watch::Receiver<Arc<DeviceList>>,
    attendance: watch::Receiver<Attendance>,
    journal: (StreamId, u64),
) -> anyhow::Result<Printing> {
    let kitchen = print::Kitchen {
        counter: counter.clone(),
        plan: counter.kitchen().await?.plan,
        days: settings.day_rule()?,
        devices,
        attendance,
        journal,
    };
    Ok(print::start(settings.print, &settings.state.folder, kitchen))
}

async fn told_to_stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
