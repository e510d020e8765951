//! Ten announcements of a restaurant, rendered by the real voice into files, as for a device that plays them itself.
//! `deploy/voice-check` has a speech recogniser listen to them; set CHUANCAI_RECITAL to a folder to keep them.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use edge_core::announce::{Params, Sentence, SpeechPart, Spoken, Template};
use serde_json::json;

use super::card::SoundCard;
use super::{cached, neural_voice, until};
use chuancai_edge::voice::start;

/// A second of speech has about four syllables; a machine that stutters or swallows is far off.
const SAMPLES_A_SYLLABLE: std::ops::Range<usize> = 6_000..22_000;

/// Template, guest or number, dishes with their portions.
type Line = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)]);

/// Every kind of announcement; portions 1 to 12; dishes that a reader of single characters says wrongly.
const RECITAL: [Line; 10] = [
    ("{roomName}房间下单了{goodsName}{num}份，请注意", &[("roomName", "801")], &[("水饺", "2")]),
    ("{roomName}房间下单了{goodsName}{num}份，请注意", &[("roomName", "802")], &[("炸酱面", "1")]),
    (
        "{roomName}房间下单了{goodsName}{num}份，请注意",
        &[("roomName", "1208")],
        &[("重庆小面", "3"), ("米饭", "12")],
    ),
    ("手牌{wristband}下单了{goodsName}{num}份，请注意", &[("wristband", "46")], &[("可乐", "4")]),
    (
        "{roomName}房间加菜，{goodsName}{num}份，请注意",
        &[("roomName", "305")],
        &[("宫保鸡丁", "5"), ("番茄炒蛋", "8")],
    ),
    ("{roomName}房间催菜，{goodsName}{num}份，请尽快", &[("roomName", "606")], &[("羊肉串", "6")]),
    (
        "{orderNumber}号，{roomName}房间的{goodsName}，请取餐",
        &[("roomName", "801"), ("orderNumber", "7")],
        &[("刀削面", "")],
    ),
    ("{roomName}房间起菜，{goodsName}{num}份，请制作", &[("roomName", "909")], &[("清蒸鲈鱼", "7")]),
    (
        "{roomName}房间退菜，{goodsName}{num}份，请确认",
        &[("roomName", "210")],
        &[("麻婆豆腐", "9"), ("银耳汤", "10")],
    ),
    ("{roomName}房间已离店，还有{goodsName}{num}份，请处理", &[("roomName", "519")], &[("长沙臭豆腐", "11")]),
];

fn params(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(gap, value)| ((*gap).to_owned(), (*value).to_owned())).collect()
}

fn sentence((template, about, dishes): Line) -> Sentence {
    let dishes: Vec<_> =
        dishes.iter().map(|(name, num)| params(&[("goodsName", name), ("num", num)])).collect();
    Template::new(template).unwrap().render_list(&params(about), &dishes, dishes.len())
}

/// As people say it, in characters.
fn spoken(speech: &[SpeechPart]) -> String {
    speech.iter().flat_map(|part| &part.0).map(Spoken::words).collect()
}

#[tokio::test]
async fn m7_ten_announcements_are_rendered_for_devices_that_play_them() {
    let keep = std::env::var_os("CHUANCAI_RECITAL").map(PathBuf::from);
    let card = SoundCard::absent();
    let settings = card.settings(&neural_voice());
    let voice = start(&settings);
    let parts: BTreeSet<_> = RECITAL.into_iter().flat_map(|line| sentence(line).speech).collect();
    voice.prepare(parts.clone());
    until("all is rendered", || cached(&settings.cache_folder).len() == parts.len()).await;
    let mut chime: Option<Vec<i16>> = None;
    let mut program = Vec::new();
    for (number, line) in (1..).zip(RECITAL) {
        let speech = sentence(line).speech;
        let said = spoken(&speech);
        let wav = voice.render(speech).await.unwrap();
        let mut reader = hound::WavReader::new(wav.as_slice()).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().sample_rate), (1, 48_000));
        let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
        let (first, speech) = samples.split_at(36_000);
        assert_eq!(chime.get_or_insert_with(|| first.to_vec()), first, "the chime comes first");
        let syllables = said.chars().filter(|char| *char != '，').count();
        let each = speech.len() / syllables;
        assert!(SAMPLES_A_SYLLABLE.contains(&each), "{said} takes {each} samples a syllable");
        if let Some(folder) = &keep {
            let name = format!("{number:02}.wav");
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(&name), &wav).unwrap();
            let (_, about, dishes) = line;
            let about: Vec<_> = about.iter().map(|(_, value)| value).collect();
            program.push(json!({"file": name, "said": said, "about": about, "dishes": dishes}));
        }
    }
    if let Some(folder) = keep {
        fs::write(folder.join("program.json"), serde_json::to_vec_pretty(&program).unwrap()).unwrap();
    }
}
