//! What speaks for an offer in a moment: as numbers that [`taste`](super::taste) weighs, and as the few bytes that an
//! impression is remembered by, so that learning needs neither the moment nor the offer any more.

use alloc::vec::Vec;

use super::Usefulness;
use super::chance::{Belief, logit, sigmoid};
use super::reason::Reason;
use super::taste::{Aging, Before, Clue, Deviation, Lean, Seen, Taste, dot};
use crate::cadence::within;
use crate::catalog::{Prior, UsefulnessPrior};
use crate::moment::{from_ppm, rounded, sqrt};
use crate::profile::{Grounds, Impression, Profile, Standing};
use crate::signal::Reply;
use crate::value::{Key, Now, Span, Timestamp, order};

const CLUES: usize = UsefulnessPrior::CLUES;
const AGAIN: usize = CLUES - 1;
/// How long an impression wears an offer out.
const OF_LATE: Span = Span::days(14);

/// Returns what is believed of the weights before anything is known of a person, log-odds.
pub fn before(prior: &UsefulnessPrior) -> Before<CLUES> {
    let [mean, sd] = [prior.means, prior.spreads].map(|table| table.map(|number| f64::from(number) / 1_000.0));
    Before { mean, sd }
}

/// Least and largest standard deviation of an offer, log-odds: surer is nobody, and wider is no Gaussian.
const SURE: f64 = 0.1;
const UNSURE: f64 = 1.2;
/// No answer within [`Aging::LAST`] counts as half a refusal, as a dismissal does.
const IGNORED: f64 = 0.5;

/// What was found of the offer before: many have the same prior, and of many nothing is remembered that are shown on the same
/// grounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Last {
    prior: Option<(Prior, (i16, u8))>,
    usefulness: Option<(Alike, Usefulness)>,
}

/// Returns on what grounds an offer would be shown; `shown` are its impressions.
pub fn grounds(
    people: &UsefulnessPrior,
    prior: Prior,
    (because, shown): (&[Reason], &[Impression]),
    now: &Now,
    last: &mut Last,
) -> Grounds {
    let known = last.prior.filter(|(known, _)| *known == prior);
    let (_, (odds, sd)) = *last.prior.insert(known.unwrap_or_else(|| (prior, believed(people, prior))));
    let mut clues = [(0, 0); Grounds::CLUES];
    clues.iter_mut().zip(because).for_each(|(clue, reason)| *clue = (place(*reason), thousandths(reason.strength())));
    let again = within(shown, OF_LATE, now).fold(0_u8, |again, _| again.saturating_add(1));
    Grounds { odds, sd, clues, again, helped: false }
}

/// Returns what the catalog believes of an offer, as [`Grounds`] have it: log-odds, and how sure it is.
///
/// The mean of the catalog's prior is that over all people and over how sure it is, so the log-odds in the middle lie
/// farther out than its own (MacKay, "The Evidence Framework Applied to Classification Networks", 1992, equation 10).
fn believed(people: &UsefulnessPrior, prior: Prior) -> (i16, u8) {
    let mean = from_ppm(prior.mean).clamp(0.001, 0.999);
    let sd = 1.0 / sqrt(f64::from(prior.weight.max(1)) * mean * (1.0 - mean));
    let sd = sd.clamp(SURE, UNSURE);
    let [person, ..] = people.spreads;
    let person = f64::from(person) / 1_000.0;
    let apart = sqrt(1.0 + core::f64::consts::PI / 8.0 * (sd * sd + person * person));
    (thousandths(apart * logit(mean)), hundredths(sd))
}

/// The place of a reason among the clues.
const fn place(reason: Reason) -> u8 {
    match reason {
        // NOTE: nobody has measured yet how useful an answer, a recall and a lower price are: they count as help, and as
        // something searched for.
        Reason::Care | Reason::Asked(_) | Reason::Recalled(_) => 1,
        Reason::Scanned(_) => 2,
        Reason::Memory(..) => 3,
        Reason::Searched(_) | Reason::PriceFell(_) => 4,
        Reason::NeedDue(..) => 5,
        Reason::Saves => 6,
        Reason::InBasket(_) => 7,
        Reason::Viewed(_) => 8,
        Reason::InStore(_) => 9,
        Reason::General => 10,
        Reason::Bought(..) => 11,
    }
}

/// How many clues an impression has at most, beside the person.
const MOST: usize = Grounds::CLUES + 1;

/// Returns the clues as numbers, log-odds where they weigh 1.
fn numbers(grounds: &Grounds) -> [Clue; MOST] {
    let [one, other] = grounds.clues.map(|(place, strength)| (usize::from(place), f64::from(strength) / 1_000.0));
    let again = (AGAIN, if grounds.again > 0 { libm::log(1.0 + f64::from(grounds.again)) } else { 0.0 });
    if one.0 < other.0 { [one, other, again] } else { [other, one, again] }
}

/// What a person's impressions say.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Offers of which anything is remembered, sorted.
    offers: Vec<Key>,
    /// What is believed of each before.
    pub leans: Vec<Lean<CLUES>>,
    /// And what their impressions say.
    pub seen: Vec<Seen<MOST>>,
}

/// Returns what a person's impressions say on the day of `now`.
#[inline(never)]
pub fn evidence(profile: &Profile, now: &Now) -> Evidence {
    let (mut offers, mut leans, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for Row { offer, grounds, useful, useless, told, .. } in rows(profile, today(now)) {
        if offers.last() != Some(&offer) {
            offers.push(offer);
            leans.push(Lean::new(deviation(&profile.standing(offer), grounds)));
        }
        let (odds, clues) = (f64::from(grounds.odds) / 1_000.0, numbers(grounds));
        seen.push(Seen { offer: offers.len() - 1, odds, clues, useful, useless, told });
    }
    Evidence { offers, leans, seen }
}

/// What the replies have taught, on one day (UTC).
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    day: i64,
    taste: Taste<CLUES>,
    /// Offers of which anything is known, sorted.
    offers: Vec<Key>,
}

impl Learned {
    /// Learns from all impressions that are remembered, as old as they are on this day. Those of the day itself say nothing
    /// before they have an answer.
    ///
    /// Cost: that of [`Taste::learn`], and a search for each impression.
    pub fn new(people: &UsefulnessPrior, profile: &Profile, now: &Now) -> Self {
        let Evidence { offers, leans, seen } = evidence(profile, now);
        Self { day: today(now), taste: Taste::learn(&before(people), leans, &seen), offers }
    }

    /// Tells whether this was learned for the day of `now`.
    pub fn is(&self, now: &Now) -> bool {
        self.day == today(now)
    }

    /// Returns what is believed of an offer on these grounds; `standing` is what was said about it.
    pub fn belief(&self, (offer, standing): (Key, &Standing), grounds: &Grounds) -> Belief {
        self.expected(self.offers.binary_search(&offer).ok(), standing, grounds)
    }

    fn expected(&self, known: Option<usize>, standing: &Standing, grounds: &Grounds) -> Belief {
        let odds = f64::from(grounds.odds) / 1_000.0;
        self.taste.belief(known, deviation(standing, grounds), odds, &numbers(grounds))
    }

    /// Returns how useful an offer is expected to be on these grounds.
    pub fn usefulness(&self, (offer, standing): (Key, &Standing), grounds: &Grounds, last: &mut Last) -> Usefulness {
        let known = self.offers.binary_search(&offer).ok();
        let Standing { useful, expected, .. } = *standing;
        let alike = Alike(known, [useful, expected, grounds.sd.into(), grounds.again.into()], bits(grounds));
        let found = last.usefulness.filter(|(before, _)| *before == alike);
        let found = found.unwrap_or_else(|| (alike, Usefulness::of(self.expected(known, standing, grounds))));
        last.usefulness.insert(found).1
    }
}

/// What a belief depends on: the place of the offer among those of which anything is known, what else is remembered of it,
/// and the grounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Alike(Option<usize>, [u16; 4], u64);

/// The day that it is; what is learned changes with it.
fn today(now: &Now) -> i64 {
    let day = day_of(now.at());
    now.changes_at(Timestamp::from_ms((day + 1) * Span::days(1).ms()));
    day
}

/// Days since 1970-01-01, UTC.
const fn day_of(at: Timestamp) -> i64 {
    at.ms().div_euclid(Span::days(1).ms())
}

/// What is believed of an offer's deviation before any remembered impression.
fn deviation(standing: &Standing, grounds: &Grounds) -> Deviation {
    let [useful, expected] = [standing.useful, standing.expected].map(|old| f64::from(old) / 1_000.0);
    Deviation::new(f64::from(grounds.sd) / 100.0, useful, expected)
}

/// Impressions that learning cannot tell apart: of one offer, on the same grounds, and waiting for an answer since one day
/// or not any more.
#[derive(Clone, Copy)]
struct Row<'a> {
    offer: Key,
    grounds: &'a Grounds,
    /// The grounds as one number, days that it has been waiting, and how often the offer had been shown.
    kind: (u64, i32, u8),
    useful: f64,
    useless: f64,
    told: f64,
}

/// Returns what the impressions say on a day, by their offers. Cost: one search for each impression, and one look at
/// the rows of its offer.
#[inline(never)]
fn rows(profile: &Profile, day: i64) -> Vec<Row<'_>> {
    let (mut all, mut days, mut late, mut kept) = (Vec::new(), 0, 0.0, 1.0);
    for shown in &profile.impressions {
        let age = i32::try_from(day - day_of(shown.at)).unwrap_or_default().max(0);
        if age != days {
            (days, late, kept) = (age, Aging::SHIPPED.told(age.into()), Aging::SHIPPED.kept(age.into()));
        }
        let told = if shown.reply.is_some() { 1.0 } else { late };
        let ((useful, useless), Impression { offer, grounds, .. }) = (said(shown), shown);
        let kind = (bits(grounds), if told < 1.0 { age } else { 0 }, grounds.again);
        // NOTE: of what was shown elsewhere, nobody knows on what grounds.
        if useful + useless * told > 0.0 && grounds.sd > 0 {
            all.push(Row { offer: *offer, grounds, kind, useful: kept * useful, useless: kept * useless, told });
        }
    }
    let mut rows: Vec<Row> = Vec::with_capacity(all.len());
    for row in order::least(all.iter(), all.len(), |row| row.offer.0) {
        let mut known = rows.iter_mut().rev().take_while(|known| known.offer == row.offer);
        match known.find(|known| known.kind == row.kind) {
            Some(known) => (known.useful, known.useless) = (known.useful + row.useful, known.useless + row.useless),
            None => rows.push(*row),
        }
    }
    rows
}

/// Returns the odds and the clues as one number.
fn bits(Grounds { odds, clues: [(one, strong), (other, weak)], .. }: &Grounds) -> u64 {
    let [[a, b], [c, d], [e, f]] = [odds, strong, weak].map(|number| number.to_le_bytes());
    u64::from_le_bytes([a, b, c, d, e, f, *one, *other])
}

/// Returns how much a reply says for and against usefulness, in full replies.
const fn said(shown: &Impression) -> (f64, f64) {
    match shown.reply {
        Some(Reply::Redeemed | Reply::Useful) => (1.0, 0.0),
        Some(Reply::Claimed | Reply::Saved) => (0.8, 0.0),
        Some(Reply::Opened | Reply::Later | Reply::Dismissed) if shown.grounds.helped => (0.8, 0.0),
        Some(Reply::Opened) => (0.3, 0.0),
        Some(Reply::Later) => (0.0, 0.0),
        Some(Reply::Dismissed) => (0.0, 0.5),
        Some(Reply::LessLikeThis) => (0.0, 2.0),
        Some(Reply::NeverAgain | Reply::NotUseful) => (0.0, 1.0),
        None => (0.0, IGNORED),
    }
}

/// Remembers impressions that are forgotten one by one as sums: how many replies were useful, and how many were expected
/// before anything was learned. For each, older sums fade by a 128th.
pub fn condense(people: &UsefulnessPrior, profile: &mut Profile, forgotten: &[Impression]) {
    if forgotten.is_empty() {
        return;
    }
    for (_, old) in &mut profile.standings {
        let fade = |sum: u16| sum - u16::try_from(usize::from(sum) * forgotten.len() / 128).unwrap_or(sum).min(sum);
        (old.useful, old.expected) = (fade(old.useful), fade(old.expected));
    }
    for shown in forgotten.iter().filter(|shown| shown.grounds.sd > 0) {
        let (useful, useless) = said(shown);
        let odds = f64::from(shown.grounds.odds) / 1_000.0 + dot(&before(people).mean, &numbers(&shown.grounds));
        let expected = sigmoid(odds) * (useful + useless);
        let mut old = profile.standing(shown.offer);
        old.useful = old.useful.saturating_add(thousandths(useful).unsigned_abs());
        old.expected = old.expected.saturating_add(thousandths(expected).unsigned_abs());
        profile.set_standing(shown.offer, old);
    }
}

fn hundredths(number: f64) -> u8 {
    u8::try_from(thousandths(number / 10.0)).unwrap_or(u8::MAX)
}

fn thousandths(number: f64) -> i16 {
    // NOTE: log-odds beyond 32 mean the same.
    i16::try_from(rounded(number * 1_000.0).clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or(0)
}
