//! SMPP: the window, the statuses, and a connection that breaks.

use std::num::NonZeroU16;
use std::time::Duration;

use chuancai_cloud::config::Config;
use chuancai_cloud::gateway::smpp::{Login, SmppClient};
use chuancai_cloud::service::Books;
use chuancai_sandbox::{Protocol, Sandbox};
use cloud_core::carrier::{ReceiptIds, Smpp};
use cloud_core::sms::CarrierAnswer;
use tempfile::TempDir;

use super::chuanglan::{TEXT, call, carrier, id_of};

/// A client that is connected, with the books that take its receipts.
struct Desk {
    client: SmppClient,
    _books: Books,
    _folder: TempDir,
}

async fn desk(carrier: &Sandbox) -> Desk {
    desk_with_window(carrier, 4).await
}

async fn desk_with_window(carrier: &Sandbox, window: u16) -> Desk {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut settings = Config::load(None).expect("the defaults");
    settings.state.folder = folder.path().to_owned();
    let books = Books::open(&settings).expect("new books");
    let smpp = Smpp {
        address: format!("smpp://{}", carrier.smsc_address).parse().expect("an address"),
        system_id: "sandbox".parse().expect("a name"),
        system_type: None,
        source: "chuancai".parse().expect("a name"),
        country: "86".parse().expect("digits"),
        window: NonZeroU16::new(window).expect("some"),
        receipt_ids: ReceiptIds::Same,
    };
    let account = "smsc".parse().expect("an id");
    let login = Login::new(&account, &smpp, ("sandbox", Duration::from_millis(500))).expect("short enough");
    let client = SmppClient::start(login, books.journal.clone());
    client.connected().await;
    Desk { client, _books: books, _folder: folder }
}

#[tokio::test]
async fn s10_every_number_is_a_submit_of_its_own() {
    let carrier = carrier().await;
    let desk = desk(&carrier).await;
    let numbers: Vec<_> = (0..20).map(|n| format!("13911111{n:03}")).collect();
    let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
    let answers = desk.client.submit(&call(&numbers, TEXT)).await;
    let taken = carrier.messages();
    assert_eq!((taken.len(), answers.len()), (20, 20));
    for (place, answer) in &answers {
        let taken = taken.iter().find(|taken| taken.phone == numbers[*place]).expect("it was taken");
        assert_eq!(id_of(answer), format!("smsc/{}", taken.msg_id));
        assert_eq!((taken.text.as_str(), taken.protocol), (TEXT, Protocol::Smpp));
    }
}

#[tokio::test]
async fn s10_a_full_window_is_sent_without_waiting_for_the_smsc_to_speak() {
    let carrier = carrier().await;
    let desk = desk_with_window(&carrier, 200).await;
    let numbers: Vec<_> = (0..200).map(|n| format!("13911111{n:03}")).collect();
    let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
    let call = call(&numbers, TEXT);
    let answers = tokio::time::timeout(Duration::from_secs(20), desk.client.submit(&call)).await;
    let answers = answers.expect("long before the line is tested");
    assert!(answers.iter().all(|(_, answer)| matches!(answer, CarrierAnswer::Accepted { .. })));
}

#[tokio::test]
async fn s10_a_status_a_silence_and_a_broken_line_are_told_apart() {
    let carrier = carrier().await;
    let desk = desk(&carrier).await;
    let numbers = ["13900000103", "13900000107", "13900000105", "13900000200", "13900000202", "13900000000"];
    let answers = desk.client.submit(&call(&numbers, TEXT)).await;
    let answers: Vec<_> = answers.into_iter().map(|(_, answer)| answer).collect();
    assert_eq!(answers[0], CarrierAnswer::Busy { code: "0x00000058".to_owned() });
    assert!(matches!(&answers[1], CarrierAnswer::Refused { code, .. } if code == "0x0000000B"));
    assert!(matches!(&answers[2], CarrierAnswer::Refused { .. }));
    assert!(matches!(&answers[3], CarrierAnswer::Unknown { .. }), "no answer in time");
    assert!(matches!(&answers[4], CarrierAnswer::Unknown { .. }), "no id");
    assert!(matches!(&answers[5], CarrierAnswer::Accepted { .. }));

    let broken = desk.client.submit(&call(&["13900000201"], TEXT)).await;
    assert!(matches!(&broken[0].1, CarrierAnswer::Unknown { .. }), "{broken:?}");
    let taken = carrier.messages();
    assert_eq!(
        taken.iter().filter(|taken| taken.phone == "13900000201").count(),
        1,
        "and it is not sent again"
    );
    let again = async {
        loop {
            desk.client.connected().await;
            let answers = desk.client.submit(&call(&["13900000001"], TEXT)).await;
            if matches!(answers[0].1, CarrierAnswer::Accepted { .. }) {
                break;
            }
            assert!(matches!(answers[0].1, CarrierAnswer::Busy { .. }), "{answers:?}");
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), again).await.expect("it connects again");
}

#[tokio::test]
async fn s12_half_a_long_text_is_not_left_alone() {
    let carrier = carrier().await;
    let desk = desk(&carrier).await;
    let long = format!("【示例】{}", "字".repeat(100));
    // "Throttled" at the last part, once: the rest of the text is tried again.
    let answers = desk.client.submit(&call(&["13900000103"], &long)).await;
    assert!(matches!(&answers[0].1, CarrierAnswer::Accepted { .. }), "{answers:?}");
    let taken = carrier.messages();
    assert_eq!((taken.len(), taken[0].text.as_str(), taken[0].units), (1, long.as_str(), 2));
    let answers = desk.client.submit(&call(&["13900000105"], &long)).await;
    assert!(matches!(&answers[0].1, CarrierAnswer::Unknown { .. }), "its first part was taken: {answers:?}");
}
