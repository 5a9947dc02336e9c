//! `tactful evaluate`: what another pack would have been worth to the shoppers of a log, as far as the log can tell.
//!
//! Every ask of the log is lived through again. There the exact chances of what the logging pack could do and of what the
//! other pack would do are known, silence among them, and the replies tell what came of what was done. What an ask changes for
//! the asks after it (a cap that fills up) is as it was logged: the estimate is for decisions one by one.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};
use tactful::catalog::Catalog;
use tactful::decide::{Outcome, Ready};
use tactful::session::Engine;
use tactful::signal::{Fact, Reply, Signal};
use tactful::value::{Key, Ppm};
use tactful::wire::state;

use crate::estimate::{self, Estimate, Estimator, RESAMPLES, Sample};
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::log::Entry;
use crate::past::{Ask, Life, packs};
use crate::replay::{count, relive};

/// Estimate what another pack would have been worth to the shoppers of a log
///
/// Nobody has to be shown anything for it: the log tells how likely everything was that it did (its propensities), and so
/// what another choice would have come to, by four estimators with 95 % intervals over people. A message is useful where it
/// was saved, claimed, redeemed or called useful; its value is that less what the interruption cost. Silence is worth 0.
///
/// What the other pack would show and the log never could, the log cannot judge: how much that is, is told, and above 1 % of
/// it no pack is called better. The log must replay; see `tactful replay`.
#[derive(clap::Args)]
#[command(after_help = help!("tactful evaluate decisions.jsonl next.tact --pack nordkorb.tact"))]
pub struct Args {
    /// The log (JSON Lines, also .gz), or `-` for standard input
    log: PathBuf,
    /// The other pack (.tact)
    other: PathBuf,
    /// The pack that the log was written with (.tact); several, where it changed
    #[arg(long = "pack", value_name = "PACK", required = true)]
    packs: Vec<PathBuf>,
    /// Print the estimates, or each problem, as JSON
    #[arg(long)]
    json: bool,
}

/// Impressions that what the other pack believes of an offer counts for, beside the replies of the log. An assumption; the
/// doubly robust estimate is right in the mean whatever it is.
const BELIEF: f64 = 20.0;

/// Evaluates a pack on a log.
pub fn evaluate(args: &Args) -> Result<(), Failure> {
    let packs = packs(&args.packs)?;
    let other = Engine::new(files::pack(&args.other)?);
    let mut told = Told::default();
    relive(&args.log, &packs, |entry, life, ask| {
        told.hear(&life.signals);
        let ask = ask?;
        told.ask(&other, entry, life, ask);
        let decision = life.session.ask(life.engine, ask.placement, ask.at);
        told.decided(life.engine, &decision);
        Some(decision)
    })?;
    let outcome = told.outcome(&other.catalog);
    let text = if args.json { format!("{outcome}\n") } else { readable(&outcome) };
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// What one policy may do: an offer, or silence, and how likely.
type Chances = BTreeMap<Option<Key>, f64>;

/// One ask of the log.
#[derive(Default)]
struct Asked {
    person: usize,
    /// What was done.
    done: Option<Key>,
    /// How likely that was.
    propensity: f64,
    /// What the other policy would do.
    other: Chances,
    /// What it believes to be useful.
    belief: BTreeMap<Key, f64>,
    /// What the interruption cost, or would have.
    cost: f64,
    /// Was it useful?
    useful: bool,
    /// Offers that the other policy would show and the log could not.
    missing: BTreeMap<Key, f64>,
    /// The chance that it would be silent where the log could not.
    silence: f64,
}

/// What the log tells.
#[derive(Default)]
struct Told {
    asks: Vec<Asked>,
    people: BTreeMap<String, usize>,
    /// The place of each decision that showed something.
    shown: BTreeMap<Key, usize>,
}

impl Told {
    fn hear(&mut self, signals: &[Signal]) {
        for signal in signals {
            let Fact::Reply { decision, reply, .. } = signal.fact else { continue };
            let asked = self.shown.get(&decision).and_then(|place| self.asks.get_mut(*place));
            asked.into_iter().for_each(|asked| asked.useful |= is_useful(reply));
        }
    }

    /// Notes what the other pack would do.
    fn ask(&mut self, other: &Engine, entry: &Entry, life: &Life, ask: Ask) {
        let people = self.people.len();
        let person = *self.people.entry(entry.shopper.clone().unwrap_or_default()).or_insert(people);
        let ready = made_ready(other, entry, life, ask);
        let belief = ready.iter().flat_map(|ready| &ready.ranked);
        let belief = belief.map(|ranked| (ranked.priced.subject.offer, share(ranked.usefulness))).collect();
        self.asks.push(Asked { person, other: chances(ready.as_ref()), belief, ..Asked::default() });
    }

    /// Notes what was done.
    fn decided(&mut self, engine: &Engine, decision: &tactful::decide::Decision) {
        let place = self.asks.len().saturating_sub(1);
        let Some(asked) = self.asks.last_mut() else { return };
        let logged = chances(Some(&decision.ready));
        if let Outcome::Show(show) = &decision.outcome {
            asked.done = engine.catalog.offer(show.offer).map(|offer| offer.key);
            self.shown.insert(decision.id, place);
        }
        asked.propensity = logged.get(&asked.done).copied().unwrap_or(1.0);
        asked.cost = share(decision.ready.cost);
        let never = || asked.other.iter().filter(|(done, _)| !logged.contains_key(*done));
        asked.missing = never().filter_map(|(done, chance)| Some(((*done)?, *chance))).collect();
        asked.silence = never().filter(|(done, _)| done.is_none()).map(|(_, chance)| *chance).sum();
    }

    fn outcome(&self, catalog: &Catalog) -> Value {
        let useful = Sample::new(&self.rewards(false));
        let value = Sample::new(&self.rewards(true));
        let asks: f64 = self.asks.iter().map(|_| 1.0).sum();
        let mut missing: BTreeMap<Key, f64> = BTreeMap::new();
        for (offer, chance) in self.asks.iter().flat_map(|asked| &asked.missing) {
            *missing.entry(*offer).or_default() += chance / asks;
        }
        let missed: f64 = missing.values().sum();
        let mut missing: Vec<_> = missing.into_iter().collect();
        missing.sort_by(|left, right| right.1.total_cmp(&left.1));
        let named =
            missing.iter().take(5).map(|(offer, share)| json!({"offer": named(catalog, *offer), "share": share}));
        let ips = useful.estimate(Estimator::Ips).value;
        let doubts = value.doubts(missed);
        json!({
            "asks": self.asks.len(),
            "people": value.people(),
            "shown": self.shown.len(),
            "useful_messages": self.asks.iter().filter(|asked| asked.useful).count(),
            "effective_asks": value.effective(),
            "missing": {"share": missed, "most": named.collect::<Vec<_>>(), "useful_from": ips, "useful_to": ips + missed},
            "useful": estimates(&useful),
            "value": estimates(&value),
            "verdict": match doubts.as_slice() {
                [] if value.gains() => "better",
                [] => "worse",
                _ => "unknown",
            },
            "doubts": doubts.iter().map(|doubt| json!({"what": doubt.name(), "sentence": doubt.to_string()})).collect::<Vec<_>>(),
        })
    }

    /// Returns every ask with what was earned; `less_cost` takes off what the interruption cost.
    fn rewards(&self, less_cost: bool) -> Vec<estimate::Ask> {
        let replies = Replies::of(&self.asks);
        let ask = |asked: &Asked| {
            let cost = if less_cost { asked.cost } else { 0.0 };
            let worth = |done: &Option<Key>| done.map_or(0.0, |offer| replies.expected(asked, offer) - cost);
            let earned = if asked.useful { 1.0 } else { 0.0 };
            estimate::Ask {
                person: asked.person,
                useful: asked.useful,
                reward: asked.done.map_or(0.0, |_| earned - cost),
                propensity: asked.propensity,
                chance: asked.other.get(&asked.done).copied().unwrap_or(0.0),
                expected: worth(&asked.done),
                known: asked.silence,
                direct: asked.other.iter().map(|(done, chance)| chance * worth(done)).sum(),
            }
        };
        self.asks.iter().map(ask).collect()
    }
}

/// Impressions and useful ones of each offer, of all and of each person.
#[derive(Default)]
struct Replies {
    all: BTreeMap<Key, (f64, f64)>,
    own: BTreeMap<(usize, Key), (f64, f64)>,
}

impl Replies {
    fn of(asks: &[Asked]) -> Self {
        let mut replies = Self::default();
        for (asked, offer) in asks.iter().filter_map(|asked| Some((asked, asked.done?))) {
            for (shown, useful) in
                [replies.all.entry(offer).or_default(), replies.own.entry((asked.person, offer)).or_default()]
            {
                *shown += 1.0;
                *useful += if asked.useful { 1.0 } else { 0.0 };
            }
        }
        replies
    }

    /// Returns how useful an offer is expected to be, from the replies of all other people and from what is believed: a reply
    /// must not be part of the expectation that it is compared with.
    fn expected(&self, asked: &Asked, offer: Key) -> f64 {
        let (shown, useful) = self.all.get(&offer).copied().unwrap_or_default();
        let (own_shown, own_useful) = self.own.get(&(asked.person, offer)).copied().unwrap_or_default();
        let belief = asked.belief.get(&offer).copied().unwrap_or(0.0);
        (useful - own_useful + BELIEF * belief) / (shown - own_shown + BELIEF)
    }
}

/// Finds out what may be said with another pack; `None` where it has no such placement.
fn made_ready(other: &Engine, entry: &Entry, life: &Life, Ask { at, .. }: Ask) -> Option<Ready> {
    let catalog = &other.catalog;
    let placement = catalog.placement_by_id(entry.placement.as_deref()?)?;
    let profile = state::carry(&life.engine.catalog, catalog, life.session.profile(), at);
    Some(Ready::of((catalog, &other.index), &profile, placement, at))
}

fn chances(ready: Option<&Ready>) -> Chances {
    let offers = ready.into_iter().flat_map(|ready| ready.chances());
    let mut chances: Chances =
        offers.map(|(ranked, chance)| (Some(ranked.priced.subject.offer), share(chance))).collect();
    let silence = 1.0 - chances.values().sum::<f64>();
    if silence > 1e-9 {
        chances.insert(None, silence);
    }
    chances
}

fn share(part: Ppm) -> f64 {
    f64::from(part.parts()) / 1e6
}

/// Was a message worth its interruption?
const fn is_useful(reply: Reply) -> bool {
    matches!(reply, Reply::Saved | Reply::Claimed | Reply::Redeemed | Reply::Useful)
}

fn named(catalog: &Catalog, key: Key) -> &str {
    catalog.offers().find(|(_, offer)| offer.key == key).map_or("", |(_, offer)| catalog.text(offer.id))
}

fn estimates(sample: &Sample) -> Value {
    let view = |estimate: Estimate| {
        let Estimate { value, bootstrap, normal } = estimate;
        json!({"value": value, "bootstrap": bootstrap, "normal": normal})
    };
    let of = |(estimator, name): (Estimator, &str)| {
        let mut fields = view(sample.estimate(estimator));
        if estimator != Estimator::Logged
            && let Some(fields) = fields.as_object_mut()
        {
            fields.insert("gain".into(), view(sample.gain(estimator)));
        }
        (name.to_owned(), fields)
    };
    Value::Object(Estimator::ALL.into_iter().map(of).collect())
}

/// Returns the outcome as lines for people.
fn readable(outcome: &Value) -> String {
    let number = |path: &str| outcome.pointer(path).and_then(Value::as_f64).unwrap_or(0.0);
    let whole = |path: &str| outcome.pointer(path).and_then(Value::as_u64).unwrap_or(0);
    let mut text = format!(
        "{} of {}, {} shown, {} of them useful; as much as {:.0} asks of the other pack itself\n\nper 1,000 asks{:>27}{:>32}\n",
        count(whole("/asks"), "ask"),
        count(whole("/people"), "shopper"),
        whole("/shown"),
        whole("/useful_messages"),
        number("/effective_asks"),
        "useful",
        "value (useful less cost)",
    );
    let rows = [
        ("the log", "logged"),
        ("inverse propensity", "ips"),
        ("self-normalised", "snips"),
        ("direct", "direct"),
        ("doubly robust", "doubly_robust"),
    ];
    for (title, name) in rows {
        let cell = |of: &str| {
            let at = |end: &str| format!("{:.1}", 1_000.0 * number(&format!("/{of}/{name}/{end}")));
            format!("{:>9} [{:>7}, {:>7}]", at("value"), at("bootstrap/0"), at("bootstrap/1"))
        };
        text += &format!("  {title:20}{}{:>5}{}\n", cell("useful"), "", cell("value"));
    }
    text += &format!(
        "intervals: 95 %, {RESAMPLES} logs drawn from the shoppers of this one; `--json` has normal ones too\n\n"
    );
    text + &missing(outcome) + &verdict(outcome)
}

/// Says what the log cannot judge.
fn missing(outcome: &Value) -> String {
    let number = |path: &str| outcome.pointer(path).and_then(Value::as_f64).unwrap_or(0.0);
    let share = number("/missing/share");
    if share == 0.0 {
        return "everything that the other pack would show the log could show too\n".into();
    }
    let most = outcome.pointer("/missing/most").and_then(Value::as_array).into_iter().flatten();
    let most = most.map(|one| {
        let share = one.get("share").and_then(Value::as_f64).unwrap_or(0.0);
        let offer = one.get("offer").and_then(Value::as_str).unwrap_or_default();
        format!("`{offer}` {:.1} %", 100.0 * share)
    });
    let most = most.collect::<Vec<_>>().join(", ");
    format!(
        "warning: in {:.1} % of the asks the other pack would show what the log never could ({most}); nobody knows what that is \
         worth.\n         All estimates leave it out or guess it: useful messages per 1,000 asks are between {:.1} and {:.1}\n",
        100.0 * share,
        1_000.0 * number("/missing/useful_from"),
        1_000.0 * number("/missing/useful_to"),
    )
}

fn verdict(outcome: &Value) -> String {
    let doubts = outcome.get("doubts").and_then(Value::as_array).into_iter().flatten();
    let doubts = doubts.filter_map(|doubt| doubt.get("sentence")?.as_str()).collect::<Vec<_>>().join(", and ");
    match outcome.get("verdict").and_then(Value::as_str) {
        Some("better") => "the other pack is worth more to these shoppers\n".into(),
        Some("worse") => "the other pack is worth less to these shoppers\n".into(),
        _ => format!("whether the other pack is better or worse, this log cannot tell: {doubts}\n"),
    }
}
