//! Keys: what they open, for how long, and what the journal says of them; and what becomes of sessions.

use std::collections::BTreeSet;

use super::*;
use crate::access::{Ask, GRACE_MAX, KEYS_MAX, KeyName, NewSecret, Role, Scope};
use crate::{access, command};

fn name(text: &str) -> KeyName {
    text.parse().expect("a name")
}

fn secret(text: &str) -> NewSecret {
    NewSecret { hash: SecretHash(text.to_owned()), hint: text.to_owned() }
}

fn add(key: &str, scopes: &[Scope], expires_at: Option<Timestamp>) -> Command {
    let scopes: BTreeSet<_> = scopes.iter().copied().collect();
    let (name, secret) = (name(key), secret(&format!("{key} 1")));
    Command::Access(Ask::AddKey { brand: brand("demo"), name, scopes, expires_at, secret })
}

fn rotate(key: &str, made: &str, grace: SignedDuration) -> Command {
    Command::Access(Ask::RotateKey { brand: brand("demo"), name: name(key), secret: secret(made), grace })
}

fn revoke(key: &str) -> Command {
    Command::Access(Ask::RevokeKey { brand: brand("demo"), name: name(key) })
}

impl Town {
    fn opens(&self, secret: &str) -> Vec<Scope> {
        let shown = self.state.keys().of(&SecretHash(secret.to_owned()), self.at);
        shown.map(|key| key.scopes.iter().copied().collect()).unwrap_or_default()
    }

    fn refused(&mut self, command: Command) -> command::Refusal {
        self.ask(command).expect_err("it is refused")
    }
}

#[test]
fn s8_the_key_of_a_new_brand_opens_everything_and_a_further_one_what_it_says() {
    let mut town = Town::new(0);
    assert_eq!(town.opens("demo"), Scope::ALL);
    town.must(add("收银", &[Scope::Read], None));
    assert_eq!(town.opens("收银 1"), [Scope::Read]);
    assert_eq!(town.opens("unheard of"), []);
    assert_eq!(town.refused(add("收银", &[Scope::Send], None)), command::Refusal::Taken("the key"));
    assert_eq!(town.refused(add("nothing", &[], None)), access::Refusal::NoScope.into());
}

#[test]
fn s8_after_a_rotation_both_secrets_are_good_for_a_while_and_then_the_new_one() {
    let mut town = Town::new(0);
    town.must(add("crm", &[Scope::Send], None));
    town.must(rotate("crm", "crm 2", SignedDuration::from_hours(1)));
    assert_eq!((town.opens("crm 1"), town.opens("crm 2")), (vec![Scope::Send], vec![Scope::Send]));
    // A second rotation does not lengthen the first one's grace.
    town.wait(SignedDuration::from_mins(30));
    town.must(rotate("crm", "crm 3", SignedDuration::from_hours(1)));
    town.wait(SignedDuration::from_mins(30));
    assert_eq!((town.opens("crm 1").len(), town.opens("crm 2").len(), town.opens("crm 3").len()), (0, 1, 1));
    town.must(rotate("crm", "crm 4", SignedDuration::ZERO));
    assert_eq!((town.opens("crm 3").len(), town.opens("crm 4").len()), (0, 1));
    let secrets = &town.state.keys().named(&brand("demo"), &name("crm")).expect("it was added").secrets;
    assert_eq!(secrets.len(), 3, "what is over is forgotten with the next rotation: {secrets:?}");
    let grace = GRACE_MAX + SignedDuration::from_secs(1);
    assert_eq!(town.refused(rotate("crm", "crm 5", grace)), access::Refusal::GraceTooLong.into());
}

#[test]
fn s8_a_key_ends_with_its_time_or_when_it_is_revoked() {
    let mut town = Town::new(0);
    let end = town.at + SignedDuration::from_hours(1);
    assert_eq!(
        town.refused(add("old", &[Scope::Read], Some(town.at))),
        access::Refusal::AlreadyExpired.into()
    );
    town.must(add("short", &[Scope::Read], Some(end)));
    town.must(add("crm", &[Scope::Read], None));
    town.must(rotate("crm", "crm 2", SignedDuration::from_hours(1)));
    town.wait(SignedDuration::from_hours(1));
    assert_eq!(town.opens("short 1"), []);
    let no_key = command::Refusal::from(access::Refusal::NoKey);
    assert_eq!(town.refused(rotate("short", "short 2", SignedDuration::ZERO)), no_key);
    town.must(revoke("crm"));
    assert!(town.must(revoke("crm")).is_empty(), "twice is as good as once");
    assert_eq!((town.opens("crm 1"), town.opens("crm 2")), (vec![], vec![]));
    assert_eq!(town.refused(rotate("crm", "crm 3", SignedDuration::ZERO)), no_key);
    town.must(Command::Access(Ask::AddKey {
        brand: brand("demo"),
        name: name("crm"),
        scopes: [Scope::Ledger].into(),
        expires_at: None,
        secret: secret("crm anew"),
    }));
    assert_eq!(town.opens("crm anew"), [Scope::Ledger], "the name of a revoked key is free again");
    assert_eq!(town.refused(revoke("unheard of")), no_key);
}

#[test]
fn a_brand_has_so_many_keys_and_no_more() {
    let mut town = Town::new(0);
    for n in 1..KEYS_MAX {
        town.must(add(&format!("key {n}"), &[Scope::Read], None));
    }
    let more = add("one more", &[Scope::Read], None);
    assert_eq!(town.refused(more.clone()), access::Refusal::TooManyKeys.into());
    town.must(revoke("key 1"));
    town.must(more);
    let keys = town.state.keys();
    assert_eq!(keys.of_brand(&brand("demo")).count(), KEYS_MAX);
    assert!(keys.named(&brand("demo"), &name("key 1")).is_none());
}

#[test]
fn a_keys_name_is_short_and_plain() {
    for bad in ["", " a", "a ", "a/b", "a\nb", "一".repeat(41).as_str()] {
        assert!(bad.parse::<KeyName>().is_err(), "{bad:?}");
    }
    assert!("会员 系统".parse::<KeyName>().is_ok());
}

fn user(town: &mut Town, role: Role) -> Result<Vec<Entry>, Refusal> {
    let (user, password) = ("cook".parse().expect("a user name"), PasswordHash("hash".to_owned()));
    town.ask(Command::AddUser { brand: brand("demo"), user, password, role })
}

#[test]
fn a_new_password_or_role_ends_the_sessions_and_so_does_leaving() {
    let mut town = Town::new(0);
    let elsewhere = Role::Shop { shop: "elsewhere".parse().expect("a slug") };
    assert_eq!(user(&mut town, elsewhere), Err(Refusal::NoShop));
    let session = SecretHash("cookie".to_owned());
    let until = town.at + SignedDuration::from_hours(1);
    let who = || "cook".parse().expect("a user name");
    let open = Command::OpenSession { session: session.clone(), user: who(), until };
    for role in [Role::Owner, Role::Shop { shop: the_box().at.shop }] {
        user(&mut town, role.clone()).expect("it is not refused");
        assert_eq!(town.state.session(&session), None);
        assert_eq!(town.state.user(&who()).map(|known| known.role.clone()), Some(role));
        town.must(open.clone());
    }
    let remove = |name: &str| Command::Access(Ask::RemoveUser { brand: brand(name), user: who() });
    assert_eq!(town.refused(remove("other")), access::Refusal::NoUser.into());
    town.must(remove("demo"));
    assert_eq!((town.state.session(&session), town.state.user(&who())), (None, None));
}

#[test]
fn the_journal_of_access_reads_as_it_was_written_and_builds_the_same_state() {
    let mut town = Town::new(0);
    town.must(add("crm", &[Scope::Send, Scope::Read], Some(town.at + SignedDuration::from_hours(9))));
    town.must(rotate("crm", "crm 2", SignedDuration::from_hours(1)));
    user(&mut town, Role::Viewer).expect("it is not refused");
    town.must(revoke("first"));
    let kept = town.journal.iter().map(|entry| serde_json::to_string(entry).expect("plain data"));
    let kept: Vec<_> = kept.collect();
    let golden = include_str!("access.golden.jsonl");
    assert_eq!(kept[kept.len() - 4..].join("\n"), golden.trim_end());
    let mut again = State::new(rules());
    for line in &kept {
        again.apply(&serde_json::from_str(line).expect("it is read back"));
    }
    again.take_changed();
    town.state.take_changed();
    assert_eq!(again, town.state);
    // Kept before there were roles: such a user may do everything.
    let old = r#"{"entry":"user_added","brand":"demo","user":"chef","password":"hash"}"#;
    again.apply(&serde_json::from_str(old).expect("an old line"));
    let chef = "chef".parse().expect("a user name");
    assert_eq!(again.user(&chef).map(|known| &known.role), Some(&Role::Owner));
}
