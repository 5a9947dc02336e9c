//! What one decision costs at most, and how much it may: a catalog whose worst case exceeds the budget is refused.
//!
//! The bound is a sum of counts, each times what one of it costs at most ([`UNITS`]). It takes the worst of everything: a
//! device that remembers as much as it may, conditions that all have to be looked at, candidates that are the dearest
//! there are. It does not count the first ask of a placement, which also compiles it, nor loading the pack, nor telling how a decision
//! came about.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::Fault;
use crate::catalog::rules::{AttributeIx, RuleIx, Rules};
use crate::catalog::{Attribute, Catalog, Counted, Counting, Off, Offer, PlacementIx, Reach, ReachIx};
use crate::decide::{MOST_CANDIDATES, MOST_PASSED};
use crate::index::{Block, Work};
use crate::profile::limit;
use crate::value::Timestamp;

/// What one decision should cost at most, in instructions of the module that a phone runs: a millisecond or two there.
pub const GOAL: u64 = 2_000_000;

/// What one decision may cost at most; a catalog above is refused.
pub const LIMIT: u64 = 5_000_000;

/// What learning anew takes at most, in instructions: before the first decision of a day and the first after a reply, from as
/// many impressions as are remembered, each of another offer. No catalog can change that, so none is held to it; it
/// comes on top of the bound.
///
/// Source: the decisions of `cargo xtask bench instructions`, with all impressions answered and with none: 1,020,000 more,
/// where each has one reason; another reason adds 210,000 at most. What is left makes up for a device that remembers products
/// which its catalog has no more: there a decision takes up to 490,000 more than its bound.
pub const LEARNING: u64 = 2_150_000;

/// A kind of work in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name in reports.
    pub name: &'static str,
    /// Instructions that one of it costs at most.
    pub instructions: u64,
    /// What makes less of it.
    fix: &'static str,
}

/// Every kind of work, and what one of it costs at most.
///
/// Source: `cargo xtask bench instructions --fit`, which counts the instructions of the module that ships, on a device that
/// remembers as much as it may. For each kind, catalogs that grow in it alone gave the steepest slope, to which 15 %
/// are added, rounded up (none for categories, nor for remembered products, of which the first 200 cost the most);
/// what is left of the dearest is the decision's own. The same command holds the bound against catalogs of many kinds, and
/// fails where one decision exceeds it. Alternatives and columns cost less than what they stand for here, and are not
/// counted for themselves.
pub const UNITS: [Unit; 15] = [
    unit("decision", 975_000, OFFERS),
    unit("category", 530, "have fewer `categories`"),
    unit("remembered product", 1_480, "have fewer `products`"),
    unit("comparison of the catalog", 17, CONDITIONS),
    unit("word about the basket", 360, CONDITIONS),
    unit("word about anything else", 790, CONDITIONS),
    unit("listed value", 25, "list fewer `values` for the attributes that its offers ask about"),
    unit("word of a bitmap", 48, CONDITIONS),
    unit("comparison", 47, CONDITIONS),
    unit("range of several", 110, CONDITIONS),
    unit(
        "offer with a schedule",
        435,
        "take offers out that have ended, and name it in the `placements` of fewer offers",
    ),
    unit("candidate", 8_950, OFFERS),
    unit(
        "product or category of a scope",
        2_100,
        "name fewer products and categories in the `scope` of each of its offers",
    ),
    unit("cap", 92, "give its offers fewer `caps`"),
    unit("cap that is used up", 4_400, "have fewer `caps` in the `cadence`"),
];

const OFFERS: &str = "name it in the `placements` of fewer offers";
const CONDITIONS: &str = "name it in the `placements` of fewer offers, or give these fewer alternatives (`||`, `in`)";

const fn unit(name: &'static str, instructions: u64, fix: &'static str) -> Unit {
    Unit { name, instructions, fix }
}

/// What deciding for one placement costs at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Where.
    pub placement: PlacementIx,
    /// What matching its conditions costs.
    pub work: Work,
    /// How much of each of [`UNITS`] there is.
    pub counts: [usize; UNITS.len()],
}

impl Cost {
    /// Returns the instructions that one decision takes at most.
    pub fn instructions(&self) -> u64 {
        self.parts().map(|(_, part)| part).fold(0, u64::saturating_add)
    }

    /// Returns the kind of work that takes most of them.
    fn dearest(&self) -> Option<&'static Unit> {
        self.parts().max_by_key(|(_, part)| *part).map(|(unit, _)| unit)
    }

    /// Returns every kind of work with the instructions that it takes at most.
    pub fn parts(&self) -> impl Iterator<Item = (&'static Unit, u64)> {
        let times = |unit: &Unit, count: usize| unit.instructions.saturating_mul(count.try_into().unwrap_or(u64::MAX));
        UNITS.iter().zip(self.counts).map(move |(unit, count)| (unit, times(unit, count)))
    }
}

/// Returns what deciding costs at most, for each placement.
pub fn costs(catalog: &Catalog) -> Vec<Cost> {
    (0..).map(PlacementIx).zip(&catalog.placements).map(|(placement, _)| cost(catalog, placement)).collect()
}

/// Returns the placement where deciding costs most.
pub fn worst(catalog: &Catalog) -> Option<Cost> {
    costs(catalog).into_iter().max_by_key(Cost::instructions)
}

/// Returns a fault for every placement where a decision could exceed [`LIMIT`].
pub(super) fn faults(catalog: &Catalog) -> Vec<(String, Fault)> {
    let over = costs(catalog).into_iter().filter(|cost| cost.instructions() > LIMIT);
    over.map(|cost| (format!("/placements/{}", cost.placement.0), fault(catalog, &cost))).collect()
}

fn fault(catalog: &Catalog, cost: &Cost) -> Fault {
    let placement = catalog.placement(cost.placement).map_or("", |placement| catalog.text(placement.id)).to_string();
    let fix = cost.dearest().map_or("", |unit| unit.fix);
    Fault::TooMuchWork { placement, offers: cost.work.offers, got: cost.instructions(), most: LIMIT, fix }
}

fn cost(catalog: &Catalog, placement: PlacementIx) -> Cost {
    let block = Block::new(catalog, placement);
    let (work, rules) = (block.work(), &catalog.offers.rules);
    let columns: BTreeSet<AttributeIx> = block.begins_with().collect();
    let mut tally = Tally { rules, columns: &columns, known: BTreeMap::new() };
    let fits = block.offers.iter().filter_map(|offer| catalog.offers.fit(*offer));
    let (comparisons, ranges) = fits.map(|rule| tally.of(rule)).fold((0, 0), sum);
    let asked = block.asked.iter().filter_map(|asked| rules.attribute(*asked));
    let of_the_basket = asked.filter(|asked| is_of_the_basket(*asked)).count();
    let offers = block.offers.iter().filter_map(|offer| catalog.offer(*offer));
    let [candidates, scopes, caps, used_up] = dearest(offers.map(|offer| candidate(catalog, &offer)).collect());
    let counts = [
        1,
        catalog.categories.len(),
        catalog.products.len().min(limit::PRODUCTS),
        rules.attributes.len(),
        of_the_basket,
        block.asked.len() - of_the_basket + remembered(catalog, &block),
        listed(catalog, &block),
        work.words,
        comparisons,
        ranges,
        passed_over(catalog, &block),
        candidates,
        scopes,
        caps,
        used_up,
    ];
    Cost { placement, work, counts }
}

fn sum(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0 + other.0, one.1 + other.1)
}

/// Counts the comparisons that no column answers, and their ranges, of each condition once.
struct Tally<'a> {
    rules: &'a Rules,
    columns: &'a BTreeSet<AttributeIx>,
    known: BTreeMap<RuleIx, (usize, usize)>,
}

impl Tally<'_> {
    fn of(&mut self, rule: RuleIx) -> (usize, usize) {
        let Self { rules, columns, known } = self;
        let count = || {
            let named = rules.conjunctions(rule).flat_map(|conjunction| rules.predicates(conjunction));
            let left = named.filter(|named| rules.asks(*named).is_some_and(|asked| !columns.contains(&asked)));
            // NOTE: a single range is part of the comparison.
            let ranges = |named| Some(rules.ranges(named).count()).filter(|ranges| *ranges > 1).unwrap_or(0);
            left.map(|named| (1, ranges(named))).fold((0, 0), sum)
        };
        *known.entry(rule).or_insert_with(count)
    }
}

/// Tells whether finding a value goes over all lines of the basket.
fn is_of_the_basket(attribute: Attribute) -> bool {
    use Attribute::{BasketCategory, BasketItems, BasketProduct, BasketTotal};
    matches!(attribute, BasketCategory(_) | BasketItems | BasketProduct(_) | BasketTotal)
}

/// Returns what else it takes to look through what they told, have and want, in words about anything else; not measured. A
/// topic is compared with [`limit::ASKED`] others, of 6 instructions each; a product that is called back is searched for
/// among the habits and the lots; and each wanted product is searched for in the catalog, of some 200.
fn remembered(catalog: &Catalog, block: &Block) -> usize {
    let reached = |asked| match catalog.offers.rules.attribute(asked) {
        Some(Attribute::Reached(ReachIx(place))) => match catalog.offers.shared.reaches.get(usize::from(place)) {
            Some(Reach::Answer(topics)) => topics.len().div_ceil(4),
            Some(Reach::Recall(recall)) => 2 * recall.products.len(),
            _ => 0,
        },
        Some(Attribute::PriceFell) => PRICES,
        _ => 0,
    };
    block.asked.iter().map(|asked| reached(*asked)).sum()
}

/// See [`remembered`]: [`limit::WANTED`] searches.
const PRICES: usize = 8;

/// Where more offers fit than are weighed, one that does not run is passed over, and one that runs is put in the place of the
/// last that does not: each is looked at, as far as they are passed over, and each of the places.
fn passed_over(catalog: &Catalog, block: &Block) -> usize {
    let scheduled = if block.offers.len() > MOST_CANDIDATES { scheduled(catalog, block) } else { 0 };
    scheduled.min(MOST_CANDIDATES + MOST_PASSED) + scheduled.min(MOST_CANDIDATES)
}

/// Counts the offers of a placement that do not run for ever.
fn scheduled(catalog: &Catalog, block: &Block) -> usize {
    let offers = block.offers.iter().filter_map(|offer| catalog.offer(*offer));
    let always = Timestamp::from_ms(i64::MAX);
    offers.filter(|offer| offer.from > Timestamp::default() || offer.until < always).count()
}

/// Returns the first placement with so many offers with a schedule that those behind them may never be looked at, and their
/// number.
pub fn crowded(catalog: &Catalog) -> Option<(PlacementIx, usize)> {
    let placements = (0..).map(PlacementIx).zip(&catalog.placements);
    let mut counts = placements.map(|(placement, _)| (placement, scheduled(catalog, &Block::new(catalog, placement))));
    counts.find(|(_, scheduled)| *scheduled > MOST_CANDIDATES + MOST_PASSED)
}

/// Returns how many values are listed for the texts that a placement asks about: they are looked through.
fn listed(catalog: &Catalog, block: &Block) -> usize {
    let asked = block.asked.iter().filter_map(|asked| catalog.offers.rules.attribute(*asked));
    let own = asked.filter_map(|asked| if let Attribute::Own(own) = asked { catalog.attribute(own) } else { None });
    own.map(|own| own.values.len()).sum()
}

/// Returns what is dearer of an offer that fits: to find out what it is worth, or that caps of its kind or group are used up.
///
/// The counts are those of the last of [`UNITS`]. A cap of the offer's own is used up by its own impressions only, so for
/// all candidates together that costs no more than once for each.
fn candidate(catalog: &Catalog, offer: &Offer) -> [usize; PER_CANDIDATE] {
    let concerns = |of| match of {
        Counted::All | Counted::Offer(_) => false,
        Counted::Kind(kind) => kind == offer.kind,
        Counted::Group(group) => offer.group == Some(group),
    };
    let tiring = catalog.cadence.fatigue.iter().filter(|tiring| offer.group == Some(tiring.group));
    let shared = catalog.cadence.caps.iter().filter(|cap| concerns(cap.of)).count() + tiring.count();
    let caps = shared + offer.caps.len();
    // NOTE: to say why it reaches this device, what is remembered is gone through once more.
    let again = match offer.reach {
        None => 0,
        Some(Reach::Answer(topics)) => topics.len().div_ceil(8),
        Some(Reach::Recall(recall)) => recall.products.len(),
        Some(Reach::PriceFell) => PRICES,
    };
    let named = offer.scope.products.len() + offer.scope.categories.len() + again;
    let worth = [1, named + piles(offer) * (PILE + named), caps, 0];
    let used_up = [0, 0, caps, shared];
    if price(&worth) < price(&used_up) { used_up } else { worth }
}

/// Looking through and sorting all lines of a basket, in products of a scope; not measured: 200 lines of about 60
/// instructions, and of a sort of 250 each.
const PILE: usize = 30;

/// Returns how often the lines of the basket are gone through for what a coupon takes off.
fn piles(offer: &Offer) -> usize {
    let of_pieces = offer.value.map_or(0, |value| match &value.off {
        Off::Percent(_) | Off::Amount(_) | Off::Tiers(Counting::Spend, _) => 0,
        Off::Pieces { .. } | Off::Free(_) | Off::Tiers(Counting::Pieces, _) => 1,
        Off::Bundle(parts, _) => parts.len(),
    });
    of_pieces + usize::from(offer.value.is_some() && !offer.scope.except.is_empty())
}

/// How many of [`UNITS`], from the last, are counted for each candidate.
const PER_CANDIDATE: usize = 4;

fn price(counts: &[usize; PER_CANDIDATE]) -> u64 {
    let units = UNITS.iter().rev().zip(counts.iter().rev());
    units.map(|(unit, count)| unit.instructions.saturating_mul(u64::try_from(*count).unwrap_or(u64::MAX))).sum()
}

/// Returns the sum of the dearest, as many as there may be candidates.
fn dearest(mut offers: Vec<[usize; PER_CANDIDATE]>) -> [usize; PER_CANDIDATE] {
    offers.sort_by_key(|counts| core::cmp::Reverse(price(counts)));
    let add = |sum: [usize; PER_CANDIDATE], more: [usize; PER_CANDIDATE]| {
        core::array::from_fn(|at| sum.get(at).zip(more.get(at)).map_or(0, |(sum, more)| sum + more))
    };
    offers.into_iter().take(MOST_CANDIDATES).fold([0; PER_CANDIDATE], add)
}
