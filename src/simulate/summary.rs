//! What came of a population, in names and numbers: the same for programs, for the report and for a browser tab.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use super::count::{Count, Funnel, OfferCount, Row};
use super::figure::{Estimate, Figure};
use super::history::Mapping;
use super::luck::{real, whole};
use super::market::Stock;
use super::response::categories;
use super::threshold::{Breach, Threshold, judge};
use super::world::{Audience, AudienceIx, Step, World};
use super::{Outcome, Plan};
use crate::catalog::{Catalog, Kind, Offer, OfferIx, Pacing, PlacementIx, Words};
use crate::product::CategoryIx;
use crate::value::{Local, Span, Timestamp};
use crate::wire::decision::currency;

/// What came of a population with one catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the shop.
    pub catalog: String,
    /// Version of the catalog.
    pub version: u64,
    /// ISO 4217.
    pub currency: String,
    /// Decimal places of the currency.
    pub decimals: u8,
    /// The first draw of all chance.
    pub seed: u64,
    /// People.
    pub people: u32,
    /// Days.
    pub days: u16,
    /// The first day, such as `2026-12-01`.
    pub from: String,
    /// Households that people were drawn from; 0 where all were made by the generator.
    pub households: usize,
    /// How the categories of those were taken for the catalog's.
    pub mapping: Option<Mapping>,
    /// So many models of how people answer were drawn; 0 where all answered by the stated one.
    pub models: u32,
    /// The figures, each with its 95 % interval.
    pub figures: Vec<FigureView>,
    /// What was counted of all people, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Weeks of a person with 0, 1, 2 … messages; the last for more.
    pub weeks: Vec<u64>,
    /// Each placement, in the catalog's order.
    pub placements: Vec<PlacementView>,
    /// Each audience. Who belongs to several counts in each.
    pub audiences: Vec<AudienceView>,
    /// Each offer, the most shown first.
    pub offers: Vec<OfferView>,
    /// What became of each budget, where they count.
    pub budgets: Vec<BudgetView>,
    /// What people needed most at moments at which nothing was said, the most frequent first.
    pub gaps: Vec<GapView>,
    /// Thresholds of the catalog that hold, and that do not.
    pub thresholds: Vec<ThresholdView>,
}

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EstimateView {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A figure; money in minor units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FigureView {
    /// Its name.
    pub name: &'static str,
    /// What it is on these people.
    #[serde(flatten)]
    pub estimate: EstimateView,
}

/// One placement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacementView {
    /// Id.
    pub id: String,
    /// The step of a visit at which it was asked.
    pub asked_at: &'static str,
    /// How far its asks got.
    pub all: Funnel,
    /// The same by week.
    pub weeks: Vec<Funnel>,
    /// The week, from 1, from which on to the end fewer than one permitted ask in twenty found an offer that might be
    /// shown; nothing where that never was so. Weeks with fewer than twenty such asks do not count.
    pub dry_from: Option<usize>,
    /// The same of offers that are fresh: news, and not seen by the person in the last four weeks.
    pub stale_from: Option<usize>,
    /// Why nothing was shown, the most frequent reason first.
    pub holds: Vec<WhyView>,
}

/// One audience.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AudienceView {
    /// `household-1`, `household-2`, `household-3` (and more), `remembered`, `not-remembered`, `language-de`, or the name of a
    /// declared attribute that is yes.
    pub id: String,
    /// How far its asks got, on all placements.
    pub all: Funnel,
    /// The same by week.
    pub weeks: Vec<Funnel>,
    /// As of a placement.
    pub dry_from: Option<usize>,
    /// As of a placement.
    pub stale_from: Option<usize>,
}

/// A reason and how often it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhyView {
    /// The reason.
    pub why: &'static str,
    /// How often.
    pub count: u64,
}

/// Words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WordsView {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

/// One offer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfferView {
    /// Id.
    pub id: String,
    /// `coupon`, `reminder` or `service`.
    pub kind: &'static str,
    /// Its headline.
    pub title: WordsView,
    /// Shown.
    pub shown: u64,
    /// Useful.
    pub useful: u64,
    /// Refused in any way.
    pub refused: u64,
    /// Taken.
    pub claimed: u64,
    /// Used.
    pub redeemed: u64,
    /// Taken off, minor units.
    pub savings: u64,
    /// The most that coupons taken and not used could take off at the end of any week, minor units.
    pub liability_most: u64,
    /// The same at the end of the last whole week.
    pub liability_end: u64,
    /// Why it was left out where it fitted, the most frequent reason first.
    pub refusals: Vec<WhyView>,
}

/// What became of a coupon's budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BudgetView {
    /// Id of the offer.
    pub id: String,
    /// Its headline.
    pub title: WordsView,
    /// `even`, `early` or `budget`; nothing where it is shown at once on all devices.
    pub pacing: Option<&'static str>,
    /// Coupons there were.
    pub coupons: u32,
    /// Coupons that were taken.
    pub taken: u64,
    /// Times that one was wanted and none was left.
    pub missed: u32,
    /// How many were taken in each tenth of the time that the offer ran in the simulation.
    pub tenths: Vec<u64>,
    /// The share of that time after which none was left; nothing where some were left in the end.
    pub gone_after: Option<f64>,
}

/// A need at moments at which nothing was said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapView {
    /// Id of the category.
    pub category: String,
    /// Its name.
    pub name: WordsView,
    /// Moments.
    pub moments: u64,
    /// The same by placement.
    pub placements: BTreeMap<String, u64>,
    /// Why nothing was said, the most frequent reason first.
    pub whys: Vec<WhyView>,
    /// Offers about it.
    pub offers: usize,
}

/// A threshold of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdView {
    /// Its name.
    pub name: &'static str,
    /// The bound; money in minor units.
    pub bound: f64,
    /// What the figure is.
    #[serde(flatten)]
    pub estimate: EstimateView,
    /// Why it does not hold; nothing where it does.
    pub breach: Option<String>,
}

/// Two catalogs on the same people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The one.
    pub one: Summary,
    /// The other.
    pub other: Summary,
    /// How much larger each figure is with the other.
    pub differences: Vec<DifferenceView>,
}

/// How much larger a figure is with the other catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferenceView {
    /// Name of the figure.
    pub name: &'static str,
    /// In its unit.
    #[serde(flatten)]
    pub difference: EstimateView,
    /// As a share of the figure with the one; nothing where that is 0.
    pub change: Option<EstimateView>,
    /// 0 lies outside of the interval.
    pub is_sure: bool,
    /// How the change differs from model to model; nothing where people answer by the stated one, or a model has too few.
    pub over_models: Option<SpreadView>,
}

/// How a change differs between models of how people answer: what is left when the chance of who lives with a model is
/// taken out. Nine models in ten lie between the ends, as if they were normal.
///
/// Source: the variance between groups by moments, DerSimonian, Laird 1986, "Meta-analysis in clinical trials", with equal
/// weights, since all models have as many people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpreadView {
    /// The mean over models.
    pub mean: f64,
    /// One model in twenty has less.
    pub low: f64,
    /// One in twenty has more.
    pub high: f64,
}

impl From<Estimate> for EstimateView {
    fn from(Estimate { value, low, high }: Estimate) -> Self {
        let [value, low, high] = [value, low, high].map(rounded);
        Self { value, low, high }
    }
}

/// Returns a number with six decimals at most.
fn rounded(number: f64) -> f64 {
    libm::round(number * 1e6) / 1e6
}

impl Summary {
    /// Sums up what came of a plan, and holds the catalog to its thresholds.
    pub fn new(world: &World, plan: &Plan, outcome: &Outcome, thresholds: &[Threshold]) -> Self {
        let catalog = world.catalog();
        let figure = |figure: Figure| FigureView { name: figure.name, estimate: figure.measure(&outcome.rows).into() };
        let total = |count| outcome.rows.iter().map(|row| row.get(count)).fold(0, u64::saturating_add);
        let first = Local::of_day(plan.from);
        Self {
            catalog: catalog.text(catalog.name).into(),
            version: catalog.version,
            currency: currency(catalog).into(),
            decimals: catalog.decimals,
            seed: plan.seed,
            people: plan.people,
            days: plan.days,
            from: format!("{:04}-{:02}-{:02}", first.year, first.month, first.day_of_month),
            households: plan.histories.len(),
            mapping: plan.mapping,
            models: plan.models,
            figures: Figure::ALL.map(figure).into(),
            counts: Count::ALL.map(|(count, name)| (name, total(count))).into(),
            weeks: outcome.totals.weeks.clone(),
            placements: placements(world, outcome),
            audiences: audiences(world, outcome),
            offers: offers(catalog, plan, outcome),
            budgets: outcome.market.stocks().iter().filter_map(|stock| budget(catalog, plan, stock)).collect(),
            gaps: gaps(catalog, outcome),
            thresholds: held_to(catalog, thresholds, outcome),
        }
    }

    /// Returns a figure by its name.
    pub fn figure(&self, name: &str) -> Option<EstimateView> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.estimate)
    }

    /// Returns a sentence for each threshold that does not hold.
    pub fn breaches(&self) -> impl Iterator<Item = &str> {
        self.thresholds.iter().filter_map(|threshold| threshold.breach.as_deref())
    }
}

impl Comparison {
    /// Compares two outcomes of the same plan.
    pub fn new((one, one_of): (Summary, &Outcome), (other, other_of): (Summary, &Outcome)) -> Self {
        let models = one.models;
        let difference = |figure: Figure| {
            let difference = figure.difference(&one_of.rows, &other_of.rows);
            let change = figure.change(&one_of.rows, &other_of.rows);
            DifferenceView {
                name: figure.name,
                difference: difference.into(),
                // NOTE: no more than all of it can go; the interval is a normal one and does not know.
                change: change.map(|change| Estimate { low: change.low.max(-1.0), ..change }.into()),
                is_sure: difference.is_sure(),
                over_models: spread(figure, models, &one_of.rows, &other_of.rows),
            }
        };
        Self { one, other, differences: Figure::ALL.map(difference).into() }
    }
}

/// Standard deviations between which nine in ten lie.
const NINE_IN_TEN: f64 = 1.645;

/// Compares each model's people by themselves.
fn spread(figure: Figure, models: u32, one: &[Row], other: &[Row]) -> Option<SpreadView> {
    let models = usize::try_from(models).ok().filter(|models| *models > 1)?;
    let of_model = |rows: &[Row], model| rows.iter().skip(model).step_by(models).cloned().collect::<Vec<_>>();
    let change = |model| figure.change(&of_model(one, model), &of_model(other, model));
    let changes: Vec<Estimate> = (0..models).map(change).collect::<Option<_>>()?;
    let count = real(u64::try_from(models).unwrap_or(0));
    let mean = changes.iter().map(|change| change.value).sum::<f64>() / count;
    let square = |number: f64| number * number;
    let between = changes.iter().map(|change| square(change.value - mean)).sum::<f64>() / (count - 1.0);
    let by_chance = changes.iter().map(|change| square(change.error())).sum::<f64>() / count;
    let half = NINE_IN_TEN * libm::sqrt((between - by_chance).max(0.0));
    let [mean, low, high] = [mean, mean - half, mean + half].map(rounded);
    Some(SpreadView { mean, low, high })
}

/// Writes an amount of minor units as a shop writes it in a sentence: `12.34 EUR`.
pub fn money(units: u64, decimals: u8, currency: &str) -> String {
    let one = 10_u64.pow(decimals.into());
    let (major, minor) = (units / one, units % one);
    let places = usize::from(decimals);
    if decimals == 0 { format!("{major} {currency}") } else { format!("{major}.{minor:0>places$} {currency}") }
}

fn held_to(catalog: &Catalog, thresholds: &[Threshold], outcome: &Outcome) -> Vec<ThresholdView> {
    let say = |units| money(units, catalog.decimals, currency(catalog));
    let breaches: Vec<Breach> = judge(thresholds, &outcome.rows, say);
    let view = |threshold: &Threshold| ThresholdView {
        name: threshold.name,
        bound: threshold.bound,
        estimate: threshold.measure(&outcome.rows).into(),
        breach: breaches.iter().find(|breach| breach.name == threshold.name).map(|breach| breach.sentence.clone()),
    };
    thresholds.iter().map(view).collect()
}

fn placements(world: &World, outcome: &Outcome) -> Vec<PlacementView> {
    let catalog = world.catalog();
    let known = (0..).map(PlacementIx).zip(catalog.placements.iter().zip(&world.steps));
    let view = |(place, (placement, step)): (PlacementIx, (&crate::catalog::Placement, &Step))| {
        let weeks = weeks(outcome, |week| outcome.totals.funnels.get(&(week, place)));
        let mut all = Funnel::default();
        weeks.iter().for_each(|week| all.add(week));
        let holds = outcome.totals.holds.iter().filter(|((at, _), _)| *at == place);
        PlacementView {
            id: catalog.text(placement.id).into(),
            asked_at: Step::ALL.iter().find(|(known, _)| known == step).map_or("", |(_, name)| name),
            all,
            dry_from: runs_out(&weeks, |week| week.free),
            stale_from: runs_out(&weeks, |week| week.fresh),
            weeks,
            holds: falling(holds.map(|((_, why), count)| WhyView { why, count: *count }).collect()),
        }
    };
    known.map(view).collect()
}

fn audiences(world: &World, outcome: &Outcome) -> Vec<AudienceView> {
    let catalog = world.catalog();
    let view = |(place, audience): (AudienceIx, &Audience)| {
        let weeks = weeks(outcome, |week| outcome.totals.audiences.get(&(week, place)));
        let mut all = Funnel::default();
        weeks.iter().for_each(|week| all.add(week));
        let id = match audience {
            Audience::Household(size) => format!("household-{size}"),
            Audience::Remembered(true) => "remembered".into(),
            Audience::Remembered(false) => "not-remembered".into(),
            Audience::Language(code) => format!("language-{}", String::from_utf8_lossy(code)),
            Audience::Attribute(place) => {
                catalog.attributes.get(*place).map_or("", |own| catalog.text(own.name)).into()
            }
        };
        AudienceView {
            id,
            all,
            dry_from: runs_out(&weeks, |week| week.free),
            stale_from: runs_out(&weeks, |week| week.fresh),
            weeks,
        }
    };
    (0..).map(AudienceIx).zip(&world.audiences).map(view).collect()
}

fn weeks<'a>(outcome: &'a Outcome, funnel: impl Fn(usize) -> Option<&'a Funnel>) -> Vec<Funnel> {
    let last = outcome.totals.funnels.keys().map(|(week, _)| *week).max();
    let week = |week| funnel(week).copied().unwrap_or_default();
    last.map_or_else(Vec::new, |last| (0..=last).map(week).collect())
}

/// A placement is dry in a week in which fewer than one permitted ask in so many finds an offer that may be shown.
const DRY: u64 = 20;

fn runs_out(weeks: &[Funnel], found: impl Fn(&Funnel) -> u64) -> Option<usize> {
    let asked = (1..).zip(weeks).filter(|(_, week)| week.permitted >= DRY);
    asked.fold(None, |from: Option<usize>, (number, week)| {
        let is_dry = found(week) * DRY < week.permitted;
        is_dry.then_some(from.unwrap_or(number))
    })
}

fn falling(mut whys: Vec<WhyView>) -> Vec<WhyView> {
    whys.sort_by_key(|why| core::cmp::Reverse(why.count));
    whys
}

fn words(catalog: &Catalog, words: Words) -> WordsView {
    WordsView { de: catalog.text(words.de).into(), en: catalog.text(words.en).into() }
}

fn title(catalog: &Catalog, offer: OfferIx) -> WordsView {
    words(catalog, catalog.offers.creative(offer).map(|read| read.title).unwrap_or_default())
}

fn offers(catalog: &Catalog, plan: &Plan, outcome: &Outcome) -> Vec<OfferView> {
    let last = usize::from((plan.days / 7).saturating_sub(1));
    let view = |(place, offer): (OfferIx, Offer)| {
        let none = OfferCount::default();
        let count = outcome.totals.offers.get(&place).unwrap_or(&none);
        let refusals = outcome.totals.refusals.iter().filter(|((of, _), _)| *of == place);
        OfferView {
            id: catalog.text(offer.id).into(),
            kind: Kind::ALL.iter().find(|(kind, _)| *kind == offer.kind).map_or("", |(_, name)| name),
            title: title(catalog, place),
            shown: count.shown,
            useful: count.useful,
            refused: count.refused,
            claimed: count.claimed,
            redeemed: count.redeemed,
            savings: count.savings,
            liability_most: count.liability.iter().max().copied().unwrap_or(0),
            liability_end: count.liability.get(last).copied().unwrap_or(0),
            refusals: falling(refusals.map(|((_, why), count)| WhyView { why, count: *count }).collect()),
        }
    };
    let mut offers: Vec<OfferView> = catalog.offers().map(view).collect();
    offers.sort_by_key(|offer| core::cmp::Reverse(offer.shown));
    offers
}

fn budget(catalog: &Catalog, plan: &Plan, stock: &Stock) -> Option<BudgetView> {
    let offer = catalog.offer(stock.offer)?;
    let midnight = |day: i32| Timestamp::from_ms(i64::from(day) * Span::days(1).ms());
    let begins = offer.from.max(midnight(plan.from));
    let ends = offer.until.min(midnight(plan.from.saturating_add(plan.days.into())));
    let share = |at: &Timestamp| share(at.since(begins).ms(), ends.since(begins).ms());
    let mut tenths = alloc::vec![0; 10];
    for tenth in stock.taken.iter().map(|at| whole(libm::floor(10.0 * share(at))).min(9)) {
        tenths.iter_mut().skip(usize::try_from(tenth).unwrap_or(0)).take(1).for_each(|count| *count += 1);
    }
    let is_gone = stock.taken.len() >= usize::try_from(stock.coupons).unwrap_or(usize::MAX);
    Some(BudgetView {
        id: catalog.text(offer.id).into(),
        title: title(catalog, stock.offer),
        pacing: offer.pacing.map(|pacing| match pacing {
            Pacing::Even => "even",
            Pacing::Early => "early",
            Pacing::Budget => "budget",
        }),
        coupons: stock.coupons,
        taken: tenths.iter().sum(),
        missed: stock.missed,
        tenths,
        gone_after: stock.taken.iter().max().filter(|_| is_gone).map(|last| rounded(share(last))),
    })
}

/// Returns a part of a whole, 0 to 1.
fn share(part: i64, whole: i64) -> f64 {
    let real = |number: i64| super::luck::real(u64::try_from(number).unwrap_or(0));
    (real(part) / real(whole.max(1))).min(1.0)
}

/// The moments of a gap by placement, and by reason.
type Parts = (BTreeMap<String, u64>, BTreeMap<&'static str, u64>);

fn gaps(catalog: &Catalog, outcome: &Outcome) -> Vec<GapView> {
    let mut by_category: BTreeMap<CategoryIx, Parts> = BTreeMap::new();
    for ((category, place, why), count) in &outcome.totals.gaps {
        let placement = catalog.placement(*place).map_or("", |placement| catalog.text(placement.id));
        let (placements, whys) = by_category.entry(*category).or_default();
        *placements.entry(placement.to_string()).or_default() += count;
        *whys.entry(why).or_default() += count;
    }
    let view = |(category, (placements, whys)): (CategoryIx, Parts)| {
        let kind = catalog.category(category)?;
        let about = catalog.offers().filter(|(_, offer)| categories(catalog, offer.scope).any(|of| of == category));
        let (moments, offers) = (placements.values().sum(), about.count());
        let (category, name) = (catalog.text(kind.id).into(), words(catalog, kind.name));
        let whys = falling(whys.into_iter().map(|(why, count)| WhyView { why, count }).collect());
        Some(GapView { category, name, moments, placements, whys, offers })
    };
    let mut gaps: Vec<GapView> = by_category.into_iter().filter_map(view).collect();
    gaps.sort_by_key(|gap| core::cmp::Reverse(gap.moments));
    gaps
}
