//! The voice on a real sound library: what is heard, in which order and how loud, and what happens when there is no
//! device, when it goes, when another is chosen, and when the speaker is killed.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

pub(crate) mod card;
mod page;
mod recital;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chuancai_edge::speaker::protocol::Engine;
use chuancai_edge::voice::{
    Announcement, RenderError, Said, Voice, VoiceSettings, VoiceState, VoiceStatus, start,
};
use edge_core::announce::{Params, Template};
use shared::id::MessageId;
use shared::message::Volume;
use tokio::task::JoinHandle;
use uuid::Uuid;

use card::{NAME, RATE, SoundCard, onset, places};

/// Long enough for a debug build on a machine that is busy with everybody else's tests.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long an announcement of these tests is worth saying.
const GOOD_FOR: Duration = PATIENCE;

async fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn until_status(voice: &Voice, what: &str, condition: impl Fn(&VoiceStatus) -> bool) {
    let mut status = voice.status();
    let seen = tokio::time::timeout(PATIENCE, status.wait_for(condition)).await.is_ok();
    assert!(seen, "waited too long until {what}; it is {:?}", voice.status().borrow());
}

fn says(status: &VoiceStatus, part: &str) -> bool {
    matches!(&status.state, VoiceState::NoDevice { reason } if reason.contains(part))
}

fn order(id: u128, room: &str, dish: &str, num: &str) -> Announcement {
    let template = Template::new("{roomName}房间下单了{goodsName}{num}份，请注意").unwrap();
    let params = [("roomName", room), ("goodsName", dish), ("num", num)];
    let params: Params = params.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Announcement {
        id: MessageId(Uuid::from_u128(id)),
        speech: template.render(&params).speech,
        volume: Volume::FULL,
        until: tokio::time::Instant::now() + GOOD_FOR,
    }
}

fn the_example(id: u128) -> Announcement {
    order(id, "801", "水饺", "2")
}

/// Says it while the test goes on.
fn say(voice: &Voice, announcement: Announcement) -> JoinHandle<Said> {
    let voice = voice.clone();
    tokio::spawn(async move { voice.say(announcement).await })
}

/// The neural voice, as `deploy/voice` fetches it.
fn neural_voice() -> PathBuf {
    let folder = std::env::var_os("CHUANCAI_VOICE").map(PathBuf::from);
    let folder = folder.expect("run deploy/voice, and set CHUANCAI_VOICE to the absolute path of its folder");
    assert!(folder.join("kokoro.onnx").is_file(), "run deploy/voice: {} is not complete", folder.display());
    folder
}

/// What is kept in the cache, the newest last.
fn cached(folder: &Path) -> Vec<Vec<i16>> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let is_wave = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wav");
    let mut waves: Vec<_> = files.map(|file| file.unwrap().path()).filter(is_wave).collect();
    waves.sort_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    let samples = |path| hound::WavReader::open(path).unwrap().samples::<i16>().map(Result::unwrap).collect();
    waves.into_iter().map(samples).collect()
}

/// The chime, as it comes before everything that is rendered.
async fn chime(voice: &Voice) -> Vec<i16> {
    let wav = voice.render(Vec::new()).await.unwrap();
    hound::WavReader::new(wav.as_slice()).unwrap().into_samples().map(Result::unwrap).collect()
}

/// Renders these parts one after the other, and returns them as they are kept.
async fn rendered(voice: &Voice, settings: &VoiceSettings, announcement: &Announcement) -> Vec<Vec<i16>> {
    let mut kept = Vec::new();
    for part in &announcement.speech {
        let before = cached(&settings.cache_folder);
        voice.prepare([part.clone()]);
        until("a part is rendered", || cached(&settings.cache_folder).len() > before.len()).await;
        let new = |part: &Vec<i16>| !before.contains(part);
        kept.extend(cached(&settings.cache_folder).into_iter().filter(new));
    }
    kept
}

#[tokio::test]
async fn m7_what_is_heard_is_what_was_rendered_in_order_with_a_chime_each_and_as_loud_as_it_should_be() {
    let card = SoundCard::present();
    let settings = card.settings(&neural_voice());
    let voice = start(&settings);
    until_status(&voice, "the neural voice is ready", |status| {
        status.state == VoiceState::SpeakingWith { engine: Engine::Kokoro }
    })
    .await;
    let half = Announcement { volume: Volume::new(50).unwrap(), ..order(2, "802", "炸酱面", "12") };
    let mut expected = Vec::new();
    for announcement in [the_example(1), half.clone()] {
        expected.push(rendered(&voice, &settings, &announcement).await);
    }
    let first = say(&voice, the_example(1));
    let second = say(&voice, half);
    assert_eq!([first.await.unwrap(), second.await.unwrap()], [Said::Spoken; 2]);

    let heard = card.heard();
    let chime = chime(&voice).await;
    let mut sounds = Vec::new();
    for (parts, gain) in expected.iter().zip([1.0, 0.5]) {
        for sound in [&chime].into_iter().chain(parts) {
            let [place] = places(&heard, sound, gain)[..] else { panic!("a part is not heard just once") };
            sounds.push((place, place + sound.len()));
        }
    }
    assert!(sounds.is_sorted(), "chime, room, dish; chime, room, dish: {sounds:?}");
    let gaps: Vec<_> = sounds.windows(2).map(|pair| (pair[1].0 - pair[0].1) * 1_000 / RATE).collect();
    let [to_room, to_dish, between, again_to_room, again_to_dish] = gaps[..] else { panic!("{gaps:?}") };
    assert!(to_room.max(again_to_room) < 200, "speech follows its chime: {gaps:?} ms");
    assert!(to_dish.max(again_to_dish) < 200, "a breath lies between parts: {gaps:?} ms");
    assert!((400..2_000).contains(&between), "a pause lies between announcements: {gaps:?} ms");
    assert!(onset(&heard[..sounds[0].0]).is_none(), "nothing sounds before");
    assert!(onset(&heard[sounds[5].1..]).is_none(), "nothing sounds after");
}

#[tokio::test]
async fn without_the_neural_voice_something_is_said() {
    let card = SoundCard::present();
    let voice = card.start_without_model();
    assert_eq!(voice.say(the_example(1)).await, Said::Spoken);
    assert_eq!(voice.status().borrow().state, VoiceState::SpeakingWith { engine: Engine::Espeak });
    let heard = card.heard();
    let after_chime = &heard[onset(&heard).unwrap() + RATE..];
    assert!(after_chime.iter().filter(|sample| sample.unsigned_abs() > 300).count() > RATE / 2);
}

#[tokio::test]
async fn m7_without_a_device_the_box_says_so_and_speaks_when_there_is_one() {
    let card = SoundCard::absent();
    let voice = card.start_without_model();
    until_status(&voice, "the missing device is reported", |status| says(status, "")).await;
    let soon = tokio::time::Instant::now() + Duration::from_millis(1);
    assert_eq!(voice.say(Announcement { until: soon, ..the_example(1) }).await, Said::TooOld);
    let said = say(&voice, the_example(2));
    card.install("default");
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert_eq!((voice.status().borrow().said, voice.status().borrow().expired), (1, 1));
    assert!(card.has_sounded_after(0));
}

#[tokio::test]
async fn m7_a_speaker_that_is_killed_in_a_sentence_says_it_again() {
    let card = SoundCard::present();
    let voice = card.start_without_model();
    let chime = chime(&voice).await;
    let said = say(&voice, the_example(1));
    until("something is heard", || card.has_sounded_after(0)).await;
    assert!(Command::new("kill").args(["-KILL", &card.pid().unwrap()]).status().unwrap().success());
    until_status(&voice, "the death is noticed", |status| {
        matches!(status.state, VoiceState::Restarting { .. })
    })
    .await;
    assert_eq!(voice.status().borrow().said, 0);
    let before = card.heard().len();
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert_eq!(places(&card.heard()[before..], &chime, 1.0).len(), 1, "from its beginning, once");
}

#[tokio::test]
async fn m7_a_device_that_goes_in_a_sentence_and_comes_back_says_it_again_and_loses_nothing() {
    let card = SoundCard::present();
    let voice = card.start_without_model();
    let chime = chime(&voice).await;
    let waiting = [say(&voice, the_example(1)), say(&voice, the_example(2))];
    until("something is heard", || card.has_sounded_after(0)).await;
    card.unplug();
    // The sound library may report the loss or abort the speaker. Both must come to the same.
    until_status(&voice, "the loss is noticed", |status| {
        matches!(status.state, VoiceState::NoDevice { .. } | VoiceState::Restarting { .. })
    })
    .await;
    assert_eq!(voice.status().borrow().said, 0);
    let before = card.heard().len();
    card.plug_in();
    for said in waiting {
        assert_eq!(said.await.unwrap(), Said::Spoken);
    }
    let chimes = places(&card.heard()[before..], &chime, 1.0);
    assert_eq!(chimes.len(), 2, "each once and whole: {chimes:?}");
}

#[tokio::test]
async fn m7_a_device_is_chosen_by_its_name_at_once_and_a_wrong_one_is_told() {
    let card = SoundCard::absent();
    card.install(NAME);
    let voice = card.start_without_model();
    voice.use_device(Some("plughw:CARD=Gone".to_owned()));
    until_status(&voice, "the wrong name is told", |status| says(status, "plughw:CARD=Gone")).await;
    let listed = voice.devices().await;
    let named = listed.iter().find(|device| device.name == NAME);
    assert_eq!(named.map(|device| device.description.as_str()), Some("A card for tests"), "{listed:?}");
    let said = say(&voice, the_example(1));
    voice.use_device(Some(NAME.to_owned()));
    assert_eq!(said.await.unwrap(), Said::Spoken);
    assert!(card.has_sounded_after(0));
    assert_eq!((voice.device().as_str(), voice.status().borrow().device.as_str()), (NAME, NAME));
    // A speaker that starts anew speaks there too.
    assert!(Command::new("kill").args(["-KILL", &card.pid().unwrap()]).status().unwrap().success());
    assert_eq!(voice.say(the_example(2)).await, Said::Spoken);
}

#[tokio::test]
async fn an_idle_speaker_makes_room_for_a_fresh_one_that_speaks_too() {
    let card = SoundCard::present();
    let settings = card.settings(Path::new("no_voice"));
    let voice = start(&VoiceSettings { program: Some(card.program("--idle-seconds 1")), ..settings });
    assert_eq!(voice.say(the_example(1)).await, Said::Spoken);
    let first = card.pid();
    until("another speaker runs", || card.pid().is_some_and(|pid| Some(pid) != first)).await;
    assert_eq!(voice.say(the_example(2)).await, Said::Spoken);
    assert_eq!(voice.status().borrow().said, 2);
}

#[tokio::test]
async fn an_announcement_that_nobody_waits_for_any_more_is_not_said() {
    let card = SoundCard::absent();
    let voice = card.start_without_model();
    until_status(&voice, "the missing device is reported", |status| says(status, "")).await;
    let forgotten = say(&voice, the_example(1));
    tokio::task::yield_now().await;
    forgotten.abort();
    assert!(forgotten.await.unwrap_err().is_cancelled());
    card.install("default");
    assert_eq!(voice.say(the_example(2)).await, Said::Spoken);
    assert_eq!((voice.status().borrow().said, voice.status().borrow().expired), (1, 0));
}

#[tokio::test]
async fn a_voice_that_is_turned_off_starts_nothing_and_says_so() {
    let card = SoundCard::present();
    let voice = start(&VoiceSettings { enabled: false, ..card.settings(Path::new("no_voice")) });
    assert_eq!(voice.say(the_example(1)).await, Said::Off);
    assert_eq!(voice.render(the_example(1).speech).await, Err(RenderError::NoVoice));
    assert_eq!(voice.status().borrow().state, VoiceState::Disabled);
    assert_eq!(card.pid(), None);
}
