//! A cashier's photo of a dish: taken, made small, shown to every guest, and nothing else is taken.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use reqwest::{Method, header};
use serde_json::Value;

use crate::the_box::{Reply, TestBox};

fn photo(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(width, height)
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("memory takes any picture");
    bytes.into_inner()
}

async fn upload(shop: &TestBox, device: &str, body: Vec<u8>) -> Reply {
    let asked = shop.call(device, Method::PUT, "/api/v1/pictures/shuijiao");
    Reply::to(asked.body(body)).await.expect("the box answers")
}

#[tokio::test]
async fn a_photo_is_made_small_and_shown_for_good() {
    let mut shop = TestBox::start().await;
    let reply = upload(&shop, "cashier_1", photo(2400, 30)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let kept: Value = serde_json::from_str(&reply.text).expect("JSON");
    let picture = kept["picture"].as_str().expect("a name").to_owned();

    shop.stop().await;
    shop.restart().await;
    let shown = reqwest::get(shop.address(&format!("/dishes/{picture}"))).await.expect("the box answers");
    assert_eq!(shown.status(), 200);
    assert_eq!(shown.headers()[header::CONTENT_TYPE], "image/jpeg");
    assert!(shown.headers()[header::CACHE_CONTROL].to_str().expect("a text").contains("immutable"));
    let jpeg = image::load_from_memory(&shown.bytes().await.expect("a body")).expect("a picture");
    assert_eq!((jpeg.width(), jpeg.height()), (1200, 15));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_a_reason() {
    let shop = TestBox::start().await;
    let bad = upload(&shop, "cashier_1", b"<svg onload=alert(1)>".to_vec()).await.problem();
    assert_eq!((bad.status, bad.code.as_str()), (422, "bad_picture"));
    let large = upload(&shop, "cashier_1", vec![0; 8 * 1024 * 1024 + 1]).await.problem();
    assert_eq!((large.status, large.code.as_str()), (413, "too_large"));
    assert_eq!(upload(&shop, "pad_801", photo(4, 4)).await.problem().code, "not_allowed");
    assert!(!shop.state().join("pictures").exists(), "nothing was kept");
}

#[tokio::test]
async fn no_name_of_a_picture_leads_out_of_their_folder() {
    let shop = TestBox::start().await;
    for name in ["..%2fbox.db", "%2e%2e%2fbox.db", "box.db", "0123456789abcdef0123456789abcdef.jpg"] {
        let answer = reqwest::get(shop.address(&format!("/dishes/{name}"))).await.expect("the box answers");
        assert_eq!(answer.status(), 404, "{name}");
    }
}
