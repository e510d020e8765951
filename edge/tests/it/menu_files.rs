//! The menu goes out as a file, comes back as a file, and is saved by nobody but who says so.

use reqwest::Method;
use serde_json::{Value, json};
use shared::menu::Menu;
use shared::screen::MenuView;

use crate::the_box::{Reply, TestBox};

async fn export(shop: &TestBox, format: &str) -> String {
    let asked = shop.call("cashier_1", Method::GET, &format!("/api/v1/menu.{format}"));
    let reply = Reply::to(asked).await.expect("the box answers");
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

async fn import(shop: &TestBox, device: &str, format: &str, file: impl Into<Vec<u8>>) -> Reply {
    let asked = shop.call(device, Method::POST, &format!("/api/v1/menu/import?format={format}"));
    Reply::to(asked.body(file.into())).await.expect("the box answers")
}

async fn menu(shop: &TestBox) -> MenuView {
    shop.get("cashier_1", "/api/v1/menu").await
}

#[tokio::test]
async fn a_menu_goes_out_as_a_spreadsheet_is_edited_comes_back_and_is_saved() {
    let shop = TestBox::start().await;
    let before = menu(&shop).await;

    for format in ["csv", "json"] {
        let file = export(&shop, format).await;
        let read: Menu =
            serde_json::from_str(&import(&shop, "cashier_1", format, file).await.text).expect("a menu");
        assert_eq!(read, before.menu, "{format}: nothing was edited, so nothing differs");
    }

    let csv = export(&shop, "csv").await;
    assert!(csv.starts_with('\u{feff}'), "a spreadsheet takes it for something else");
    let edited = csv.replace(",水饺,", ",手工水饺,");
    assert_ne!(edited, csv);
    let read: Menu =
        serde_json::from_str(&import(&shop, "cashier_1", "csv", edited).await.text).expect("a menu");
    assert_eq!(menu(&shop).await, before, "importing shows, and saves nothing");

    let save = json!({ "type": "save_menu", "expects": before.edited, "menu": read });
    shop.ask("cashier_1", save).await.granted();
    let names: Vec<_> = menu(&shop).await.menu.dishes.into_iter().map(|dish| dish.name.zh).collect();
    assert!(names.contains(&"手工水饺".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_file_with_mistakes_is_answered_row_by_row() {
    let shop = TestBox::start().await;
    let file = "类型,编号,分类,中文名,价格\n分类,recai,,热菜,\n菜品,,recai,水饺,很贵\n菜品,,冷菜,黄瓜,8\n";
    let problem = import(&shop, "cashier_1", "csv", file).await.problem();
    assert_eq!((problem.status, problem.code.as_str()), (422, "bad_menu_file"));
    assert!(
        matches!(&problem.about[..], [price, category]
        if price.starts_with("第 3 行") && category.starts_with("第 4 行")),
        "{:?}",
        problem.about
    );

    let twice = json!({
        "categories": [{ "category": "recai", "name": { "zh": "热菜", "en": "" } }],
        "dishes": [dish("shuijiao"), dish("shuijiao")],
    });
    let problem = import(&shop, "cashier_1", "json", twice.to_string()).await.problem();
    assert_eq!((problem.code.as_str(), &problem.about[..]), ("bad_menu", &["shuijiao".to_owned()][..]));
    assert_eq!(import(&shop, "cashier_1", "json", "{").await.problem().code, "bad_menu_file");
    assert_eq!(import(&shop, "cashier_1", "xls", file).await.problem().code, "malformed");
}

fn dish(id: &str) -> Value {
    json!({ "dish": id, "category": "recai", "name": { "zh": id, "en": "" }, "price_fen": 1, "target_s": 60 })
}

#[tokio::test]
async fn only_a_cashier_handles_menu_files() {
    let shop = TestBox::start().await;
    for device in ["pad_801", "kitchen_1", "call_1"] {
        assert_eq!(import(&shop, device, "csv", "").await.problem().code, "not_allowed", "{device}");
        for address in ["/api/v1/menu.csv", "/api/v1/menu.json", "/api/v1/times"] {
            let asked = shop.call(device, Method::GET, address);
            assert_eq!(
                Reply::to(asked).await.expect("an answer").problem().code,
                "not_allowed",
                "{device} {address}"
            );
        }
    }
}

#[tokio::test]
async fn a_menu_of_six_hundred_dishes_with_options_can_be_saved() {
    let shop = TestBox::start().await;
    let before = menu(&shop).await;
    let mut large = before.menu.clone();
    let pattern = large.dishes[0].clone();
    large.dishes.extend((0..600).map(|n| {
        let dish = format!("dish_{n}").parse().expect("a slug");
        shared::menu::Dish { dish, ..pattern.clone() }
    }));
    let save = json!({ "type": "save_menu", "expects": before.edited, "menu": large });
    assert!(save.to_string().len() > 128 * 1024, "larger than any order");
    shop.ask("cashier_1", save).await.granted();
    assert_eq!(menu(&shop).await.menu, large);
}
