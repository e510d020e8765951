//! The shop's MQTT as an AsyncAPI document, for those who write clients of their own. It is made of the table by
//! which the broker lets devices in, so that it cannot promise what the broker denies.

use axum::Json;
use axum::extract::State;
use edge_core::authority::Device;
use serde_json::{Map, Value, json};
use shared::command::{Reply, Request};
use shared::message::{Message, MessageReport};
use shared::screen::{BoardEvent, Heartbeat, MenuEvent, Role, Session};
use utoipa::OpenApi;

use super::App;
use crate::broker::rights::{Lane, RIGHTS, Right};
use crate::lan::LanView;

/// The payloads and everything that they are made of.
#[derive(OpenApi)]
#[openapi(components(schemas(
    BoardEvent,
    MenuEvent,
    Heartbeat,
    Request,
    Reply,
    Message,
    MessageReport,
    Session
)))]
struct Payloads;

/// What travels on a lane, and how.
struct Traffic {
    /// The channel's name in the document.
    name: &'static str,
    /// A type of [`Payloads`]; none: `1` or `0` as text.
    payload: Option<&'static str>,
    qos: u8,
    retained: bool,
    words: &'static str,
}

fn traffic(lane: Lane) -> Traffic {
    let (name, payload, words) = match lane {
        Lane::Board => ("board", "BoardEvent", "What one commit changed of the open orders."),
        Lane::Menu => {
            ("menu", "MenuEvent", "The menu, the kitchen's plan or the announcements have changed: fetch.")
        }
        Lane::Heartbeat => ("heartbeat", "Heartbeat", "Every 2 s. None for 5 s: what is shown is stale."),
        Lane::OwnView => ("view", "BoardEvent", "As board, with the orders of the pad's own room alone."),
        Lane::OwnRequests => (
            "request",
            "Request",
            "A wish with an id that the device mints and keeps until the reply. Without one it sends the same again.",
        ),
        Lane::OwnReplies => {
            ("reply", "Reply", "The answer or the refusal. A repeated request has the same one.")
        }
        Lane::OwnMessages => (
            "message",
            "Message",
            "What an account is told: an announcement, a call, a notice. It may come twice.",
        ),
        Lane::OwnReports => ("report", "MessageReport", "What became of a message where it arrived."),
        Lane::OwnSession => ("session", "Session", "Who the device is now, when it was moved or renamed."),
        Lane::OwnPresence | Lane::EveryPresence => {
            let words = "Whether a device is there: 1 when it has connected, 0 as its last will.";
            return Traffic { name: "presence", payload: None, qos: 1, retained: true, words };
        }
    };
    // Whatever was lost is fetched, asked or said again; a heartbeat is not even acknowledged.
    let qos = u8::from(lane != Lane::Heartbeat);
    Traffic { name, payload: Some(payload), qos, retained: false, words }
}

/// The topic with its parameter in braces.
fn address(lane: Lane) -> String {
    let id = "device".parse().expect("a slug");
    let device = Device { id, role: Role::Pad, room: None, station: None, place: 1, speaks: false };
    let parameter = match lane {
        Lane::OwnMessages => "{account}",
        Lane::Board
        | Lane::Menu
        | Lane::Heartbeat
        | Lane::OwnView
        | Lane::OwnRequests
        | Lane::OwnReplies
        | Lane::OwnReports
        | Lane::OwnSession
        | Lane::OwnPresence
        | Lane::EveryPresence => "{device}",
    };
    let topic = lane.topic(&device);
    match topic.strip_suffix("device").or_else(|| topic.strip_suffix('+')) {
        Some(front) => format!("{front}{parameter}"),
        None => topic,
    }
}

/// The shop's MQTT, for generators of clients and for readers.
#[utoipa::path(get, path = "/api/asyncapi.json", responses((status = 200, description = "AsyncAPI 3")))]
pub(super) async fn asyncapi(State(app): State<App>) -> Json<Value> {
    Json(document(&app.lan.view()))
}

fn document(lan: &LanView) -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    let mut messages = Map::new();
    for right in &RIGHTS {
        let traffic = traffic(right.lane);
        messages.insert(traffic.name.to_owned(), message(&traffic));
        channels.insert(traffic.name.to_owned(), channel(right.lane, &traffic));
        // Of two lanes on one channel the devices' own comes first, and says what the box does there.
        operations.entry(traffic.name).or_insert_with(|| operation(right, &traffic));
    }
    let schemas = Payloads::openapi().components.map(|components| components.schemas);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chuancai, the shop's MQTT",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "MQTT 3.1.1 or 5 with a clean session; user name and client id are the device's, the \
                password is its secret. Nothing is kept for a device that is away: it fetches what is true from \
                /api/v1. What is not listed here is denied.",
        },
        "defaultContentType": "application/json",
        "servers": servers(lan),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": { "device": {
                "type": "userPassword",
                "description": "The device and its secret, as given when it was added.",
            } },
        },
    })
}

/// The best address of each kind.
fn servers(lan: &LanView) -> Map<String, Value> {
    let mut servers = Map::new();
    for (name, urls, path) in [("broker", &lan.mqtt, None), ("pages", &lan.pages, Some("/mqtt"))] {
        let Some((scheme, host)) = urls.first().and_then(|url| url.split_once("://")) else { continue };
        let protocol = match scheme {
            "mqtts" => "secure-mqtt",
            "https" => "wss",
            "http" => "ws",
            plain => plain,
        };
        let mut server = json!({
            "host": host,
            "protocol": protocol,
            "security": [{ "$ref": "#/components/securitySchemes/device" }],
        });
        if let Some(path) = path {
            server["pathname"] = json!(path);
        }
        servers.insert(name.to_owned(), server);
    }
    servers
}

fn message(traffic: &Traffic) -> Value {
    match traffic.payload {
        Some(payload) => json!({
            "name": payload,
            "payload": { "$ref": format!("#/components/schemas/{payload}") },
        }),
        None => json!({
            "contentType": "text/plain",
            "payload": { "type": "string", "enum": ["0", "1"] },
        }),
    }
}

fn channel(lane: Lane, traffic: &Traffic) -> Value {
    let address = address(lane);
    let mut parameters = Map::new();
    for (name, words) in [
        ("device", "Id of the device, which is its user name and its client id."),
        ("account", "The device's own id, or `cashiers` for every cashier: `account` of its session."),
    ] {
        if address.contains(&format!("{{{name}}}")) {
            parameters.insert(name.to_owned(), json!({ "description": words }));
        }
    }
    let of_channel = || RIGHTS.iter().filter(|right| self::address(right.lane) == address);
    let readers: Vec<_> = of_channel().flat_map(|right| right.read).collect();
    let writers: Vec<_> = of_channel().flat_map(|right| right.write).collect();
    json!({
        "address": address,
        "description": traffic.words,
        "x-read-by": readers,
        "x-written-by": writers,
        "messages": { traffic.name: { "$ref": format!("#/components/messages/{}", traffic.name) } },
        "parameters": parameters,
    })
}

/// What the box does there.
fn operation(right: &Right, traffic: &Traffic) -> Value {
    let action = if right.write.is_empty() { "send" } else { "receive" };
    let mut operation = json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{}", traffic.name) },
        "summary": traffic.words,
        "bindings": { "mqtt": { "qos": traffic.qos, "retain": traffic.retained, "bindingVersion": "0.2.0" } },
    });
    if right.lane == Lane::OwnRequests {
        operation["reply"] = json!({ "channel": { "$ref": "#/channels/reply" } });
    }
    operation
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of_a_box() -> Value {
        document(&LanView {
            tls: true,
            pages: vec!["https://192.0.2.7:7443".to_owned()],
            mqtt: vec!["mqtts://192.0.2.7:8883".to_owned()],
            ca_sha256: None,
        })
    }

    #[test]
    fn every_topic_of_the_shop_is_in_the_document() {
        let document = of_a_box();
        let channels = document["channels"].as_object().expect("channels");
        let described: BTreeSet<_> =
            channels.values().map(|channel| channel["address"].as_str().expect("an address")).collect();
        let source = include_str!("../../../shared/src/topic.rs");
        let built: BTreeSet<_> =
            source.split('"').filter(|text| text.starts_with("l1/") && !text.ends_with(['/', '+'])).collect();
        assert_eq!(described, built);
        let page = include_str!("../../../shared/docs/wire.md");
        let missing: Vec<_> =
            built.iter().filter(|topic| !page.contains(&format!("| `{topic}` |"))).collect();
        assert!(missing.is_empty(), "wire.md does not name {missing:?}");
    }

    #[test]
    fn everything_that_is_referred_to_is_there() {
        let document = of_a_box();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().expect("a pointer");
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
        assert_eq!(document["servers"]["pages"]["protocol"], "wss");
        assert_eq!(document["channels"]["board"]["x-read-by"][0], "kitchen");
        assert_eq!(document["channels"]["presence"]["x-read-by"], json!(["cashier"]));
        assert_eq!(document["operations"]["presence"]["action"], "receive");
    }
}
