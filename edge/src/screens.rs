//! The screens' side of the shop: tells them what was kept, and takes requests from native MQTT clients.
//!
//! A screen that misses an event fetches; so nothing here waits for a screen, and nothing is queued for one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use edge_core::refusal::Language;
use shared::command::{Outcome, Reply, Request};
use shared::guest::Guest;
use shared::id::{DeviceId, RequestId};
use shared::kitchen::KitchenPlan;
use shared::problem::Problem;
use shared::screen::{BoardEvent, Heartbeat, MenuEvent, ServiceCall};
use shared::topic;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{info, warn};
use uuid::Uuid;

use crate::broker::{BOX_USER, Credentials, Link, LinkEvent, Linked, dial};
use crate::counter::Told;
use crate::devices::{DeviceBook, DeviceList};
use crate::http::{BODY_BYTES_MAX, Desk, ShopCard, Wish, problem_of};
use crate::messages::{Messages, Outbox};
use crate::status::Parts;

mod attendance;
mod reports;
mod sessions;

pub use attendance::Attendance;

/// How often screens hear that the box is alive.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(2);
/// Wait before the broker is dialled again; it is on this machine.
const REDIAL_AFTER: Duration = Duration::from_millis(200);
/// Replies that may wait for the connection.
const REPLIES_MAX: usize = 256;
/// What the screens need to know.
pub struct Screens {
    /// Answers them.
    pub desk: Desk,
    /// Who they are.
    pub devices: Arc<DeviceBook>,
    /// The shop, as they are told.
    pub shop: Arc<ShopCard>,
    /// How the box is.
    pub parts: Parts,
    /// This run of the box.
    pub run: Uuid,
    /// Revision at the start.
    pub revision: u64,
    /// Messages that could not be read.
    pub set_aside: Arc<AtomicU64>,
    /// Whether the broker carries anything to them.
    pub served: watch::Sender<bool>,
    /// Which of them are there.
    pub attendance: watch::Sender<Attendance>,
    /// What they say about messages goes there.
    pub messages: Messages,
}

/// Where the topics stand.
struct Standing {
    /// What a pad's topic begins after.
    first: u64,
    revision: u64,
    menu_revision: u64,
    views: HashMap<DeviceId, u64>,
    plan: KitchenPlan,
    /// Whom the screens know of.
    devices: Arc<DeviceList>,
    /// Topics whose kept message the broker has been told to forget.
    cleared: HashSet<String>,
    /// Commits were missed here, so no topic may claim to follow on what it told last.
    has_gap: bool,
}

impl Standing {
    fn new(revision: u64, menu_revision: u64, devices: Arc<DeviceList>) -> Self {
        let (views, plan, cleared) = (HashMap::new(), KitchenPlan::default(), HashSet::new());
        Self { first: revision, revision, menu_revision, views, plan, devices, cleared, has_gap: false }
    }

    /// After a gap every topic goes on from the commit before the next one: a screen that is behind it fetches.
    fn close_gap(&mut self, after: u64) {
        if std::mem::take(&mut self.has_gap) {
            (self.first, self.revision) = (after, after);
            self.views.clear();
        }
    }
}

impl Screens {
    /// Serves the screens for ever, over however many connections it takes. `told` listens since before the
    /// first request could come in.
    pub async fn serve(
        self,
        credentials: Credentials,
        mut told: broadcast::Receiver<Arc<Told>>,
        mut outbox: Outbox,
    ) {
        let link = Link {
            host: credentials.address.ip().to_string(),
            port: credentials.address.port(),
            user: BOX_USER.to_owned(),
            password: credentials.password.clone(),
            topics: [topic::ALL_REQUESTS, topic::ALL_PRESENCE, topic::ALL_REPORTS].map(str::to_owned).into(),
        };
        let menu_revision = self.desk.counter.menu().await.map_or(0, |menu| menu.revision);
        let mut standing = Standing::new(self.revision, menu_revision, self.devices.now());
        self.look_at_plan(&mut standing).await;
        loop {
            let ended = self.serve_connection(dial(&link), &mut told, &mut outbox, &mut standing).await;
            let were_served = self.served.send_replace(false);
            if let (true, Err(error)) = (were_served, ended) {
                warn!(error = %error, "the connection to the shop's broker ended and is made again");
            }
            sleep(REDIAL_AFTER).await;
        }
    }

    async fn serve_connection(
        &self,
        mut link: Linked,
        told: &mut broadcast::Receiver<Arc<Told>>,
        outbox: &mut Outbox,
        standing: &mut Standing,
    ) -> anyhow::Result<()> {
        let (reply, mut replies) = mpsc::channel::<(DeviceId, Reply)>(REPLIES_MAX);
        let mut devices = self.devices.follow();
        let mut is_new = true;
        let mut heartbeat = interval(HEARTBEAT_EVERY);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                event = link.next() => {
                    let event = event?;
                    if std::mem::take(&mut is_new) {
                        // Who is there says so from now on, perhaps before the last subscription is granted.
                        self.attendance.send_replace(Attendance::default());
                        standing.cleared.clear();
                    }
                    match event {
                        LinkEvent::Up => {
                            self.served.send_replace(true);
                            info!("the screens are served");
                        }
                        LinkEvent::Message { topic, payload, retained } => {
                            if self.takes_attendance(&topic, &payload) {
                                self.beat(&link, standing);
                            } else if retained {
                                // It was taken when it came; kept, it would come again with each connection.
                                info!(topic, "the broker had kept a message, which is not taken again");
                                link.clear(&topic);
                                standing.cleared.insert(topic);
                            } else if payload.is_empty() && standing.cleared.remove(&topic) {
                                // What clears it is heard here, too.
                            } else if !self.takes_report(&topic, &payload) {
                                self.take_request(&topic, &payload, &reply);
                            }
                        }
                    }
                }
                news = told.recv() => match news {
                    Ok(news) => {
                        if news.changed_menu() {
                            self.look_at_plan(standing).await;
                        }
                        self.tell_devices(&link, standing).await;
                        self.tell(&link, &news, standing);
                    }
                    Err(broadcast::error::RecvError::Lagged(missed)) => {
                        warn!(missed, "screens must fetch");
                        standing.has_gap = true;
                    }
                    Err(broadcast::error::RecvError::Closed) => anyhow::bail!("the counter has stopped"),
                },
                Some((device, reply)) = replies.recv() => {
                    link.send(&topic::reply(&device), to_json(&reply));
                }
                Some((account, message)) = outbox.recv() => {
                    link.send(&topic::message(&account), to_json(&message));
                }
                changed = devices.changed() => {
                    changed?;
                    self.tell_devices(&link, standing).await;
                    self.beat(&link, standing);
                }
                _ = heartbeat.tick() => self.beat(&link, standing),
            }
        }
    }

    /// A screen that comes or goes changes what the others show.
    fn takes_attendance(&self, topic: &str, payload: &[u8]) -> bool {
        let mut is_about_presence = false;
        self.attendance.send_if_modified(|attendance| {
            let before = attendance.clone();
            is_about_presence = attendance.hears(topic, payload);
            *attendance != before
        });
        is_about_presence
    }

    async fn look_at_plan(&self, standing: &mut Standing) {
        if let Ok(kitchen) = self.desk.counter.kitchen().await {
            standing.plan = kitchen.plan;
        }
    }

    fn tell(&self, link: &Linked, news: &Told, standing: &mut Standing) {
        standing.close_gap(news.after);
        let empty = |after| BoardEvent {
            after,
            revision: news.revision,
            day: news.day,
            orders: Vec::new(),
            gone: Vec::new(),
            calls: None,
            on_duty: None,
        };
        if !news.orders.is_empty() || news.calls.is_some() || news.on_duty.is_some() {
            let (orders, calls, on_duty) = (news.orders.clone(), news.calls.clone(), news.on_duty.clone());
            let event = BoardEvent { orders, calls, on_duty, ..empty(standing.revision) };
            link.send(topic::BOARD, to_json(&event));
            standing.revision = news.revision;
        }
        for (pad, room) in standing.devices.clone().pads() {
            let own = Guest::Room { room: room.clone() };
            let own_orders = news.orders.iter().filter(|order| order.guest == own);
            let orders: Vec<_> = own_orders.map(|order| order.clone().for_pad()).collect();
            let gone = news.left(&own);
            let calls = news.calls.as_ref().map(|calls| calls_of(&own, calls));
            if !orders.is_empty() || !gone.is_empty() || calls.is_some() {
                let before = standing.views.insert(pad.clone(), news.revision).unwrap_or(standing.first);
                link.send(&topic::view(pad), to_json(&BoardEvent { orders, gone, calls, ..empty(before) }));
            }
        }
        if news.menu_revision > standing.menu_revision {
            standing.menu_revision = news.menu_revision;
            link.send(topic::MENU, to_json(&MenuEvent { revision: news.menu_revision }));
        }
    }

    fn beat(&self, link: &Linked, standing: &Standing) {
        let clock = self.parts.clock.read();
        let attendance = self.attendance.borrow();
        let heartbeat = Heartbeat {
            run: self.run,
            revision: standing.revision,
            menu_revision: standing.menu_revision,
            now: clock.at,
            cloud_online: self.parts.cloud.borrow().is_online(),
            voice_ready: self.parts.voice.borrow().ok,
            clock_trusted: clock.trusted,
            cover: attendance.cover(&standing.plan, &standing.devices),
            away: attendance.away(&standing.devices),
        };
        link.send_unacknowledged(topic::HEARTBEAT, to_json(&heartbeat));
    }

    /// Answers in a task of its own, so that one slow commit never holds up the connection.
    fn take_request(&self, topic: &str, payload: &[u8], reply: &mpsc::Sender<(DeviceId, Reply)>) {
        let device = topic::requesting_device(topic).and_then(|device| self.devices.get(&device));
        let Some(device) = device else {
            self.set_aside.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let parsed = match payload.len() {
            0..=BODY_BYTES_MAX => {
                serde_json::from_slice::<Request>(payload).map_err(|error| error.to_string())
            }
            _ => Err(format!("a request takes {BODY_BYTES_MAX} bytes at most")),
        };
        let (desk, reply) = (self.desk.clone(), reply.clone());
        match parsed {
            Ok(request) => {
                tokio::spawn(async move {
                    let outcome = match desk
                        .submit(
                            &device,
                            Wish { request: request.id, place: request.place, command: request.command },
                        )
                        .await
                    {
                        Ok(answer) => serde_json::from_str(&answer).map(Outcome::Answer).ok(),
                        Err(error) => Some(Outcome::Problem(problem_of(&error, Language::Chinese))),
                    };
                    if let Some(outcome) = outcome {
                        // A device that is gone will ask again.
                        drop(reply.send((device.id, Reply { id: Some(request.id), outcome })).await);
                    }
                });
            }
            Err(detail) => {
                self.set_aside.fetch_add(1, Ordering::Relaxed);
                metrics::counter!("chuancai_set_aside_total").increment(1);
                let outcome = Outcome::Problem(Problem::new(400, "malformed", detail));
                let id = readable_id(payload);
                drop(reply.try_send((device.id, Reply { id, outcome })));
            }
        }
    }
}

fn calls_of(guest: &Guest, calls: &[ServiceCall]) -> Vec<ServiceCall> {
    calls.iter().filter(|call| call.guest == *guest).cloned().collect()
}

/// The id of a request whose wish cannot be read, so that the device knows which it was.
fn readable_id(payload: &[u8]) -> Option<RequestId> {
    let value: serde_json::Value = serde_json::from_slice(payload).ok()?;
    serde_json::from_value(value.get("id")?.clone()).ok()
}

fn to_json<T: serde::Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message).expect("our messages have string keys and no foreign types")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_that_were_missed_leave_a_gap_that_a_screen_notices() {
        let mut standing = Standing::new(10, 0, Arc::default());
        standing.close_gap(17);
        assert_eq!((standing.first, standing.revision), (10, 10), "nothing was missed");
        standing.views.insert("pad_801".parse().expect("a slug"), 12);
        standing.has_gap = true;
        standing.close_gap(17);
        assert_eq!((standing.first, standing.revision, standing.views.len()), (17, 17, 0));
    }
}
