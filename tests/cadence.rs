//! The cadence against an oracle that keeps a list of everything that ever happened: random histories, and after every
//! offer that was shown each rule is checked by going over the whole list.
//!
//! `HISTORIES=1000000 cargo test --release --features cli --test cadence` takes a few minutes; a build checks fewer.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::unreachable)]

use std::sync::LazyLock;

use serde_json::{Value, json};
use tactful::author;
use tactful::basket::Line;
use tactful::cadence::{Exclusion, Silence};
use tactful::catalog::PlacementIx;
use tactful::decide::{Decision, Hold, Outcome};
use tactful::learn::LATER;
use tactful::profile::Profile;
use tactful::session::{Engine, Session};
use tactful::signal::{AttentionChange, CareTopic, Dial, Fact, Reply, Scan, ShopEvent, ShopEventKind, Signal};
use tactful::value::{Key, Minor, Seed, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-03-20, nine days before the clocks are put forward.
const START: i64 = 1_773_964_800_000;
const FORWARD: i64 = 1_774_746_000_000;

const GROUPS: [Option<&str>; 7] = [Some("snacks"), Some("snacks"), Some("drinks"), None, None, None, None];
const KINDS: [&str; 7] = ["coupon", "coupon", "coupon", "coupon", "service", "service", "service"];
const PACING: [Option<&str>; 7] = [Some("budget"), None, Some("even"), Some("budget"), None, None, None];
/// The only offer that may be shown against the rules of the others: it calls back what was bought.
const RECALL: usize = 6;
const RECALLED: &str = "nk-0046";

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut catalog: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    let offer = |nth: usize| {
        let words = json!({ "title": "t", "text": "t" });
        let mut offer = json!({ "id": format!("offer-{nth}"), "kind": KINDS[nth], "placements": ["home"],
            "creative": { "en": words, "de": words }, "usefulness": { "mean": 0.9, "weight": 1_000 },
            "caps": [{ "impressions": 2, "hours": 48 }] });
        if let Some(group) = GROUPS[nth] {
            offer["group"] = json!(group);
        }
        if KINDS[nth] == "coupon" {
            offer["value"] = json!({ "percent": 10, "maximum_discount": 5 });
        }
        if let Some(pacing) = PACING[nth] {
            offer["pacing"] = json!(pacing);
            offer["schedule"] = json!({ "from": "2026-02-20", "until": "2026-05-01" });
            offer["budget"] = json!({ "coupons": 1_000, "valid_days": 7, "all_stores": true });
        }
        if nth == RECALL {
            offer["recall"] = json!({ "products": [RECALLED] });
            for field in ["placements", "caps"] {
                offer.as_object_mut().unwrap().remove(field);
            }
        }
        offer
    };
    catalog["offers"] = json!((0..=RECALL).map(offer).collect::<Vec<_>>());
    catalog["cadence"] = json!({ "gap_minutes": 20, "interruption_cost": 0.0, "cool_off_days": 2,
        "caps": [{ "impressions": 4, "hours": 24 }, { "impressions": 9, "hours": 168 },
            { "impressions": 2, "hours": 24, "kind": "coupon" }, { "impressions": 1, "hours": 12, "group": "drinks" }],
        "fatigue": [{ "group": "snacks", "messages": 2, "recovery_days": 1 }],
        "quiet_hours": { "from": "21:30", "until": "07:30" } });
    Engine::new(author::compile(&catalog.to_string()).unwrap())
});

/// One offer that was shown, with the last reply to it.
struct Shown {
    at: i64,
    decision: Key,
    offer: usize,
    reply: Option<Reply>,
    helped: bool,
}

/// Everything that ever happened to one shopper.
#[derive(Default)]
struct Oracle {
    shown: Vec<Shown>,
    never: Vec<usize>,
    /// Offers that rest, and until when.
    rests: Vec<(usize, i64)>,
    dial: Option<Dial>,
    offset: Option<i64>,
    device: Key,
    /// When budgets were last told, and how many sixteenths of each are left.
    budgets: (i64, [Option<i64>; 6]),
    /// Care cases that are open, and since when; when one was closed last.
    cases: Vec<(u64, i64)>,
    closed: Option<i64>,
    /// When something was scanned last.
    scanned: Option<i64>,
    /// What is called back was bought.
    bought: bool,
    /// The recall was seen.
    seen: bool,
    /// It was put off, and until when it rests.
    later: bool,
    later_until: i64,
}

const CASE_LASTS: i64 = 90 * DAY;

impl Oracle {
    /// Returns the rule that showing `offer` at `now` breaks.
    fn broken(&self, offer: usize, now: i64) -> Option<&'static str> {
        let calls_back = self.broken_by_recall(now);
        match (offer, calls_back) {
            (RECALL, broken) => return broken,
            (_, None) => return Some("a recall goes first"),
            _ => {}
        }
        let is_open = self.cases.iter().any(|(_, since)| now < since + CASE_LASTS);
        let aged = self.cases.iter().map(|(_, since)| since + CASE_LASTS).filter(|end| *end <= now);
        let closed = aged.chain(self.closed).max();
        let is_asked = self.scanned.is_some_and(|at| (at..=at + 2 * MINUTE).contains(&now));
        let is_careful = closed.is_some_and(|closed| now < closed + 14 * DAY) && !is_asked;
        let rarely = self.dial == Some(Dial::Rarely);
        let halved = |most: usize| if rarely { (most / 2).max(1) } else { most };
        let gap = if rarely { 40 } else { 20 } * MINUTE;
        let within = |window: i64, of: &dyn Fn(usize) -> bool| {
            self.shown.iter().filter(|shown| shown.at > now - window && of(shown.offer)).count()
        };
        let group = |of: &'static str| move |other: usize| GROUPS[other] == Some(of);
        let rules = [
            (self.dial == Some(Dial::Never), "the dial is at never"),
            (self.is_night(now), "it is night"),
            (self.shown.iter().any(|shown| shown.at > now - gap && (!is_open || is_help(shown))), "the gap"),
            (KINDS[offer] == "coupon" && is_open, "help first"),
            (KINDS[offer] == "coupon" && is_careful, "a case was closed not long ago"),
            (within(DAY, &|_| true) >= halved(4), "four a day"),
            (within(7 * DAY, &|_| true) >= halved(9), "nine a week"),
            (KINDS[offer] == "coupon" && within(DAY, &|of| KINDS[of] == "coupon") >= halved(2), "two coupons a day"),
            (GROUPS[offer] == Some("drinks") && within(12 * HOUR, &group("drinks")) >= 1, "one for drinks in 12 hours"),
            (within(48 * HOUR, &|of| of == offer) >= halved(2), "two of one offer in two days"),
            (GROUPS[offer] == Some("snacks") && self.is_tired(now), "tired of snacks"),
            (self.never.contains(&offer), "never again"),
            (self.rests.iter().any(|(of, until)| *of == offer && now < *until), "it rests"),
            (self.budgets.1[offer] == Some(0), "nothing is left"),
            (self.waits(offer, now), "its turn is later"),
        ];
        rules.iter().find(|(is_broken, _)| *is_broken).map(|(_, rule)| *rule)
    }

    /// Tells whether the device's turn has not come: on its minute of the day, or by what is left of budget and time.
    fn waits(&self, offer: usize, now: i64) -> bool {
        let Some(pacing) = PACING[offer] else { return false };
        let known =
            ENGINE.catalog.offers().find(|(_, known)| known.key == Key::of(&format!("offer-{offer}"))).unwrap().1;
        let minutes = now / MINUTE + if now < FORWARD { 120 } else { 180 } - (7 * 60 + 30);
        let (day, passed) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
        let draw = self.device.with(known.key.0).with(day.cast_unsigned()).0 >> 32;
        let waits_today = passed < i64::try_from((14 * 60 * draw) >> 32).unwrap();
        let (told, left) = (self.budgets.0, self.budgets.1[offer].filter(|_| pacing == "budget"));
        let Some(left) = left else { return waits_today };
        let (runs, rest) = (known.until.ms() - known.from.ms(), known.until.ms() - now);
        let is_fresh = told <= now && now < told + (30 * MINUTE).min(runs / 64);
        // It takes part where 8 b / t - 7 is at least the draw, with b = (2 left - 1) / 32 and t = rest / runs.
        let (draw, one) = (i128::from(draw >> 22), 1_024);
        let waits_long = i128::from((2 * left - 1) * runs) * one < 4 * i128::from(rest) * (draw + 7 * one);
        waits_long || !is_fresh && waits_today
    }

    /// Nothing but these holds a recall back: no cap, gap, night, dial or case.
    fn broken_by_recall(&self, now: i64) -> Option<&'static str> {
        let rules = [
            (!self.bought, "it reaches nobody else"),
            (self.never.contains(&RECALL), "never again"),
            (self.seen, "it was seen"),
            (self.later && now < self.later_until, "later"),
            (self.shown.iter().any(|shown| shown.offer == RECALL && shown.at > now - DAY), "once a day"),
        ];
        rules.iter().find(|(is_broken, _)| *is_broken).map(|(_, rule)| *rule)
    }

    fn is_night(&self, now: i64) -> bool {
        let offset = self.offset.unwrap_or(if now < FORWARD { 120 } else { 180 });
        let minute = (now / MINUTE + offset).rem_euclid(1_440);
        !(7 * 60 + 30..21 * 60 + 30).contains(&minute)
    }

    /// Minute by minute, as a bucket does: what is in it, and whether another message fits.
    fn is_tired(&self, now: i64) -> bool {
        let mut snacks: Vec<_> = self.shown.iter().filter(|shown| GROUPS[shown.offer] == Some("snacks")).collect();
        snacks.sort_by_key(|shown| shown.at);
        let (mut level, mut at) = (0, START - 100 * DAY);
        for shown in snacks {
            let then = shown.at.min(now).max(at);
            level = (level - (then - at)).max(0);
            level += match shown.reply {
                _ if shown.helped => 0,
                Some(Reply::Dismissed | Reply::NeverAgain | Reply::NotUseful | Reply::LessLikeThis) => 2 * DAY,
                None | Some(Reply::Later) => DAY,
                Some(_) => 0,
            };
            at = then;
        }
        level - (now - at) > DAY
    }
}

fn is_help(shown: &Shown) -> bool {
    KINDS[shown.offer] == "service"
}

/// One random history: time goes on, sometimes back, people reply and turn the dial, and are asked about again and again.
struct History {
    seed: Seed,
    session: Session,
    oracle: Oracle,
    now: i64,
}

impl History {
    fn new(seed: u64) -> Self {
        let oracle = Oracle { device: Key(seed), ..Oracle::default() };
        let session = Session::new(Profile::new(Seed(seed)));
        let mut seed = Seed(seed ^ 0x5eed);
        let now = START + i64::from(seed.below(14 * 1_440)) * MINUTE;
        Self { seed, session, oracle, now }
    }

    fn observe(&mut self, fact: Fact) {
        self.session.observe(&ENGINE, &Signal { at: Timestamp::from_ms(self.now), fact }).unwrap();
    }

    fn step(&mut self) -> Result<(), String> {
        match self.seed.below(20) {
            0 => self.now -= i64::from(self.seed.below(3 * 1_440)) * MINUTE,
            1 => self.turn_the_dial(),
            2 => self.travel(),
            3..=6 => self.reply(),
            7 => self.told_elsewhere(),
            8 | 9 => self.tell_budgets(),
            10 => self.care(),
            11 => self.scan_or_buy(),
            _ => self.now += i64::from(self.seed.below(600)) * MINUTE,
        }
        self.ask()
    }

    fn turn_the_dial(&mut self) {
        let dial = [Dial::Never, Dial::Rarely, Dial::Normal, Dial::Often][self.seed.below(4) as usize];
        self.oracle.dial = Some(dial);
        self.observe(Fact::Dial(dial));
    }

    fn tell_budgets(&mut self) {
        let left = [(); 6].map(|()| Some(i64::from(self.seed.below(20))).filter(|left| *left <= 16));
        self.oracle.budgets = (self.now, left);
        let told = (0..6).filter_map(|offer| Some((Key::of(&format!("offer-{offer}")), left[offer]?)));
        self.observe(Fact::Budgets(told.collect()));
    }

    fn travel(&mut self) {
        let offset = [-300, 0, 120, 540][self.seed.below(4) as usize];
        self.oracle.offset = Some(offset.into());
        self.observe(Fact::Attention(AttentionChange { utc_offset: Some(offset), ..AttentionChange::default() }));
    }

    /// Something is said in a wallet or by mail, and told twice.
    fn told_elsewhere(&mut self) {
        let (decision, offer) = (Key(self.seed.draw()), self.seed.below(6) as usize);
        let key = Key::of(&format!("offer-{offer}"));
        let told = Fact::Shown { decision, offer: Some(key) };
        self.observe(told.clone());
        self.observe(told);
        self.oracle.shown.push(Shown { at: self.now, decision, offer, reply: None, helped: false });
    }

    /// A case opens or closes; a case that is not open closes without a trace.
    fn care(&mut self) {
        let (case, open) = (u64::from(self.seed.below(2)), self.seed.below(2) == 0);
        self.observe(Fact::Care { case: Key(case), topic: CareTopic::Return, open });
        let oracle = &mut self.oracle;
        let (aged, open_ones) = oracle.cases.iter().partition(|(_, since)| since + CASE_LASTS <= self.now);
        let aged: Vec<(u64, i64)> = aged;
        oracle.cases = open_ones;
        oracle.closed = oracle.closed.max(aged.iter().map(|(_, since)| since + CASE_LASTS).max());
        let known = oracle.cases.iter().position(|(known, _)| *known == case);
        match (open, known) {
            (true, None) => oracle.cases.push((case, self.now)),
            (false, Some(at)) => {
                oracle.cases.remove(at);
                oracle.closed = oracle.closed.max(Some(self.now));
            }
            _ => {}
        }
    }

    fn scan_or_buy(&mut self) {
        if self.seed.below(3) > 0 {
            self.oracle.scanned = Some(self.now);
            return self.observe(Fact::Scan(Scan::default()));
        }
        let item = Key::of(RECALLED);
        let line = Line { item, product: None, category: None, price: Minor::ZERO, quantity: 1, lot: None };
        let (kind, lines) = (ShopEventKind::Purchase, vec![line]);
        self.oracle.bought = true;
        self.observe(Fact::Shop(ShopEvent { kind, lines, transaction: None, searched: vec![] }));
    }

    fn reply(&mut self) {
        let Some(count) = u32::try_from(self.oracle.shown.len()).ok().filter(|count| *count > 0) else { return };
        let nth = self.seed.below(count) as usize;
        let (reply, _) = Reply::ALL[self.seed.below(10) as usize];
        let decision = self.oracle.shown[nth].decision;
        let until = (self.seed.below(2) == 0).then(|| self.now + i64::from(self.seed.below(5_000)) * MINUTE);
        self.observe(Fact::Reply { decision, reply, until: until.map(Timestamp::from_ms) });
        let shown = &mut self.oracle.shown[nth];
        if shown.reply == Some(reply) {
            return;
        }
        shown.reply = Some(reply);
        // A coupon that was used helped, even if its card is closed later.
        shown.helped = match reply {
            Reply::Redeemed | Reply::Useful | Reply::Claimed | Reply::Saved => true,
            Reply::NotUseful | Reply::LessLikeThis | Reply::NeverAgain => false,
            Reply::Opened | Reply::Later | Reply::Dismissed => shown.helped,
        };
        let rest = match reply {
            Reply::Later => until.map_or(LATER.ms(), |until| until - self.now),
            Reply::Dismissed | Reply::NotUseful => 2 * DAY,
            Reply::LessLikeThis => 8 * DAY,
            _ => 0,
        };
        let offer = shown.offer;
        if offer == RECALL {
            let is_seen = !matches!(reply, Reply::Dismissed | Reply::Later | Reply::LessLikeThis);
            self.oracle.seen = reply != Reply::Later && (self.oracle.seen || is_seen);
            if !is_seen || reply == Reply::NotUseful {
                self.oracle.later = reply == Reply::Later;
                self.oracle.later_until = self.oracle.later_until.max(self.now + rest);
            }
        }
        if rest > 0 {
            self.oracle.rests.push((offer, self.now + rest));
        }
        if reply == Reply::NeverAgain {
            self.oracle.never.push(offer);
        }
    }

    fn ask(&mut self) -> Result<(), String> {
        let decision = self.session.ask(&ENGINE, PlacementIx(0), Timestamp::from_ms(self.now));
        match &decision.outcome {
            Outcome::Show(show) => {
                let id = ENGINE.catalog.text(ENGINE.catalog.offer(show.offer).unwrap().id);
                let offer = id.trim_start_matches("offer-").parse().unwrap();
                let broken = self.oracle.broken(offer, self.now);
                self.oracle.shown.push(Shown {
                    at: self.now,
                    decision: decision.id,
                    offer,
                    reply: None,
                    helped: false,
                });
                broken.map_or(Ok(()), |rule| Err(format!("{id} was shown at {} against a rule: {rule}", self.now)))
            }
            Outcome::Hold(hold) => self.held_for_a_reason(&decision, *hold),
        }
    }

    /// No offer may be held back that no rule forbids, nor may one be promised for a time that has come.
    fn held_for_a_reason(&self, decision: &Decision, hold: Hold) -> Result<(), String> {
        if let Some(free) = (0..=RECALL).find(|offer| self.oracle.broken(*offer, self.now).is_none()) {
            return Err(format!("offer-{free} was held back at {} by no rule: {hold:?}", self.now));
        }
        let until = match hold {
            Hold::Silent(
                Silence::QuietHours { until } | Silence::Resting { until } | Silence::CapReached { until },
            ) => Some(until),
            Hold::AllExcluded { until } => until,
            _ => None,
        };
        let excluded = decision.ready.excluded.iter().filter_map(|(_, why)| match why {
            Exclusion::Tired { until }
            | Exclusion::Cap { until }
            | Exclusion::CoolingOff { until }
            | Exclusion::Pacing { until } => Some(*until),
            _ => None,
        });
        let past = until.into_iter().chain(excluded).find(|until| until.ms() <= self.now);
        past.map_or(Ok(()), |until| Err(format!("{hold:?} until {until:?}, which is no later than {}", self.now)))
    }
}

#[test]
fn no_history_breaks_a_rule_and_none_is_held_without_one() {
    let histories = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000_u64);
    let mut shown = 0;
    for seed in 0..histories {
        let mut history = History::new(Key::of("cadence").with(seed).0);
        for step in 0..40 {
            history.step().unwrap_or_else(|broken| unreachable!("history {seed}, step {step}: {broken}"));
        }
        shown += history.oracle.shown.len();
    }
    assert!(shown as u64 > 2 * histories, "only {shown} offers were shown: the histories say too little");
    println!("{histories} histories, {shown} offers shown");
}

/// A year in which ten times as much is shown as is remembered one by one: what caps count is not forgotten for the rest.
#[test]
fn caps_over_a_year_hold_however_much_else_is_shown() {
    const CAPS: [(&str, usize, i64); 4] =
        [("of-a-group", 3, 4_000), ("rare", 2, 8_784), ("seldom", 5, 6_000), ("common", 9, 24)];
    let mut catalog: Value = serde_json::from_str(include_str!("../examples/nordkorb/catalog.json")).unwrap();
    let offer = |(nth, (name, most, hours)): (usize, &(&str, usize, i64))| {
        let words = json!({ "title": "t", "text": "t" });
        let mut offer = json!({ "id": name, "kind": "service", "placements": ["home"], "priority": 900 - nth,
            "creative": { "en": words, "de": words }, "usefulness": { "mean": 0.9, "weight": 1_000 } });
        match nth {
            0 => offer["group"] = json!("rationed"),
            _ => offer["caps"] = json!([{ "impressions": most, "hours": hours }]),
        }
        offer
    };
    catalog["offers"] = CAPS.iter().enumerate().map(offer).collect();
    catalog["cadence"] = json!({ "gap_minutes": 20, "interruption_cost": 0.0, "cool_off_days": 2,
        "caps": [{ "impressions": 3, "hours": 4_000, "group": "rationed" }, { "impressions": 9, "hours": 24 }] });
    let engine = Engine::new(author::compile(&catalog.to_string()).unwrap());
    let (mut session, mut shown) = (Session::new(Profile::new(Seed(7))), Vec::new());
    for now in (0..366 * 9).map(|nth| START + nth * DAY / 9) {
        let decision = session.ask(&engine, PlacementIx(0), Timestamp::from_ms(now));
        if let Outcome::Show(show) = decision.outcome {
            shown.push((now, engine.catalog.text(engine.catalog.offer(show.offer).unwrap().id)));
        }
    }
    for (name, most, hours) in CAPS {
        let times: Vec<i64> = shown.iter().filter(|(_, id)| *id == name).map(|(at, _)| *at).collect();
        let is_over = times.windows(most + 1).any(|of| of[most] - of[0] < hours * HOUR);
        assert!(!is_over && times.len() >= most, "{name}: {} in a year", times.len());
    }
    assert!(shown.len() > 2_000, "{} shown", shown.len());
}
