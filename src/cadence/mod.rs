//! May we speak to this person now (permission), and may this offer be shown (exclusion)?
//!
//! Counts impressions in rolling windows `(now - window, now]`. One logged later than `now` (a clock set back) counts
//! too, so a wrong clock can only make us quieter.

use alloc::vec::Vec;

use crate::catalog::{Cap, Catalog, Counted, Fatigue, Kind, Offer, Pacing, PlacementIx};
use crate::profile::{Budgets, Impression, Profile, Standing};
use crate::signal::{Dial, Reply};
use crate::value::{Key, Local, Now, Ppm, Seed, Span, Timestamp};

/// Why nothing at all may be shown now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The shopper turned the dial to never.
    DialNever,
    /// The person is typing, paying, listening, watching something on the whole screen, or not looking.
    Busy,
    /// They ride, perhaps at the wheel.
    Riding {
        /// When they count as alighted, if they do not go on.
        until: Timestamp,
    },
    /// It is night, or another quiet hour.
    QuietHours {
        /// When they end.
        until: Timestamp,
    },
    /// Something was shown just now.
    Resting {
        /// When the gap ends.
        until: Timestamp,
    },
    /// The global caps are used up.
    CapReached {
        /// When the oldest counted impression leaves the window.
        until: Timestamp,
    },
    /// Memory was lost: caps might have been reached.
    UnknownHistory {
        /// When they could no longer be.
        until: Timestamp,
    },
    /// This device is held on purpose, to measure what silence costs.
    Holdout {
        /// When the day is over, where it is only held for that.
        until: Option<Timestamp>,
    },
    /// The catalog's time is over.
    Expired,
}

/// Why one offer is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// It does not run now.
    Schedule {
        /// When it begins, unless it is over.
        until: Option<Timestamp>,
    },
    /// A cap of its own, of its kind or of its group is used up.
    Cap {
        /// When the oldest counted impression leaves the window.
        until: Timestamp,
    },
    /// They are tired of its group.
    Tired {
        /// When they have recovered so far that they bear another message.
        until: Timestamp,
    },
    /// This device has its turn later.
    Pacing {
        /// When, as far as is known now; by the budget, also when a new day of the turns begins.
        until: Timestamp,
    },
    /// By the last news nothing is left of its budget.
    Exhausted,
    /// It was dismissed.
    CoolingOff {
        /// When it has rested.
        until: Timestamp,
    },
    /// The shopper asked for it later.
    Later {
        /// When.
        until: Timestamp,
    },
    /// The shopper never wants it again.
    NeverAgain,
    /// It has done what it was for, and runs once.
    Converted,
    /// A care case is open: help first.
    CareFirst,
    /// A care case was closed not long ago: no coupon unasked.
    Careful {
        /// When that is long enough ago.
        until: Timestamp,
    },
    /// Memories need consent to remember.
    Consent,
    /// It is about something that must not be brought up.
    Sensitive,
    /// There is nothing to remind of.
    NoMemory,
    /// A reminder was shown not long ago.
    ReminderGap {
        /// When the next may come.
        until: Timestamp,
    },
    /// It is about goods for adults, and the age is not known.
    Age,
}

/// Returns why nothing may be shown now, or `None` when we may speak.
///
/// Cost: one pass over the impressions per global cap.
pub fn permission(catalog: &Catalog, profile: &Profile, local: Local, now: &Now) -> Option<Silence> {
    if now.has_reached(catalog.not_after) {
        return Some(Silence::Expired);
    }
    if profile.dial == Dial::Never {
        return Some(Silence::DialNever);
    }
    if profile.attention.is_busy() {
        return Some(Silence::Busy);
    }
    unknown_history(catalog, profile, now)
        .or_else(|| riding(profile, now))
        .or_else(|| quiet(catalog, profile, local, now))
        .or_else(|| resting(catalog, profile, now))
        .or_else(|| global_cap(catalog, profile, now))
        .or_else(|| holdout(catalog, profile, local, now))
}

impl Silence {
    /// Tells whether it holds for a recall, too: nobody is warned while they pay or ride, nor by a catalog that is out of
    /// date. Every other silence is broken for one.
    pub const fn holds_for_recalls(self) -> bool {
        matches!(self, Self::Busy | Self::Riding { .. } | Self::Expired)
    }
}

/// Lost memory rests as if the shortest global window had just been filled; one day where there is no global cap.
fn unknown_history(catalog: &Catalog, profile: &Profile, now: &Now) -> Option<Silence> {
    let global = catalog.cadence.caps.iter().filter(|cap| cap.of == Counted::All).map(|cap| cap.window);
    let until = profile.unknown_since?.after(global.min().unwrap_or(Span::days(1)));
    (!now.has_reached(until)).then_some(Silence::UnknownHistory { until })
}

/// How long "just now" is for something asked.
pub const ASKED_LASTS: Span = Span::minutes(2);

/// Tells whether they asked for something just now, by a search or a scan. What was asked later than now, by a clock set back,
/// was not: that would make us louder.
#[inline(never)]
pub fn asked_just_now(profile: &Profile, now: &Now) -> bool {
    profile.session.asked.is_some_and(|at| now.has_reached(at) && !now.is_past(at.after(ASKED_LASTS)))
}

/// Who rode so shortly ago may do so still. The fixes tell it; a change of place alone is no ride. Assumption.
const RIDE_LASTS: Span = Span::minutes(3);

/// Who rides may be at the wheel, unless they ask for something: then they have a hand and an eye for it.
fn riding(profile: &Profile, now: &Now) -> Option<Silence> {
    let rode = Some(profile.belief.track.rode).filter(|rode| *rode != Timestamp::default())?;
    let until = rode.after(RIDE_LASTS);
    (!now.has_reached(until) && !asked_just_now(profile, now)).then_some(Silence::Riding { until })
}

/// Quiet hours go by the shopper's clock where it is told, else by the shop's.
fn quiet(catalog: &Catalog, profile: &Profile, local: Local, now: &Now) -> Option<Silence> {
    let (from, until) = catalog.cadence.quiet?;
    let told = profile.attention.utc_offset.map(|offset| Local::new(now.at(), offset));
    let next = |minute| told.map_or_else(|| catalog.next(now.at(), minute), |local| local.next(now.at(), minute));
    let is_quiet = is_quiet((from, until), told.unwrap_or(local));
    let flips = next(if is_quiet { until } else { from });
    now.changes_at(flips);
    is_quiet.then_some(Silence::QuietHours { until: flips })
}

/// Returns when the quiet hours end that `local` lies in, a time on the shop's clock; `None` outside of them.
pub fn quiet_hours(catalog: &Catalog, local: Local, now: Timestamp) -> Option<Timestamp> {
    let (from, until) = catalog.cadence.quiet?;
    is_quiet((from, until), local).then(|| catalog.next(now, until))
}

fn is_quiet((from, until): (u16, u16), local: Local) -> bool {
    if from <= until { (from..until).contains(&local.minute) } else { !(until..from).contains(&local.minute) }
}

/// While a case is open only help can be shown, and only help rests it: an offer of just now must not delay an answer.
fn resting(catalog: &Catalog, profile: &Profile, now: &Now) -> Option<Silence> {
    let gap = catalog.cadence.gap;
    let gap = if profile.dial == Dial::Rarely { Span::from_ms(gap.ms() * 2) } else { gap };
    let no_case = profile.open_case(now).is_none();
    let counts = |shown: &&Impression| no_case || shown.kind == Kind::Service;
    let until = profile.impressions.iter().rev().find(counts)?.at.after(gap);
    (!now.has_reached(until)).then_some(Silence::Resting { until })
}

fn global_cap(catalog: &Catalog, profile: &Profile, now: &Now) -> Option<Silence> {
    let caps = catalog.cadence.caps.iter().filter(|cap| cap.of == Counted::All);
    let free = caps.filter_map(|cap| free_at(profile, &profile.impressions, cap, now));
    free.max().map(|until| Silence::CapReached { until })
}

/// A stable share of devices, chosen by the first seed and the catalog's name, and of the days on the others.
fn holdout(catalog: &Catalog, profile: &Profile, local: Local, now: &Now) -> Option<Silence> {
    let device = profile.device.with(catalog.texts.key(catalog.name).0);
    if Seed(device.0).happens(catalog.holdout) {
        return Some(Silence::Holdout { until: None });
    }
    if catalog.holdout_days == Ppm::ZERO {
        return None;
    }
    let until = catalog.next(now.at(), 0);
    now.changes_at(until);
    let day = device.with(u64::from(local.day.cast_unsigned()));
    Seed(day.0).happens(catalog.holdout_days).then_some(Silence::Holdout { until: Some(until) })
}

/// Returns when they bear another message of a group, where they are tired of it.
///
/// A leaky bucket: each message adds [`Fatigue::recovery`], one that was refused twice that and a useful one nothing, and
/// it drains with time. It holds [`Fatigue::messages`] times as much. The same as the generic cell rate algorithm of ATM
/// traffic control (ITU-T I.371), except that replies count. Cost: one pass over the impressions.
fn tired(profile: &Profile, fatigue: &Fatigue, now: &Now) -> Option<Timestamp> {
    let (recovery, mut level, mut since) = (fatigue.recovery.ms(), 0_i64, Timestamp::default());
    let of_group = profile.impressions.iter().filter(|shown| shown.group == Some(fatigue.group));
    for shown in of_group {
        // NOTE: what was logged later than now, by a clock set back, has not drained at all.
        let at = shown.at.min(now.at()).max(since);
        let adds = match shown.reply {
            _ if shown.grounds.helped => 0,
            Some(reply) if reply.is_refusal() => 2,
            Some(Reply::Later) | None => 1,
            Some(_) => 0,
        };
        level = (level - at.since(since).ms()).max(0).saturating_add(recovery * adds);
        since = at;
    }
    let excess = level - recovery * i64::from(fatigue.messages - fatigue.messages.min(1));
    let until = since.after(Span::from_ms(excess.max(0)));
    (excess > 0 && !now.has_reached(until)).then_some(until)
}

/// Returns when `cap` next allows an impression, or `None` when it does so now; `shown` are those that might count, the
/// oldest first.
///
/// Counts impressions in `(now - window, now]`, and any logged later than `now`. The dial at "rarely" halves the cap.
/// Cost: those in the window.
pub fn free_at(profile: &Profile, shown: &[Impression], cap: &Cap, now: &Now) -> Option<Timestamp> {
    let most = if profile.dial == Dial::Rarely { (cap.impressions / 2).max(1) } else { cap.impressions };
    let mut counted =
        within(shown, cap.window, now).filter(|shown| cap.of.counts((shown.offer, shown.kind, shown.group)));
    // It is free again when of the newest that it allows the oldest leaves the window.
    let last = counted.nth(usize::from(most).checked_sub(1)?)?;
    Some(last.at.after(cap.window))
}

/// Returns the impressions in `(now - window, now]` and those logged later than `now`, the newest first; `shown` has the
/// oldest first.
pub fn within<'a>(shown: &'a [Impression], window: Span, now: &Now) -> impl Iterator<Item = &'a Impression> {
    shown.iter().rev().take_while(move |shown| !now.has_reached(shown.at.after(window)))
}

/// What the impressions say about all offers alike, found out once for a decision.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Shared caps that are used up, and until when.
    used_up: Vec<(Counted, Timestamp)>,
    /// Groups that they are tired of, and until when.
    tired: Vec<(Key, Timestamp)>,
    /// The day of the turns: its key, how far it is, and its length, minutes.
    day: (u64, u16, u16),
    /// When the next reminder may come, where that is later.
    reminders: Option<Timestamp>,
    /// A care case is open.
    help_first: bool,
    /// When coupons may come unasked again, where that is later.
    careful: Option<Timestamp>,
    /// A bit for each offer that was shown, by its key; some may share one.
    seen: [u64; 16],
}

/// What is remembered of one offer.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// What was said about it.
    pub standing: Standing,
    /// Its impressions, the oldest first.
    pub shown: Vec<Impression>,
}

impl Ledger {
    /// Sums the impressions up, for an offer in `placement`. Cost: one pass over them for each shared cap and each group that tires, and one.
    pub fn new(catalog: &Catalog, profile: &Profile, placement: PlacementIx, local: Local, now: &Now) -> Self {
        let shared = catalog.cadence.caps.iter().filter(|cap| cap.of != Counted::All);
        let until = |cap: &Cap| Some((cap.of, free_at(profile, &profile.impressions, cap, now)?));
        let reminder = profile.impressions.iter().rev().find(|shown| shown.kind == Kind::Reminder);
        let next = reminder.map(|shown| shown.at.after(catalog.cadence.reminder_gap));
        let mut seen = [0; 16];
        for (word, bit) in profile.impressions.iter().map(|shown| bit(shown.offer)) {
            seen.iter_mut().skip(word).take(1).for_each(|word| *word |= bit);
        }
        let reminders = next.filter(|next| !now.has_reached(*next));
        let help_first = profile.open_case(now).is_some();
        let tired = catalog.cadence.fatigue.iter().filter_map(|of| Some((of.group, tired(profile, of, now)?)));
        let (tired, day) = (tired.collect(), day(catalog, local));
        let careful = careful(catalog, profile, placement, now);
        Self { used_up: shared.filter_map(until).collect(), tired, day, reminders, help_first, careful, seen }
    }

    /// Returns what is remembered of `offer`. Cost: a search, and one pass over all impressions, unless none can be of it.
    pub fn past(&self, profile: &Profile, offer: &Offer) -> Past {
        let (word, bit) = bit(offer.key);
        let may_be = self.seen.get(word).is_some_and(|word| word & bit != 0);
        let all = if may_be { profile.impressions.as_slice() } else { &[] };
        let shown = all.iter().filter(|shown| shown.offer == offer.key).copied().collect();
        Past { standing: profile.standing(offer.key), shown }
    }
}

/// Returns when coupons may come unasked again, where a case was closed not long ago. They are asked for by a search or a
/// scan just now, or by opening a placement that is there for them.
fn careful(catalog: &Catalog, profile: &Profile, placement: PlacementIx, now: &Now) -> Option<Timestamp> {
    let until = profile.last_closed(now)?.after(catalog.cadence.careful);
    let asked = || asked_just_now(profile, now) || catalog.placement(placement).is_some_and(|place| place.on_request);
    (!now.has_reached(until) && !asked()).then_some(until)
}

/// How long a recall waits where nobody has said that they saw it: a card that was closed unread warns nobody.
const RECALLED_AGAIN: Span = Span::days(1);

/// Returns why a recall may not be shown now. Nothing but its schedule, the answer to it and the shopper's own "later" and
/// "never again" hold it back: no cap, gap, dislike of its goods or open case.
fn recall(profile: &Profile, offer: &Offer, Past { standing, shown }: &Past, now: &Now) -> Option<Exclusion> {
    let again = shown.iter().map(|shown| shown.at.after(RECALLED_AGAIN)).max();
    if profile.is_never(offer.key) {
        Some(Exclusion::NeverAgain)
    } else if standing.done {
        Some(Exclusion::Converted)
    } else if standing.later && !now.has_reached(standing.rests_until) {
        Some(Exclusion::Later { until: standing.rests_until })
    } else {
        again.filter(|until| !now.has_reached(*until)).map(|until| Exclusion::Cap { until })
    }
}

/// Returns the day of the turns, which begins where the quiet hours end: its number, how far it is, and its length, minutes.
fn day(catalog: &Catalog, local: Local) -> (u64, u16, u16) {
    let (from, until) = catalog.cadence.quiet.unwrap_or((0, 0));
    let begun = if local.minute < until { local.day - 1 } else { local.day };
    let length = (from + 1_440 - until) % 1_440;
    let passed = (local.minute + 1_440 - until) % 1_440;
    (u64::from(begun.cast_unsigned()), passed, if length == 0 { 1_440 } else { length })
}

/// Returns whether nothing is left of an offer's budget, or this device has its turn later.
///
/// It is drawn by a hash of device, offer and day, so that over the days everybody has theirs. What a budget's news say
/// counts while they are young; when they are old, or a clock was set back, the later of that and an even turn.
fn paced(catalog: &Catalog, profile: &Profile, ledger: &Ledger, offer: &Offer, now: &Now) -> Option<Exclusion> {
    let news = profile.budgets.left(offer.key);
    if news == Some(0) {
        return Some(Exclusion::Exhausted);
    }
    let pacing = offer.pacing?;
    let (day, passed, length) = ledger.day;
    let draw = profile.device.with(offer.key.0).with(day).0 >> 32;
    let begins = catalog.cadence.quiet.map_or(0, |(_, until)| until);
    let tomorrow = catalog.next(now.at(), begins);
    now.changes_at(tomorrow);
    // Evenly, or with the square of an even draw: half of the devices have had their turn after a quarter of the day.
    let even = if pacing == Pacing::Early { (draw * draw) >> 32 } else { draw };
    let turn = u16::try_from((u64::from(length) * even) >> 32).unwrap_or(0);
    let today = || (passed < turn).then(|| catalog.next(now.at(), (begins + turn) % 1_440));
    let until = match news.filter(|_| pacing == Pacing::Budget) {
        Some(left) => {
            let due = due(offer, left, draw);
            let due = (!now.has_reached(due)).then(|| due.min(tomorrow));
            if is_fresh(profile, offer, now) { due } else { due.max(today()) }
        }
        None => today(),
    }?;
    now.changes_at(until);
    Some(Exclusion::Pacing { until })
}

/// Tells whether news of an offer's budget can be gone by: they are half an hour old at most, and a 64th of its time.
fn is_fresh(profile: &Profile, offer: &Offer, now: &Now) -> bool {
    let (told, runs) = (profile.budgets.at, offer.until.since(offer.from));
    let lasts = Budgets::LAST.min(Span::from_ms(runs.ms() / 64));
    now.has_reached(told) && !now.has_reached(told.after(lasts))
}

/// Returns from when on a device takes part that drew `draw` of 2^32, where so many sixteenths are left of the budget.
///
/// With the share `b` left of the budget, taken in the middle of its sixteenth, and `t` of the time, a device takes part with
/// the probability 8 b / t - 7: all of them while the budget lasts as long as the time, none where an eighth more of it is
/// gone. So spending settles between 7/8 t and t, however many want the coupon, and in the end nothing is held back. (With
/// b / t as the probability, ten times as many as there are coupons would take two thirds of them in a tenth of the time:
/// then b = t^10. A steeper line follows the schedule more closely, and comes in bursts, since news are as coarse.)
fn due(offer: &Offer, left: i64, draw: u64) -> Timestamp {
    // NOTE: held below 2^50, so that no product overflows.
    let runs = offer.until.since(offer.from).ms().min(1 << 50);
    let drawn = i64::try_from(draw >> 22).unwrap_or(0);
    let from_end = runs * ((2 * left - 1) << 8) / (7 * 1_024 + drawn);
    offer.until.before(Span::from_ms(from_end))
}

/// Returns the word and the bit that stand for an offer.
const fn bit(offer: Key) -> (usize, u64) {
    let [place, word, ..] = offer.0.to_le_bytes();
    ((word & 15) as usize, 1 << (place & 63))
}

/// Returns why `offer` may not be shown now, or `None` when it may; `past` is what is remembered of it.
///
/// Cost: the shared caps that are used up, the offer's own and its impressions, and a search for each product and
/// category of its scope.
pub fn exclusion(
    (catalog, profile, ledger): (&Catalog, &Profile, &Ledger),
    offer: &Offer,
    past: &Past,
    now: &Now,
) -> Option<Exclusion> {
    let Past { standing, shown } = past;
    if !offer.runs(now) {
        Some(Exclusion::Schedule { until: Some(offer.from).filter(|from| !now.has_reached(*from)) })
    } else if offer.is_recall() {
        recall(profile, offer, past, now)
    } else if profile.is_never(offer.key) || never_in_scope(catalog, profile, offer) {
        Some(Exclusion::NeverAgain)
    } else if (offer.once || offer.is_answer()) && standing.done {
        Some(Exclusion::Converted)
    } else if offer.kind != Kind::Service && ledger.help_first {
        Some(Exclusion::CareFirst)
    } else if let Some(until) = ledger.careful.filter(|_| offer.kind == Kind::Coupon) {
        Some(Exclusion::Careful { until })
    } else if !now.has_reached(standing.rests_until) {
        let until = standing.rests_until;
        Some(if standing.later { Exclusion::Later { until } } else { Exclusion::CoolingOff { until } })
    } else if offer.kind != Kind::Service && offer.adult {
        Some(Exclusion::Age)
    } else if offer.kind == Kind::Reminder && (profile.consent == Some(false) || profile.gpc) {
        Some(Exclusion::Consent)
    } else if offer.kind == Kind::Reminder && sensitive(catalog, offer) {
        Some(Exclusion::Sensitive)
    } else {
        let gap = ledger.reminders.filter(|_| offer.kind == Kind::Reminder);
        let tired = ledger.tired.iter().find(|(group, _)| offer.group == Some(*group));
        gap.map(|until| Exclusion::ReminderGap { until })
            .or_else(|| tired.map(|(_, until)| Exclusion::Tired { until: *until }))
            .or_else(|| capped(profile, ledger, offer, shown, now))
            .or_else(|| paced(catalog, profile, ledger, offer, now))
    }
}

/// An offer about nothing but unwanted products or categories is unwanted itself.
fn never_in_scope(catalog: &Catalog, profile: &Profile, offer: &Offer) -> bool {
    let scope = &offer.scope;
    let is_never = |ix| catalog.category(ix).is_none_or(|kind| profile.is_never(kind.key));
    let unwanted = |product, category| profile.is_never(product) || is_never(category);
    !scope.is_everything()
        && scope.categories.iter().all(|ix| is_never(*ix))
        && scope.products.iter().all(|ix| catalog.product(*ix).is_none_or(|it| unwanted(it.key, it.category)))
}

fn sensitive(catalog: &Catalog, offer: &Offer) -> bool {
    let kinds = offer.scope.products.iter().filter_map(|ix| catalog.product(*ix)).map(|product| product.category);
    let mut kinds = kinds.chain(offer.scope.categories.iter().copied());
    kinds.any(|ix| catalog.category(ix).is_some_and(|kind| kind.sensitive))
}

fn capped(profile: &Profile, ledger: &Ledger, offer: &Offer, shown: &[Impression], now: &Now) -> Option<Exclusion> {
    let counts = |of: Counted| of.counts((offer.key, offer.kind, offer.group));
    let shared = ledger.used_up.iter().filter(|(of, _)| counts(*of)).map(|(_, until)| *until);
    let own = offer.caps.iter().filter_map(|cap| free_at(profile, shown, &cap.on(offer.key), now));
    shared.chain(own).max().map(|until| Exclusion::Cap { until })
}

#[cfg(test)]
pub(crate) mod tests;
