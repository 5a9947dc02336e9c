//! May we speak to this person now (permission), and may this offer be shown (exclusion)?
//!
//! Counts impressions in rolling windows `(now - window, now]`. One logged later than `now` (a clock set back) counts
//! too, so a wrong clock can only make us quieter.

use alloc::vec::Vec;

use crate::catalog::{Cap, Catalog, Counted, Kind, Offer};
use crate::profile::{Impression, Profile};
use crate::signal::Dial;
use crate::value::{Key, Local, Now, Seed, Span, Timestamp};

/// Why nothing at all may be shown now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The shopper turned the dial to never.
    DialNever,
    /// The person is typing, paying, listening, watching something on the whole screen, or not looking.
    Busy,
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
    Holdout,
    /// The catalog's time is over.
    Expired,
}

/// Why one offer is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// It does not run now.
    Schedule,
    /// A cap of its own, of its kind or of its group is used up.
    Cap {
        /// When the oldest counted impression leaves the window.
        until: Timestamp,
    },
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
    /// It was redeemed and runs once.
    Converted,
    /// A care case is open: help first.
    CareFirst,
    /// Memories need consent to remember.
    Consent,
    /// It is about something that must not be brought up.
    Sensitive,
    /// There is nothing to remember.
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
        .or_else(|| quiet(catalog, local, now))
        .or_else(|| resting(catalog, profile, now))
        .or_else(|| global_cap(catalog, profile, now))
        .or_else(|| holdout(catalog, profile).then_some(Silence::Holdout))
}

/// Lost memory rests as if the shortest global window had just been filled; one day where there is no global cap.
fn unknown_history(catalog: &Catalog, profile: &Profile, now: &Now) -> Option<Silence> {
    let global = catalog.cadence.caps.iter().filter(|cap| cap.of == Counted::All).map(|cap| cap.window);
    let until = profile.unknown_since?.after(global.min().unwrap_or(Span::days(1)));
    (!now.has_reached(until)).then_some(Silence::UnknownHistory { until })
}

fn quiet(catalog: &Catalog, local: Local, now: &Now) -> Option<Silence> {
    let until = quiet_hours(catalog, local, now.at());
    let begins = catalog.cadence.quiet.map(|(from, _)| catalog.next(now.at(), from));
    until.or(begins).into_iter().for_each(|flips| now.changes_at(flips));
    until.map(|until| Silence::QuietHours { until })
}

/// Returns when the quiet hours end that `local` lies in, `None` outside of them.
pub fn quiet_hours(catalog: &Catalog, local: Local, now: Timestamp) -> Option<Timestamp> {
    let (from, until) = catalog.cadence.quiet?;
    let quiet =
        if from <= until { (from..until).contains(&local.minute) } else { !(until..from).contains(&local.minute) };
    quiet.then(|| catalog.next(now, until))
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

/// A stable share of devices, chosen by the first seed and the catalog's name.
fn holdout(catalog: &Catalog, profile: &Profile) -> bool {
    Seed(profile.device.with(Key::of(catalog.text(catalog.name)).0).0).happens(catalog.holdout)
}

/// Returns when `cap` next allows an impression, or `None` when it does so now; `shown` are those that might count, the
/// oldest first.
///
/// Counts impressions in `(now - window, now]`, and any logged later than `now`. The dial at "rarely" halves the cap.
/// Cost: those in the window.
pub fn free_at(profile: &Profile, shown: &[Impression], cap: &Cap, now: &Now) -> Option<Timestamp> {
    let most = if profile.dial == Dial::Rarely { (cap.impressions / 2).max(1) } else { cap.impressions };
    let mut counted = within(shown, cap.window, now).filter(|shown| counts(cap.of, shown));
    // It is free again when of the newest that it allows the oldest leaves the window.
    let last = counted.nth(usize::from(most).checked_sub(1)?)?;
    Some(last.at.after(cap.window))
}

/// Returns the impressions in `(now - window, now]` and those logged later than `now`, the newest first; `shown` has the
/// oldest first.
pub fn within<'a>(shown: &'a [Impression], window: Span, now: &Now) -> impl Iterator<Item = &'a Impression> {
    shown.iter().rev().take_while(move |shown| !now.has_reached(shown.at.after(window)))
}

fn counts(of: Counted, shown: &Impression) -> bool {
    match of {
        Counted::All => true,
        Counted::Kind(kind) => shown.kind == kind,
        Counted::Group(group) => shown.group == Some(group),
        Counted::Offer(offer) => shown.offer == offer,
    }
}

/// What the impressions say about all offers alike, found out once for a decision.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Shared caps that are used up, and until when.
    used_up: Vec<(Counted, Timestamp)>,
    /// When the next reminder may come, where that is later.
    reminders: Option<Timestamp>,
    /// A care case is open.
    help_first: bool,
    /// A bit for each offer that was shown, by its key; some may share one.
    seen: [u64; 16],
}

impl Ledger {
    /// Sums the impressions up. Cost: one pass over them for each shared cap, and one.
    pub fn new(catalog: &Catalog, profile: &Profile, now: &Now) -> Self {
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
        Self { used_up: shared.filter_map(until).collect(), reminders, help_first, seen }
    }

    /// Returns the impressions of `offer`. Cost: one pass over all of them, unless none can be of it.
    pub fn shown(&self, profile: &Profile, offer: &Offer) -> Vec<Impression> {
        let (word, bit) = bit(offer.key);
        let may_be = self.seen.get(word).is_some_and(|word| word & bit != 0);
        let all = if may_be { profile.impressions.as_slice() } else { &[] };
        all.iter().filter(|shown| shown.offer == offer.key).copied().collect()
    }
}

/// Returns the word and the bit that stand for an offer.
const fn bit(offer: Key) -> (usize, u64) {
    let [place, word, ..] = offer.0.to_le_bytes();
    ((word & 15) as usize, 1 << (place & 63))
}

/// Returns why `offer` may not be shown now, or `None` when it may; `shown` are its impressions.
///
/// Cost: the shared caps that are used up, the offer's own and its impressions, and a search for each product and
/// category of its scope.
pub fn exclusion(
    (catalog, profile, ledger): (&Catalog, &Profile, &Ledger),
    offer: &Offer,
    shown: &[Impression],
    now: &Now,
) -> Option<Exclusion> {
    let standing = profile.standing(offer.key);
    if !now.has_reached(offer.from) || now.has_reached(offer.until) {
        Some(Exclusion::Schedule)
    } else if profile.is_never(offer.key) || never_in_scope(catalog, profile, offer) {
        Some(Exclusion::NeverAgain)
    } else if offer.once && standing.redeemed {
        Some(Exclusion::Converted)
    } else if offer.kind != Kind::Service && ledger.help_first {
        Some(Exclusion::CareFirst)
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
        gap.map(|until| Exclusion::ReminderGap { until }).or_else(|| capped(profile, ledger, offer, shown, now))
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
    let concerns = |of: Counted| match of {
        Counted::All => false,
        Counted::Kind(kind) => kind == offer.kind,
        Counted::Group(group) => offer.group == Some(group),
        Counted::Offer(key) => offer.key == key,
    };
    let shared = ledger.used_up.iter().filter(|(of, _)| concerns(*of)).map(|(_, until)| *until);
    let own = offer.caps.iter().filter_map(|cap| free_at(profile, shown, &cap.on(offer.key), now));
    shared.chain(own).max().map(|until| Exclusion::Cap { until })
}

#[cfg(test)]
pub(crate) mod tests;
