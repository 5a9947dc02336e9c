//! What speaks for an offer in a moment: as numbers that [`taste`](super::taste) weighs, and as the few bytes that an
//! impression is remembered by, so that learning needs neither the moment nor the offer any more.

use alloc::vec;
use alloc::vec::Vec;

use super::chance::{Belief, logit, sigmoid};
use super::reason::Reason;
use super::taste::{Aging, Before, Lean, Seen, Taste};
use crate::cadence::within;
use crate::catalog::Prior;
use crate::moment::from_ppm;
use crate::profile::{Grounds, Impression, Profile};
use crate::signal::Reply;
use crate::value::{Key, Local, Now, Span};

/// How many clues are weighed: the person, each reason, and how often the offer was shown of late.
pub const CLUES: usize = 13;

const PERSON: usize = 0;
const AGAIN: usize = CLUES - 1;
/// How long an impression wears an offer out.
const OF_LATE: Span = Span::days(14);

/// What ships: a reason counts as strongly as [`Reason::strength`] says, for two of three people half as much to one and
/// a half times as much; some people find everything more useful than others do; and what was shown of late is a little
/// less so. Assumptions, to be learned from replies.
pub const BEFORE: Before<CLUES> = Before {
    mean: [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -0.1],
    sd: [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2],
};

/// Least and largest standard deviation of an offer, log-odds: surer is nobody, and wider is no Gaussian.
const SURE: f64 = 0.1;
const UNSURE: f64 = 1.2;
/// The same for an offer of which only sums are remembered. Source: the shared yardstick "learning".
const USUAL: u8 = 70;
/// No answer within [`Aging::LAST`] counts as half a refusal, as a dismissal does.
const IGNORED: f64 = 0.5;

/// Returns on what grounds an offer would be shown; `shown` are its impressions.
///
/// The mean of the catalog's prior is that over all people and over how sure it is, so the log-odds in the middle lie
/// farther out than its own (MacKay, "The Evidence Framework Applied to Classification Networks", 1992, equation 10).
pub fn grounds(prior: Prior, because: &[Reason], shown: &[Impression], now: &Now) -> Grounds {
    let mean = from_ppm(prior.mean).clamp(0.001, 0.999);
    let sd = 1.0 / libm::sqrt(f64::from(prior.weight.max(1)) * mean * (1.0 - mean));
    let sd = sd.clamp(SURE, UNSURE);
    let person = BEFORE.sd.get(PERSON).copied().unwrap_or_default();
    let apart = libm::sqrt(1.0 + core::f64::consts::PI / 8.0 * (sd * sd + person * person));
    let mut clues = [(0, 0); Grounds::CLUES];
    clues.iter_mut().zip(because).for_each(|(clue, reason)| *clue = (place(*reason), thousandths(reason.strength())));
    let again = within(shown, OF_LATE, now).fold(0_u8, |again, _| again.saturating_add(1));
    Grounds { odds: thousandths(apart * logit(mean)), sd: hundredths(sd), clues, again, helped: false }
}

/// The place of a reason among the clues.
const fn place(reason: Reason) -> u8 {
    match reason {
        Reason::Care => 1,
        Reason::Scanned(_) => 2,
        Reason::Memory(..) => 3,
        Reason::Searched(_) => 4,
        Reason::NeedDue(..) => 5,
        Reason::Saves => 6,
        Reason::InBasket(_) => 7,
        Reason::Viewed(_) => 8,
        Reason::InStore(_) => 9,
        Reason::General => 10,
        Reason::Bought(..) => 11,
    }
}

/// Returns the clues as numbers, log-odds where they weigh 1.
fn numbers(grounds: &Grounds) -> [f64; CLUES] {
    let mut numbers = [0.0; CLUES];
    let clues = grounds.clues.iter().map(|(place, strength)| (usize::from(*place), f64::from(*strength) / 1_000.0));
    let again = (AGAIN, libm::log(1.0 + f64::from(grounds.again)));
    for (place, number) in clues.filter(|(_, strength)| *strength != 0.0).chain([(PERSON, 1.0), again]) {
        numbers.iter_mut().skip(place).take(1).for_each(|known| *known = number);
    }
    numbers
}

/// What the replies have taught, on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    day: i32,
    taste: Taste<CLUES>,
    /// Offers of which anything is known, sorted.
    offers: Vec<Key>,
}

impl Learned {
    /// Learns from all impressions that are remembered, as old as they are on this day.
    ///
    /// Cost: that of [`Taste::learn`], and a search for each impression.
    pub fn new(profile: &Profile, local: Local) -> Self {
        let mut offers: Vec<Key> =
            profile.standings.iter().filter(|(_, old)| old.expected > 0).map(|(key, _)| *key).collect();
        for shown in &profile.impressions {
            if let Err(place) = offers.binary_search(&shown.offer) {
                offers.insert(place, shown.offer);
            }
        }
        let mut sds = vec![USUAL; offers.len()];
        let seen = profile.impressions.iter().filter_map(|shown| {
            let offer = offers.binary_search(&shown.offer).ok()?;
            sds.iter_mut().skip(offer).take(1).for_each(|sd| *sd = shown.grounds.sd.max(1));
            Some(seen(shown, offer, local.day))
        });
        let seen: Vec<_> = seen.collect();
        let lean = |(key, sd): (&Key, &u8)| {
            let old = profile.standing(*key);
            let [useful, expected] = [old.useful, old.expected].map(|old| f64::from(old) / 1_000.0);
            Lean::new(f64::from(*sd) / 100.0, useful, expected)
        };
        let leans = offers.iter().zip(&sds).map(lean).collect();
        Self { day: local.day, taste: Taste::learn(&BEFORE, leans, &seen), offers }
    }

    /// Tells whether `local` is on the day for which this was learned.
    pub const fn is(&self, local: Local) -> bool {
        self.day == local.day
    }

    /// Returns what is believed of an offer on these grounds.
    pub fn belief(&self, offer: Key, grounds: &Grounds) -> Belief {
        let known = self.offers.binary_search(&offer).ok();
        let (odds, sd) = (f64::from(grounds.odds) / 1_000.0, f64::from(grounds.sd) / 100.0);
        self.taste.belief(known, sd, odds, &numbers(grounds))
    }
}

/// An impression as learning reads it on a day.
fn seen(shown: &Impression, offer: usize, day: i32) -> Seen<CLUES> {
    let at = i32::try_from(shown.at.ms().div_euclid(Span::days(1).ms())).unwrap_or(i32::MAX);
    let days = f64::from(day.saturating_sub(at).max(0));
    let (useful, useless) = said(shown);
    let told = if shown.reply.is_some() { 1.0 } else { Aging::SHIPPED.told(days) };
    let kept = Aging::SHIPPED.kept(days);
    let odds = f64::from(shown.grounds.odds) / 1_000.0;
    Seen { offer, odds, clues: numbers(&shown.grounds), useful: kept * useful, useless: kept * useless, told }
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
/// before anything was learned. Older sums fade by a quarter each time.
pub fn condense(profile: &mut Profile, forgotten: &[Impression]) {
    if forgotten.is_empty() {
        return;
    }
    for (_, old) in &mut profile.standings {
        (old.useful, old.expected) = (old.useful / 4 * 3, old.expected / 4 * 3);
    }
    for shown in forgotten {
        let (useful, useless) = said(shown);
        let clues = numbers(&shown.grounds).iter().zip(&BEFORE.mean).fold(0.0, |sum, (clue, mean)| sum + clue * mean);
        let expected = sigmoid(f64::from(shown.grounds.odds) / 1_000.0 + clues) * (useful + useless);
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
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and log-odds beyond 32 mean the same")]
    let whole = libm::round(number * 1_000.0) as i16;
    whole
}
