//! Whatever the menu, the file says the same; whatever the file, the answer says what to mend.

use proptest::collection::vec;
use proptest::prelude::*;
use shared::menu::OptionGroup;

use super::*;

/// Names with everything that means something in a cell.
fn text(least: usize) -> impl Strategy<Value = String> {
    let awkward = prop_oneof![
        Just('/'),
        Just('／'),
        Just(':'),
        Just('：'),
        Just('|'),
        Just('｜'),
        Just(';'),
        Just('；'),
        Just('\\'),
        Just('\''),
        Just('"'),
        Just(','),
        Just('='),
        Just('+'),
        Just('-'),
        Just('@'),
        Just('＝'),
        Just('\n'),
        Just('\r'),
        Just(' '),
        Just('饺'),
        Just('辣'),
        Just('é'),
        Just('🥟'),
        Just('\u{feff}'),
        prop::char::range('a', 'z')
    ];
    vec(awkward, least..8)
        .prop_map(|chars| chars.into_iter().collect::<String>().trim().to_owned())
        .prop_filter("a name that must be there", move |text| text.chars().count() >= least)
}

fn name() -> impl Strategy<Value = Name> {
    (text(1), text(0)).prop_map(|(zh, en)| Name { zh, en })
}

fn any_name() -> impl Strategy<Value = Name> {
    (text(0), text(0)).prop_map(|(zh, en)| Name { zh, en })
}

fn stations() -> impl Strategy<Value = Vec<StationId>> {
    vec("[a-z0-9_]{2,10}".prop_map(|id| StationId::new(id).expect("a slug")), 0..3)
}

fn options() -> impl Strategy<Value = Vec<OptionGroup>> {
    let group = (any_name(), vec(any_name(), 0..4)).prop_map(|(name, choices)| OptionGroup { name, choices });
    vec(group, 0..3)
}

fn dish(index: usize, categories: usize) -> impl Strategy<Value = Dish> {
    let plain =
        (0..categories, name(), 0..=10_000_000_i64, 1..=u32::MAX, prop::option::of("[a-z0-9.]{1,20}"));
    let said_as = prop::option::of("[a-z]{1,6}[1-5]( [a-z]{1,6}[1-5]){0,3}");
    (plain, said_as, options(), vec(any_name(), 0..3), stations()).prop_map(
        move |((category, name, fen, target_s, picture), said_as, options, allergens, stations)| Dish {
            dish: DishId::new(format!("dish_{index}")).expect("a slug"),
            category: CategoryId::new(format!("category_{category}")).expect("a slug"),
            name,
            price_fen: Fen(fen),
            options,
            allergens,
            stations,
            target_s,
            picture,
            said_as,
        },
    )
}

fn menu() -> impl Strategy<Value = Menu> {
    let categories = vec((name(), stations()), 1..4).prop_map(|all| {
        let category = |(index, (name, stations))| Category {
            category: CategoryId::new(format!("category_{index}")).expect("a slug"),
            name,
            stations,
        };
        all.into_iter().enumerate().map(category).collect::<Vec<_>>()
    });
    let kind = prop_oneof![Just(CautionKind::Allergy), Just(CautionKind::Diet)];
    let cautions = vec((kind, name()).prop_map(|(kind, name)| Caution { kind, name }), 0..4);
    (categories, cautions, 0..5_usize).prop_flat_map(|(categories, cautions, count)| {
        let dishes: Vec<_> = (0..count).map(|index| dish(index, categories.len())).collect();
        dishes.prop_map(move |dishes| Menu {
            categories: categories.clone(),
            dishes,
            cautions: cautions.clone(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_menu_comes_back_from_its_csv(menu in menu(), english in any::<bool>()) {
        let language = if english { Language::English } else { Language::Chinese };
        let csv = to_csv(&menu, language);
        prop_assert_eq!(from_csv(csv.as_bytes()), Ok(menu));
    }

    #[test]
    fn no_cell_begins_as_a_formula_does(menu in menu()) {
        let csv = to_csv(&menu, Language::Chinese);
        let text = csv.strip_prefix(BYTE_ORDER_MARK).expect("a spreadsheet needs it");
        let rows = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
        for row in rows {
            for cell in &row.expect("as it was written") {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{:?}", cell);
            }
        }
    }

    #[test]
    fn no_file_whatever_makes_it_fall_over(bytes in vec(any::<u8>(), 0..400)) {
        drop(from_csv(&bytes));
        drop(from_json(&bytes));
    }
}

const HEADER: &str = "类型,编号,分类,中文名,英文名,价格,选项,过敏原,档口,目标秒数,图片\n";

fn sentences(rows: &str) -> Vec<String> {
    let faults = from_csv(format!("{HEADER}{rows}").as_bytes()).expect_err("something is wrong");
    faults.iter().map(|bad| bad.sentence(Language::Chinese)).collect()
}

#[test]
fn every_bad_row_is_reported_with_its_line_and_what_to_do() {
    let said = sentences(
        "分类,recai,,热菜,,,,,,,\n\
         菜品,shuijiao,recai,水饺,,贵,,,,,\n\
         菜品,shuijiao,凉菜,水饺,,32,,,,,\n\
         ,,热菜,,,32,,,,,\n\
         饮料,,热菜,可乐,,5,,,,,\n\
         菜品,a b,热菜,可乐,,5,辣度,,,,\n\
         菜品,,热菜,可乐,,5,辣度,,,,\n\
         菜品,,热菜,可乐,,5,,a/b/c,,,\n\
         菜品,,热菜,可乐,,5,,,,0,\n\
         菜品,,热菜,可乐,,5,,,热厨,,\n\
         菜品,,热菜,可乐,,,,,,,\n",
    );
    let lines: Vec<_> = said.iter().map(|sentence| sentence.split('：').next().unwrap_or_default()).collect();
    assert_eq!(
        lines,
        [
            "第 3 行",
            "第 4 行",
            "第 5 行",
            "第 6 行",
            "第 7 行",
            "第 8 行",
            "第 9 行",
            "第 10 行",
            "第 11 行",
            "第 12 行"
        ],
        "{said:#?}"
    );
    assert!(said[0].contains("贵") && said[1].contains("凉菜") && said[4].contains("a b"), "{said:#?}");
}

#[test]
fn lines_are_counted_as_a_spreadsheet_writes_them() {
    let lines = |end: &str| {
        let file = [
            "中文名,价格,分类,类型",
            "热菜,,,分类",
            "",
            "\"两\n行\",贵,热菜,",
            "水饺,贵,热菜,",
            "可乐,5,热菜,",
            "鱼,贵,热菜,",
        ];
        let faults = from_csv(file.join(end).as_bytes()).expect_err("three prices are wrong");
        faults.into_iter().map(|bad| bad.line).collect::<Vec<_>>()
    };
    assert_eq!(lines("\n"), [4, 6, 8]);
    assert_eq!(lines("\r\n"), [4, 6, 8]);
}

#[test]
fn a_row_typed_by_hand_needs_little() {
    let menu = from_csv(
        "中文名,价格,分类,类型\n热菜,,,分类\n宫保鸡丁,￥48.5,热菜,\n宫保鸡丁,50元,热菜,菜品\n".as_bytes(),
    );
    let menu = menu.expect("it can be read");
    assert_eq!(menu.categories[0].category.as_str(), "recai");
    let ids: Vec<_> =
        menu.dishes.iter().map(|dish| (dish.dish.as_str(), dish.price_fen.0, dish.target_s)).collect();
    assert_eq!(ids, [("gongbaojiding", 4850, 600), ("gongbaojiding_2", 5000, 600)]);
}

#[test]
fn a_file_saved_by_a_chinese_windows_is_understood() {
    let text = "类型,编号,分类,中文名,价格\n分类,recai,,热菜,\n菜品,yu,recai,清蒸鲈鱼,98\n";
    let (encoded, _, _) = encoding_rs::GB18030.encode(text);
    assert!(std::str::from_utf8(&encoded).is_err());
    let menu = from_csv(&encoded).expect("it can be read");
    assert_eq!(menu.dishes[0].name.zh, "清蒸鲈鱼");
}

#[test]
fn a_strange_file_is_told_apart() {
    let fault = |bytes: &[u8]| from_csv(bytes).expect_err("no menu").remove(0).fault;
    assert_eq!(fault(b"\xff\xfe\x00\x01"), Fault::NotText);
    assert_eq!(fault(HEADER.as_bytes()), Fault::Empty);
    assert_eq!(fault(b""), Fault::MissingColumn(Column::NameZh));
    assert_eq!(fault("中文名,价格,价钱\n".as_bytes()), Fault::UnknownColumn("价钱".to_owned()));
    let no_json = from_json(b"{\n\"dishes\": 3}").expect_err("no menu");
    assert_eq!(no_json[0].line, 2);
}
