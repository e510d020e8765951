//! The box is killed with -9 at random, fifty times, in the middle of a rush. Afterwards every answered order is
//! there, once; nothing unanswered is there twice; numbers and the journal run on without gap or repeat.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use harness::crowd::{Asked, Client, Door, Heard};
use harness::dice::Dice;
use harness::shop::Shop;
use rusqlite::Connection;
use shared::command::Command;
use shared::fact::{Fact, Recorded};
use shared::id::{LineId, RequestId};
use tokio::sync::watch;

const KILLS: usize = 50;
const CLIENTS: u64 = 8;
/// From ready to killed. Short: most of what can go wrong goes wrong while things start.
const LIFE_MIN: Duration = Duration::from_millis(20);
const LIFE_MAX: Duration = Duration::from_millis(900);

#[tokio::test(flavor = "multi_thread")]
async fn k2_k11_fifty_kills_in_a_rush_lose_double_and_misnumber_nothing() {
    let mut dice = Dice::cast("killing the box");
    let began = Instant::now();
    let shop = Shop::new().expect("a shop on free ports");
    let door = shop.door(&shop.device("cashier_1", "cashier").expect("a cashier"));
    let (stop, stopped) = watch::channel(false);
    let crowd: Vec<_> = (0..CLIENTS)
        .map(|name| tokio::spawn(Client::new(door.clone(), &dice, name).rush(stopped.clone())))
        .collect();

    for _ in 0..KILLS {
        let running = shop.open().await.expect("the box comes back after every kill");
        tokio::time::sleep(dice.between(LIFE_MIN, LIFE_MAX)).await;
        running.kill().expect("it was running");
    }
    let _running = shop.open().await.expect("the box comes back after the last kill");
    stop.send(true).expect("the crowd listens");
    let mut asked = Vec::new();
    for client in crowd {
        asked.extend(client.await.expect("every client gets its last answer"));
    }

    let journal = Journal::read(&shop.database().expect("the box left its database"));
    journal.has_no_holes();
    journal.numbers_run_on();
    journal.agrees_with_its_tables();
    journal.holds_what_was_answered(&asked);
    repeats_change_nothing(&door, &asked, &shop, journal.facts.len()).await;
    let lost = asked.iter().filter(|asked| asked.tries > 1).count();
    println!(
        "{} requests of {CLIENTS} clients, {lost} of them asked again, {} facts, {KILLS} kills in {:.0?}",
        asked.len(),
        journal.facts.len(),
        began.elapsed()
    );
    assert!(lost > KILLS / 2, "kills that nobody noticed prove nothing: only {lost} answers were lost");
}

struct Journal {
    facts: Vec<Recorded>,
    orders: i64,
    lines: i64,
}

impl Journal {
    fn read(database: &Connection) -> Self {
        let count = |table: &str| {
            database
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
                .expect("the table is there")
        };
        let mut statement =
            database.prepare("SELECT body FROM fact ORDER BY seq").expect("the journal is there");
        let bodies = statement.query_map([], |row| row.get::<_, String>(0)).expect("it can be read");
        let facts = bodies
            .map(|body| serde_json::from_str(&body.expect("a row")).expect("what the box wrote is a fact"))
            .collect();
        Self { facts, orders: count("catering_order"), lines: count("catering_order_goods") }
    }

    fn has_no_holes(&self) {
        let wrong = (1..).zip(&self.facts).find(|(seq, fact)| *seq != fact.seq);
        assert!(wrong.is_none(), "the journal has a hole: {wrong:?}");
    }

    /// K2: within a business day 1, 2, 3 … in the order of the journal.
    fn numbers_run_on(&self) {
        let mut last_of_day = BTreeMap::new();
        for fact in &self.facts {
            if let Fact::OrderPlaced { number, day, .. } = &fact.fact {
                let last: &mut u32 = last_of_day.entry(*day).or_default();
                assert_eq!(number.0, *last + 1, "on {day} the number after #{last} is not the next");
                *last = number.0;
            }
        }
        assert!(!last_of_day.is_empty(), "a rush in which nobody ordered proves nothing");
    }

    fn agrees_with_its_tables(&self) {
        let placed = self.facts.iter().filter(|fact| matches!(fact.fact, Fact::OrderPlaced { .. })).count();
        assert_eq!(self.orders, i64::try_from(placed).expect("few orders"), "catering_order");
        let lines: HashSet<LineId> = self.facts.iter().flat_map(|fact| lines_of(&fact.fact)).collect();
        assert_eq!(self.lines, i64::try_from(lines.len()).expect("few lines"), "catering_order_goods");
    }

    /// K11: an answered order is there once, an unanswered one at most once, and nothing that nobody asked for.
    fn holds_what_was_answered(&self, asked: &[Asked]) {
        let mut placings: HashMap<RequestId, Vec<&Recorded>> = HashMap::new();
        for fact in self.facts.iter().filter(|fact| lines_of(&fact.fact).next().is_some()) {
            placings.entry(fact.request).or_default().push(fact);
        }
        for Asked { id, command, heard, .. } in asked {
            let Command::PlaceOrder { lines, .. } = command else { continue };
            let kept = placings.remove(id).unwrap_or_default();
            match heard {
                Heard::Answer(_) => assert_eq!(kept.len(), 1, "{id} was answered"),
                Heard::Nothing => {
                    assert!(kept.len() <= 1, "{id} was not answered, and kept {} times", kept.len())
                }
                Heard::Refusal(code) => panic!("{id} was refused: {code}"),
            }
            for fact in kept {
                assert_eq!(lines_of(&fact.fact).count(), lines.len(), "{id} asked for so many lines");
            }
        }
        assert!(placings.is_empty(), "nobody asked for {:?}", placings.keys());
    }
}

/// K11: whoever asks again, however late, hears the same and changes nothing.
async fn repeats_change_nothing(door: &Door, asked: &[Asked], shop: &Shop, facts: usize) {
    for Asked { id, command, heard, .. } in asked.iter().step_by(7) {
        let Heard::Answer(first) = heard else { continue };
        let again = door.ask(*id, command).await;
        let Some(Heard::Answer(again)) = again else {
            panic!("{id} was granted before and is not now: {again:?}")
        };
        if matches!(command, Command::PlaceOrder { .. }) {
            assert_eq!(&again, first, "{id} was answered otherwise before");
        }
    }
    let after = Journal::read(&shop.database().expect("the database is still there"));
    assert_eq!(after.facts.len(), facts, "repeats changed something");
    let ids: BTreeSet<u64> = after.facts.iter().map(|fact| fact.seq).collect();
    assert_eq!(ids.len(), facts, "a sequence number was given twice");
}

fn lines_of(fact: &Fact) -> impl Iterator<Item = LineId> + '_ {
    let placed = if let Fact::OrderPlaced { lines, .. } | Fact::LinesAdded { lines, .. } = fact {
        lines.as_slice()
    } else {
        &[]
    };
    placed.iter().map(|line| line.line)
}
