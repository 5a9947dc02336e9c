//! What is counted: of each person, and of the whole population. Whole numbers, so that it does not matter who is counted
//! first.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::Serialize;

use super::world::AudienceIx;
use crate::catalog::{OfferIx, PlacementIx};
use crate::product::CategoryIx;

/// What is counted of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One.
    People,
    /// Days until they left, or all.
    Days,
    /// Visits, with a purchase and without.
    Visits,
    /// Times that the engine was asked.
    Asks,
    /// Offers shown, on all placements.
    Messages,
    /// Of those, of use to the person, by what is true and not by what they said.
    Useful,
    /// Dismissed.
    Dismissed,
    /// Answered by "never again".
    NeverAgain,
    /// Answered by "less like this" or "not useful".
    LessLikeThis,
    /// Put off.
    Later,
    /// Coupons taken.
    Claimed,
    /// Coupons used.
    Redeemed,
    /// Purchases.
    Purchases,
    /// Paid, minor units, after coupons.
    Spend,
    /// Taken off by coupons, minor units.
    Savings,
    /// Thousandths of an irritating message that rankled, summed over the days.
    Annoyance,
    /// Turned the dial down.
    TurnedDown,
    /// Left for good.
    Left,
    /// Saw a message.
    Reached,
    /// Had a useful one.
    Helped,
    /// Most messages in any seven days from the first of the simulation on.
    BusiestWeek,
}

impl Count {
    /// Every count with its name.
    pub const ALL: [(Self, &'static str); 21] = [
        (Self::People, "people"),
        (Self::Days, "days"),
        (Self::Visits, "visits"),
        (Self::Asks, "asks"),
        (Self::Messages, "messages"),
        (Self::Useful, "useful"),
        (Self::Dismissed, "dismissed"),
        (Self::NeverAgain, "never_again"),
        (Self::LessLikeThis, "less_like_this"),
        (Self::Later, "later"),
        (Self::Claimed, "claimed"),
        (Self::Redeemed, "redeemed"),
        (Self::Purchases, "purchases"),
        (Self::Spend, "spend"),
        (Self::Savings, "savings"),
        (Self::Annoyance, "annoyance"),
        (Self::TurnedDown, "turned_down"),
        (Self::Left, "left"),
        (Self::Reached, "reached"),
        (Self::Helped, "helped"),
        (Self::BusiestWeek, "busiest_week"),
    ];
}

/// The counts of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row([u64; Count::ALL.len()]);

impl Row {
    /// Returns a count.
    pub fn get(&self, count: Count) -> u64 {
        self.0.get(count as usize).copied().unwrap_or(0)
    }

    /// Adds to a count.
    pub fn add(&mut self, count: Count, more: u64) {
        self.0.get_mut(count as usize).into_iter().for_each(|sum| *sum = sum.saturating_add(more));
    }

    /// Keeps the larger.
    pub fn raise(&mut self, count: Count, to: u64) {
        self.0.get_mut(count as usize).into_iter().for_each(|known| *known = to.max(*known));
    }
}

/// How far the asks of a placement or an audience got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// Asked.
    pub asks: u64,
    /// Of those, we might speak.
    pub permitted: u64,
    /// Of those, an offer fitted.
    pub fitting: u64,
    /// Of those, one might be shown.
    pub free: u64,
    /// Of those, one whose words are news, and that the person has not seen in the last four weeks.
    pub fresh: u64,
    /// Shown.
    pub shown: u64,
    /// Useful.
    pub useful: u64,
}

impl Funnel {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.asks += other.asks;
        self.permitted += other.permitted;
        self.fitting += other.fitting;
        self.free += other.free;
        self.fresh += other.fresh;
        self.shown += other.shown;
        self.useful += other.useful;
    }
}

/// What is counted of one offer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferCount {
    /// Shown.
    pub shown: u64,
    /// Useful.
    pub useful: u64,
    /// Dismissed, or refused more strongly.
    pub refused: u64,
    /// Taken.
    pub claimed: u64,
    /// Used.
    pub redeemed: u64,
    /// Taken off, minor units.
    pub savings: u64,
    /// What coupons that were taken and not yet used or expired may take off, minor units, at the end of each week.
    pub liability: Vec<u64>,
}

/// What is counted of the population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Weeks of a person with so many messages; the last for more. Only weeks that they lived to the end.
    pub weeks: Vec<u64>,
    /// How far asks got, by week and placement.
    pub funnels: BTreeMap<(usize, PlacementIx), Funnel>,
    /// The same by week and audience.
    pub audiences: BTreeMap<(usize, AudienceIx), Funnel>,
    /// Why nothing was shown, by placement.
    pub holds: BTreeMap<(PlacementIx, &'static str), u64>,
    /// Why an offer that fits was not weighed.
    pub refusals: BTreeMap<(OfferIx, &'static str), u64>,
    /// Each offer that was shown.
    pub offers: BTreeMap<OfferIx, OfferCount>,
    /// What people needed most at a moment with permission at which nothing was said, by category, placement and reason.
    pub gaps: BTreeMap<(CategoryIx, PlacementIx, &'static str), u64>,
}

impl Totals {
    /// Weeks with more messages than this count as this many.
    pub const MOST_A_WEEK: usize = 20;

    /// Returns empty totals.
    pub fn new() -> Self {
        Self { weeks: alloc::vec![0; Self::MOST_A_WEEK + 1], ..Self::default() }
    }

    /// Adds those of other people.
    pub fn merge(&mut self, other: Self) {
        self.weeks.iter_mut().zip(other.weeks).for_each(|(sum, more)| *sum += more);
        other.funnels.iter().for_each(|(at, funnel)| self.funnels.entry(*at).or_default().add(funnel));
        other.audiences.iter().for_each(|(at, funnel)| self.audiences.entry(*at).or_default().add(funnel));
        sum_up(&mut self.holds, other.holds);
        sum_up(&mut self.refusals, other.refusals);
        sum_up(&mut self.gaps, other.gaps);
        other.offers.into_iter().for_each(|(offer, count)| self.offer(offer).merge(count));
    }

    /// Returns the counts of an offer.
    pub fn offer(&mut self, offer: OfferIx) -> &mut OfferCount {
        self.offers.entry(offer).or_default()
    }
}

impl OfferCount {
    fn merge(&mut self, other: Self) {
        self.shown += other.shown;
        self.useful += other.useful;
        self.refused += other.refused;
        self.claimed += other.claimed;
        self.redeemed += other.redeemed;
        self.savings += other.savings;
        self.owe(other.liability.into_iter().enumerate());
    }

    /// Adds to what is owed at the end of weeks.
    pub fn owe(&mut self, weeks: impl Iterator<Item = (usize, u64)>) {
        for (week, amount) in weeks {
            if self.liability.len() <= week {
                self.liability.resize(week + 1, 0);
            }
            self.liability.get_mut(week).into_iter().for_each(|sum| *sum = sum.saturating_add(amount));
        }
    }
}

fn sum_up<K: Ord>(sums: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    more.into_iter().for_each(|(key, count)| *sums.entry(key).or_default() += count);
}
