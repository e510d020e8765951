//! The shop's network: who can tell that it is the box, over HTTPS, WebSocket and MQTT, with the real programs.

use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::time::Instant;

use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};
use shared::screen::Session;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clock::FakedClock;
use crate::the_box::{Reply, TestBox, free_port, in_time};

/// A name that leads to this machine for whoever is told so.
const NAME: &str = "box.example.com";

/// A box that the network reaches.
struct InTheShop {
    the_box: TestBox,
    https: u16,
    mqtts: u16,
}

impl InTheShop {
    fn prepare(settings: &[(&str, &str)]) -> Self {
        let (https, mqtts) = (free_port(), free_port());
        let addresses = [https, mqtts].map(|port| format!("127.0.0.1:{port}"));
        let lan = [("LAN__HTTP", addresses[0].as_str()), ("LAN__MQTT", addresses[1].as_str())];
        let the_box = TestBox::prepare(&[&lan, settings].concat());
        Self { the_box, https, mqtts }
    }

    async fn start() -> Self {
        let mut shop = Self::prepare(&[]);
        shop.the_box.restart().await;
        shop
    }

    /// The authority's certificate, as anybody may fetch it.
    async fn authority(&self) -> String {
        let asked = reqwest::Client::new().get(self.the_box.address("/ca.crt"));
        let reply = Reply::to(asked).await.expect("the box answers");
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.text
    }

    /// The same in a file, for programs.
    async fn authority_file(&self) -> PathBuf {
        let path = self.the_box.state().with_extension("crt");
        std::fs::write(&path, self.authority().await).expect("the file can be written");
        path
    }

    /// What the page's address answers to a device that trusts this authority.
    async fn visit(&self, authority: &str, host: &str, path: &str) -> reqwest::Result<Reply> {
        let here = ([127, 0, 0, 1], self.https).into();
        let client = trusting(authority).resolve(host, here).build().expect("a client");
        let asked = client.get(format!("https://{host}:{}{path}", self.https));
        Reply::to(asked.bearer_auth(self.the_box.credential("cashier_1"))).await
    }

    /// Whether a native client that trusts this authority hears the box.
    fn hears(&self, authority: &Path) -> bool {
        let secret = self.the_box.secret("kitchen_1");
        let mut listener = Program::new("mosquitto_sub");
        listener.args(["-h", "127.0.0.1", "-p", &self.mqtts.to_string(), "--cafile"]).arg(authority);
        listener.args(["-u", "kitchen_1", "-i", "kitchen_1", "-P", &secret]);
        listener.args(["-t", "l1/hb", "-C", "1", "-W", "20"]);
        listener.output().expect("mosquitto-clients are installed").status.success()
    }
}

/// Trusts this authority and no other.
fn trusting(authority: &str) -> reqwest::ClientBuilder {
    let authority = Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    Client::builder().tls_certs_only([authority])
}

#[tokio::test]
async fn s08_pages_and_api_are_the_boxs_own_for_whoever_knows_its_authority() {
    let shop = InTheShop::start().await;
    let stranger = InTheShop::start().await;
    let authority = shop.authority().await;

    for host in ["localhost", "127.0.0.1"] {
        let session = shop.visit(&authority, host, "/api/v1/session").await.expect("it is the box");
        let session: Session = serde_json::from_str(&session.text).expect("a session");
        assert_eq!(session.device.to_string(), "cashier_1");
    }
    assert_eq!(shop.visit(&authority, "localhost", "/ca.crt").await.expect("the box").text, authority);

    let other = stranger.authority().await;
    assert!(shop.visit(&other, "localhost", "/healthz").await.is_err(), "another box's authority");
    assert!(shop.visit(&authority, NAME, "/healthz").await.is_err(), "a name that is not the box's");
    let public = Client::builder().tls_certs_only([]).build().expect("a client");
    let asked = public.get(format!("https://localhost:{}/healthz", shop.https));
    assert!(asked.send().await.is_err(), "an authority that nobody has installed");
    let plain = reqwest::Client::new().get(format!("http://127.0.0.1:{}/healthz", shop.https));
    assert!(plain.send().await.is_err(), "plain text");
}

#[tokio::test]
async fn s08_a_page_has_its_mqtt_through_the_same_certificate() {
    let shop = InTheShop::start().await;
    let client = trusting(&shop.authority().await).build().expect("a client");
    let asked = client
        .get(format!("https://localhost:{}/mqtt", shop.https))
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "mqtt");
    let answer = asked.send().await.expect("the box answers");
    assert_eq!(answer.status(), 101);
    let mut page = answer.upgrade().await.expect("a WebSocket");
    // CONNECT as nobody, in one masked frame (the mask is zero): the broker's refusal comes back.
    let connect = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x0f\x00\x05nobdy";
    let frame = [&[0x82, 0x80 | 19, 0, 0, 0, 0][..], connect].concat();
    page.write_all(&frame).await.expect("it is sent");
    let mut answer = [0; 6];
    in_time("the broker's word", page.read_exact(&mut answer)).await.expect("a frame");
    assert_eq!(answer[..4], [0x82, 4, 0x20, 2], "CONNACK in a frame: {answer:?}");
    assert_ne!(answer[5], 0, "nobody is let in without a secret");
}

#[tokio::test]
async fn s08_native_clients_reach_the_broker_with_tls() {
    let shop = InTheShop::start().await;
    let stranger = InTheShop::start().await;
    assert!(shop.hears(&shop.authority_file().await));
    assert!(!shop.hears(&stranger.authority_file().await), "another box's authority");
}

#[tokio::test]
async fn s08_the_cashier_is_told_how_the_network_reaches_the_box() {
    let shop = InTheShop::start().await;
    let told: Value = shop.the_box.get("cashier_1", "/api/v1/lan").await;
    assert_eq!(told["tls"], true);
    assert_eq!(told["pages"][0], format!("https://127.0.0.1:{}", shop.https));
    assert_eq!(told["mqtt"][0], format!("mqtts://127.0.0.1:{}", shop.mqtts));
    let mut openssl = Program::new("openssl");
    openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(shop.authority_file().await);
    let printed = String::from_utf8(openssl.output().expect("openssl is installed").stdout).expect("text");
    assert!(printed.trim().ends_with(told["ca_sha256"].as_str().expect("a fingerprint")), "{printed} {told}");
    for device in ["kitchen_1", "pad_801", "call_1"] {
        let asked = shop.the_box.call(device, Method::GET, "/api/v1/lan");
        assert_eq!(Reply::to(asked).await.expect("the box answers").status, 403, "{device}");
    }
}

#[tokio::test]
async fn s11_a_new_device_is_sent_to_an_address_that_it_can_verify() {
    let shop = InTheShop::start().await;
    let client = trusting(&shop.authority().await).build().expect("a client");
    let wanted = json!({ "role": "staff" }).to_string();
    let reached = format!("https://localhost:{}", shop.https);
    let asked = client.post(format!("{reached}/api/v1/pairings")).body(wanted.clone());
    let from_the_shop = Reply::to(asked.bearer_auth(shop.the_box.credential("cashier_1"))).await;
    let at_the_box = shop.the_box.call("cashier_1", Method::POST, "/api/v1/pairings").body(wanted);
    let in_the_network = format!("https://127.0.0.1:{}", shop.https);
    for (reply, address) in [(from_the_shop, reached), (Reply::to(at_the_box).await, in_the_network)] {
        let offer: Value = serde_json::from_str(&reply.expect("the box answers").text).expect("an offer");
        let url = offer["url"].as_str().expect("an address");
        assert!(url.starts_with(&format!("{address}/pair#")), "{url}");
    }
}

#[tokio::test]
async fn s08_without_tls_there_is_no_authority() {
    let the_box = TestBox::start().await;
    let reply = Reply::to(the_box.call("pad_801", Method::GET, "/ca.crt")).await.expect("the box answers");
    assert_eq!(reply.status, 404);
    let told: Value = the_box.get("cashier_1", "/api/v1/lan").await;
    assert_eq!((&told["tls"], &told["ca_sha256"]), (&Value::Bool(false), &Value::Null));
    assert!(!the_box.state().join("lan").exists());
}

#[tokio::test]
async fn s09_plain_text_does_not_leave_the_machine_unless_somebody_says_so() {
    for setting in ["HTTP__LISTEN", "BROKER__LISTEN"] {
        let everywhere = format!("0.0.0.0:{}", free_port());
        let wide = [(setting, everywhere.as_str())];
        for action in ["check", "serve"] {
            let refused = TestBox::prepare_without_devices(&wide).run(&[action]);
            let said = String::from_utf8(refused.stderr).expect("words");
            assert!(!refused.status.success(), "{setting} {action}");
            assert!(said.contains("plain text") && said.contains("lan.plain_text"), "{said}");
        }
        let said_so = [wide[0], ("LAN__PLAIN_TEXT", "true")];
        assert!(TestBox::prepare_without_devices(&said_so).run(&["check"]).status.success(), "{setting}");
    }
}

#[tokio::test]
async fn s08_the_certificate_follows_the_boxs_names_and_the_authority_stays() {
    let mut shop = InTheShop::prepare(&[("LAN__NAMES", "box.example.com, 192.0.2.7")]);
    shop.the_box.restart().await;
    let authority = shop.authority().await;
    assert_eq!(shop.visit(&authority, NAME, "/healthz").await.expect("it is the box").status, 200);
    let told: Value = shop.the_box.get("cashier_1", "/api/v1/lan").await;
    let first = |port: u16| format!("https://192.0.2.7:{port}");
    assert_eq!(told["pages"][0], first(shop.https));

    shop.the_box.stop().await;
    shop.the_box.set_environment("CHUANCAI_EDGE__LAN__NAMES", "other.example.com".to_owned());
    shop.the_box.restart().await;
    assert_eq!(shop.authority().await, authority, "what was installed still holds");
    assert!(shop.visit(&authority, NAME, "/healthz").await.is_err());
    assert_eq!(shop.visit(&authority, "other.example.com", "/healthz").await.expect("the box").status, 200);
}

#[tokio::test]
async fn s08_a_box_that_believes_it_is_1970_locks_nobody_out() {
    let mut shop = InTheShop::prepare(&[]);
    FakedClock::of(&mut shop.the_box).set("1970-01-01T08:00:00+08:00");
    shop.the_box.restart().await;
    let authority = shop.authority().await;
    assert_eq!(shop.visit(&authority, "localhost", "/healthz").await.expect("it is the box").status, 200);
}

#[tokio::test]
async fn s17_those_who_say_nothing_keep_nobody_waiting_and_are_shown_out() {
    let shop = InTheShop::start().await;
    let mut silent = Vec::new();
    for port in [shop.https, shop.mqtts, shop.the_box.http_port] {
        for _ in 0..50 {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.expect("a connection"));
        }
    }
    // One that begins a greeting and a request, and never ends them.
    silent[0].write_all(b"\x16\x03\x01\x02\x00").await.expect("it is sent");
    silent[100].write_all(b"GET / HTTP/1.1\r\nhost: box\r\nx-slow:").await.expect("it is sent");

    let began = Instant::now();
    let authority = shop.authority().await;
    assert_eq!(shop.visit(&authority, "localhost", "/healthz").await.expect("the box").status, 200);
    assert!(shop.hears(&shop.authority_file().await));
    assert!(began.elapsed().as_secs() < 8, "nobody waits until the silent are shown out");
    for at in [0, 1, 100, 101] {
        let mut last_words = Vec::new();
        let ended = in_time("a silent one is shown out", silent[at].read_to_end(&mut last_words)).await;
        drop(ended);
    }
}
