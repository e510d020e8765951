//! What the voice needs before the first announcement: which device it speaks on, how dishes are said, and speech
//! that is likely to be wanted, rendered when there is nothing else to do.

use std::collections::BTreeSet;
use std::sync::Arc;

use edge_core::announce::{Pronunciations, likely_parts};
use shared::fact::Fact;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::counter::{AskError, Counter, Told};
use crate::devices::{DeviceBook, DeviceList};
use crate::voice::Voice;

/// Keeps the voice ready for what the menu, the settings and the rooms make likely, until the counter stops.
pub async fn rehearse(counter: Counter, devices: Arc<DeviceBook>, voice: Voice) {
    let (mut told, mut devices) = (counter.listen(), devices.follow());
    loop {
        let here = devices.borrow_and_update().clone();
        if prepare(&counter, &here, &voice).await.is_err() {
            return;
        }
        tokio::select! {
            goes_on = changes(&mut told) => if !goes_on { return },
            changed = devices.changed() => if changed.is_err() { return },
        }
    }
}

async fn prepare(counter: &Counter, devices: &DeviceList, voice: &Voice) -> Result<(), AskError> {
    let (menu, settings) = (counter.menu().await?.menu, counter.announcements().await?.announcements);
    voice.use_device(settings.device.clone());
    voice.pronounce(Pronunciations::of(&menu));
    let rooms: BTreeSet<_> = devices.all().filter_map(|device| device.room.clone()).collect();
    voice.prepare(likely_parts(&settings, &rooms, menu.dishes.iter().map(|dish| &dish.name)));
    Ok(())
}

/// Waits until the menu or the settings have changed. Returns whether the counter goes on.
async fn changes(told: &mut broadcast::Receiver<Arc<Told>>) -> bool {
    loop {
        match told.recv().await {
            Ok(news) if news.facts.iter().any(|recorded| matters(&recorded.fact)) => return true,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

fn matters(fact: &Fact) -> bool {
    edge_core::shop::is_edit(fact) || matches!(fact, Fact::AnnouncementsArranged { .. })
}
