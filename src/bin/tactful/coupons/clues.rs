//! What is known of a list of coupons on the campaign's first day.
//!
//! From the household's own purchases and redemptions before, and of all others what a shop would print beside its
//! products: how often they are sold, at what price, and which makers' coupons were redeemed before.

use std::collections::{BTreeMap, BTreeSet};

use super::value;
use super::{Campaign, Coupon, LEAST_DAYS, Product, Purchase, Received, Records};
use crate::choice::List;

/// Parts into which households are divided, so that nobody is told by what was learnt from them.
const FOLDS: u32 = 5;

/// Days after which a purchase counts 1/e, as in the profile's habits: for what they do now, and usually do.
const NOW: f64 = 30.0;
const USUALLY: f64 = 200.0;

/// Sales of a product that nobody bought yet.
const SOME: f64 = 0.05;

/// How many purchases of a coupon's products are expected within 32 days, for each purchase a day of what is named.
///
/// Source: `benches/coupons.md`: maximum likelihood, with a Poisson process, of the purchases of days 95 to 126.
mod expected {
    /// Of these products: fading in 30 days, in 200 days.
    pub const SAME: [f64; 2] = [3.57, 3.34];
    /// Of their types, by the share of what is sold of a type that the coupon is for; likewise.
    pub const KIND: [f64; 2] = [0.24, 1.72];
    /// Of their makers, by such a share: fading in 200 days.
    pub const MAKER: f64 = 0.57;
    /// Of these products by all households, for each day of this household with purchases a day; and for nothing.
    pub const SOLD: [f64; 2] = [0.0172, 0.00095];
    /// However little is known.
    pub const LEAST: f64 = 0.003;
}

/// What a shop knows of its products on a day.
struct Shop {
    start: i32,
    households: f64,
    /// Of each product, on how many days of a household it was bought, and what was paid for it, cents.
    sold: Vec<f64>,
    paid: Vec<f64>,
}

/// What is known of each coupon, and which coupons a product, type, maker and category leads to.
struct Shelf {
    facts: Vec<Facts>,
    of_product: BTreeMap<usize, Vec<usize>>,
    /// With the share of what is sold of the type or maker that the coupon is for.
    of_kind: BTreeMap<usize, Shares>,
    of_maker: BTreeMap<usize, Shares>,
    /// With the share of the coupon's sales that are of the category.
    of_category: BTreeMap<usize, Shares>,
}

/// What is known of a coupon, whoever receives it.
#[derive(Clone, Default)]
struct Facts {
    sold: f64,
    clues: Vec<f64>,
}

/// What a household has to do with a coupon.
#[derive(Clone, Copy, Default)]
struct Own {
    same: [f64; 2],
    kind: [f64; 2],
    maker: f64,
    category: f64,
    spent: f64,
    bought: bool,
    with_coupon: f64,
}

/// Returns what is known of everybody who received a campaign.
pub fn received(records: &Records, campaign: &Campaign) -> Vec<Received> {
    let past: Vec<&Purchase> = records.purchases.iter().filter(|purchase| purchase.day < campaign.start).collect();
    let histories: Vec<&[&Purchase]> = past.chunk_by(|a, b| a.household == b.household).collect();
    let shop = Shop::of(records, campaign, &past, &histories);
    let shelf = Shelf::of(records, campaign, &shop, &histories);
    let asked = histories.into_iter().filter(|history| {
        history.first().is_some_and(|first| campaign.households.contains(&first.household))
            && days(history) >= LEAST_DAYS
    });
    asked.filter_map(|history| one(records, campaign, (&shop, &shelf), history)).collect()
}

/// Returns on how many days something was bought.
fn days(history: &[&Purchase]) -> f64 {
    count(history.chunk_by(|a, b| a.day == b.day))
}

fn count<T>(things: impl Iterator<Item = T>) -> f64 {
    f64::from(u32::try_from(things.count()).unwrap_or(u32::MAX))
}

fn yes(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn at(list: &[f64], place: usize) -> f64 {
    list.get(place).copied().unwrap_or_default()
}

fn add(list: &mut [f64], place: usize, more: f64) {
    if let Some(sum) = list.get_mut(place) {
        *sum += more;
    }
}

impl Shop {
    fn of(records: &Records, campaign: &Campaign, past: &[&Purchase], histories: &[&[&Purchase]]) -> Self {
        let (mut sold, mut paid) = (vec![0.0; records.products.len()], vec![0.0; records.products.len()]);
        for purchase in past {
            add(&mut sold, purchase.product, 1.0);
            add(&mut paid, purchase.product, purchase.cents.into());
        }
        Self { start: campaign.start, households: count(histories.iter()), sold, paid }
    }
}

impl Shelf {
    fn of(records: &Records, campaign: &Campaign, shop: &Shop, histories: &[&[&Purchase]]) -> Self {
        let mut of_product: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, coupon) in campaign.coupons.iter().enumerate() {
            coupon.products.iter().for_each(|product| of_product.entry(*product).or_default().push(place));
        }
        let rates = maker_rates(records, campaign, shop);
        let buyers = buyers(campaign, &of_product, histories);
        let facts = campaign.coupons.iter().zip(buyers);
        let facts = facts.map(|(coupon, buyers)| Facts::of(records, shop, (coupon, buyers), &rates)).collect();
        Self {
            facts,
            of_product,
            of_kind: shares_of_level(records, campaign, shop, |product| product.kind),
            of_maker: shares_of_level(records, campaign, shop, |product| product.maker),
            of_category: shares_of_coupon(records, campaign, shop, |product| product.category),
        }
    }
}

/// Coupons, each with a share.
type Shares = Vec<(usize, f64)>;

/// Returns by level which coupons are for how much of what is sold of it.
fn shares_of_level(
    records: &Records,
    campaign: &Campaign,
    shop: &Shop,
    level: fn(&Product) -> usize,
) -> BTreeMap<usize, Shares> {
    let mut all: BTreeMap<usize, f64> = BTreeMap::new();
    for (product, sold) in records.products.iter().zip(&shop.sold) {
        *all.entry(level(product)).or_default() += sold;
    }
    let mut shares: BTreeMap<usize, Shares> = BTreeMap::new();
    for (place, coupon) in campaign.coupons.iter().enumerate() {
        for (of, sold) in sales(records, shop, coupon, level) {
            let share = sold / (all.get(&of).copied().unwrap_or_default() + 1.0);
            shares.entry(of).or_default().push((place, share));
        }
    }
    shares
}

/// Returns by level how much of which coupon's sales is of it.
fn shares_of_coupon(
    records: &Records,
    campaign: &Campaign,
    shop: &Shop,
    level: fn(&Product) -> usize,
) -> BTreeMap<usize, Shares> {
    let mut shares: BTreeMap<usize, Shares> = BTreeMap::new();
    for (place, coupon) in campaign.coupons.iter().enumerate() {
        let sales = sales(records, shop, coupon, level);
        let all: f64 = sales.values().sum();
        sales.into_iter().for_each(|(of, sold)| shares.entry(of).or_default().push((place, sold / all)));
    }
    shares
}

/// Returns what was sold of a coupon's products, by a level.
fn sales(records: &Records, shop: &Shop, coupon: &Coupon, level: impl Fn(&Product) -> usize) -> BTreeMap<usize, f64> {
    let mut sums = BTreeMap::new();
    for (product, known) in coupon.products.iter().filter_map(|item| Some((*item, records.products.get(*item)?))) {
        *sums.entry(level(known)).or_default() += at(&shop.sold, product) + SOME;
    }
    sums
}

/// Returns how many households bought something of each coupon.
fn buyers(campaign: &Campaign, of_product: &BTreeMap<usize, Vec<usize>>, histories: &[&[&Purchase]]) -> Vec<f64> {
    let mut buyers = vec![0.0; campaign.coupons.len()];
    for history in histories {
        let coupons: BTreeSet<usize> =
            history.iter().filter_map(|purchase| of_product.get(&purchase.product)).flatten().copied().collect();
        coupons.into_iter().for_each(|coupon| add(&mut buyers, coupon, 1.0));
    }
    buyers
}

/// Of a pool of about 208 coupons, a household got 16.
const OF_POOL: f64 = 16.0 / 208.0;
/// Received coupons that a maker's rate is mixed with, at the rate of all.
const MIXED: f64 = 5.0;

/// Returns how many of a maker's received coupons were redeemed before, and how many of all.
fn maker_rates(records: &Records, campaign: &Campaign, shop: &Shop) -> (BTreeMap<usize, f64>, f64) {
    let mut redeemed: BTreeMap<(u32, u64), f64> = BTreeMap::new();
    for before in records.redemptions.iter().filter(|redemption| redemption.day < campaign.start) {
        *redeemed.entry((before.campaign, before.coupon)).or_default() += 1.0;
    }
    let mut rates: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for before in records.campaigns.iter().filter(|before| before.start < campaign.start) {
        let received = count(before.households.iter()) * if before.personal { OF_POOL } else { 1.0 };
        for coupon in &before.coupons {
            let sales = sales(records, shop, coupon, |product| product.maker);
            let all: f64 = sales.values().sum();
            let redeemed = redeemed.get(&(before.number, coupon.number)).copied().unwrap_or_default();
            for (maker, sold) in sales {
                let rate = rates.entry(maker).or_default();
                *rate = (rate.0 + redeemed * sold / all, rate.1 + received * sold / all);
            }
        }
    }
    let all = rates.values().fold((0.0, 0.0), |all: (f64, f64), rate| (all.0 + rate.0, all.1 + rate.1));
    let usual = all.0 / f64::max(all.1, 1.0);
    let rate = |(redeemed, received)| (redeemed + MIXED * usual) / (received + MIXED);
    (rates.into_iter().map(|(maker, counts)| (maker, rate(counts))).collect(), usual)
}

impl Facts {
    fn of(
        records: &Records,
        shop: &Shop,
        (coupon, buyers): (&Coupon, f64),
        (rates, usual): &(BTreeMap<usize, f64>, f64),
    ) -> Self {
        let sold: f64 = coupon.products.iter().map(|product| at(&shop.sold, *product)).sum();
        let paid: f64 = coupon.products.iter().map(|product| at(&shop.paid, *product)).sum();
        let makers = sales(records, shop, coupon, |product| product.maker);
        let private = sales(records, shop, coupon, |product| usize::from(product.private));
        let kinds = sales(records, shop, coupon, |product| product.kind);
        let all = makers.values().sum::<f64>().max(1e-9);
        let rate = |(maker, sold): (&usize, &f64)| sold / all * rates.get(maker).unwrap_or(usual);
        let value = value::of(coupon.number);
        let clues = vec![
            libm::log(buyers / shop.households + 1e-3),
            libm::log(makers.iter().map(rate).sum::<f64>() + 1e-3),
            private.get(&1).copied().unwrap_or_default() / all,
            libm::log(paid / 100.0 / sold.max(1.0) + 0.1),
            libm::log(value.pieces.into()),
            libm::log(f64::from(value.cents) / 100.0),
            libm::log1p(count(coupon.products.iter())),
            libm::log1p(count(kinds.iter())),
        ];
        Self { sold, clues }
    }
}

/// Returns what is known of a household.
fn one(
    records: &Records,
    campaign: &Campaign,
    (shop, shelf): (&Shop, &Shelf),
    history: &[&Purchase],
) -> Option<Received> {
    let household = history.first()?.household;
    let owns = owns(records, campaign, shelf, history);
    let expected = expectations(&owns, (shop, shelf), history)?;
    let clues = owns.iter().zip(&shelf.facts).zip(&expected);
    let clues = clues.map(|((own, facts), expected)| [own.clues(*expected), facts.clues.clone()].concat());
    let mine = records.redemptions.iter().filter(|redemption| redemption.household == household);
    let later: BTreeSet<u64> =
        mine.filter(|redemption| redemption.campaign == campaign.number).map(|redemption| redemption.coupon).collect();
    let chosen = campaign.coupons.iter().map(|coupon| later.contains(&coupon.number)).collect();
    let fold = fold(household);
    let known = redeeming(records, campaign, history, (&owns, &expected));
    let nothing = vec![0.0; known.len()];
    Some(Received {
        household,
        campaign: campaign.number,
        start: campaign.start,
        coupons: campaign.coupons.iter().map(|coupon| coupon.number).collect(),
        choice: List { fold, clues: clues.collect(), chosen },
        redeemed: List { fold, clues: vec![nothing, known], chosen: vec![later.is_empty(), !later.is_empty()] },
    })
}

/// Returns how many purchases of each coupon's products are expected.
fn expectations(owns: &[Own], (shop, shelf): (&Shop, &Shelf), history: &[&Purchase]) -> Option<Vec<f64>> {
    let span = f64::from(shop.start - history.first()?.day);
    let whole = [NOW, USUALLY].map(|fade| fade * (1.0 - libm::exp(-span / fade)));
    let active = days(history) / span;
    let expected = |(own, facts): (&Own, &Facts)| own.expected(whole, facts.sold, active, shop);
    Some(owns.iter().zip(&shelf.facts).map(expected).collect())
}

/// Returns the part a household belongs to: by Knuth's multiplicative hash, so that neighbours come apart.
const fn fold(household: u32) -> u32 {
    (household.wrapping_mul(2_654_435_761) >> 16) % FOLDS
}

/// Adds up what a household has to do with each coupon.
fn owns(records: &Records, campaign: &Campaign, shelf: &Shelf, history: &[&Purchase]) -> Vec<Own> {
    let mut owns = vec![Own::default(); campaign.coupons.len()];
    let (mut kinds, mut makers) = (BTreeMap::<usize, [f64; 2]>::new(), BTreeMap::<usize, f64>::new());
    let mut categories = BTreeMap::<usize, f64>::new();
    for purchase in history {
        let Some(product) = records.products.get(purchase.product) else { continue };
        let age = f64::from(campaign.start - purchase.day);
        let [now, usually] = [NOW, USUALLY].map(|fade| libm::exp(-age / fade));
        let kind = kinds.entry(product.kind).or_default();
        *kind = [kind[0] + now, kind[1] + usually];
        *makers.entry(product.maker).or_default() += usually;
        *categories.entry(product.category).or_default() += 1.0;
        for place in shelf.of_product.get(&purchase.product).into_iter().flatten() {
            let Some(own) = owns.get_mut(*place) else { continue };
            own.same = [own.same[0] + now, own.same[1] + usually];
            own.spent += f64::from(purchase.cents) / 100.0;
            own.bought = true;
            own.with_coupon += yes(purchase.with_coupon);
        }
    }
    for (kind, counts) in kinds {
        each(&mut owns, shelf.of_kind.get(&kind), |own, share| {
            own.kind = [own.kind[0] + share * counts[0], own.kind[1] + share * counts[1]];
        });
    }
    for (maker, count) in makers {
        each(&mut owns, shelf.of_maker.get(&maker), |own, share| own.maker += share * count);
    }
    for (category, count) in categories {
        each(&mut owns, shelf.of_category.get(&category), |own, share| own.category += share * count);
    }
    owns
}

fn each(owns: &mut [Own], of: Option<&Shares>, change: impl Fn(&mut Own, f64)) {
    for (place, share) in of.into_iter().flatten() {
        if let Some(own) = owns.get_mut(*place) {
            change(own, *share);
        }
    }
}

impl Own {
    /// Returns how many purchases of the coupon's products are expected within 32 days; `whole` is what a purchase a day
    /// would count by now, `active` the days with purchases a day.
    fn expected(&self, whole: [f64; 2], sold: f64, active: f64, shop: &Shop) -> f64 {
        let [now, usually] = whole;
        expected::SAME[0] * self.same[0] / now
            + expected::SAME[1] * self.same[1] / usually
            + expected::KIND[0] * self.kind[0] / now
            + expected::KIND[1] * self.kind[1] / usually
            + expected::MAKER * self.maker / usually
            + (expected::SOLD[0] * active + expected::SOLD[1]) * sold / f64::from(shop.start)
            + expected::LEAST
    }

    fn clues(&self, expected: f64) -> Vec<f64> {
        vec![libm::log(expected), libm::log1p(self.spent), yes(self.bought), libm::log1p(self.category)]
    }
}

/// Returns what tells whether a household redeems anything; the first clue is the same for all.
fn redeeming(
    records: &Records,
    campaign: &Campaign,
    history: &[&Purchase],
    (owns, expected): (&[Own], &[f64]),
) -> Vec<f64> {
    let (redemptions, redeemed, received) = before(records, campaign, history.first().map(|first| first.household));
    let sum = |of: fn(&Purchase) -> f64| history.iter().map(|purchase| of(purchase)).sum::<f64>();
    let (lines, days) = (sum(|_| 1.0), days(history));
    let (paid, off) = (sum(|purchase| purchase.cents.into()) / 100.0, sum(|purchase| purchase.off.into()) / 100.0);
    let coupons = sum(|purchase| yes(purchase.with_coupon));
    let first = history.first().map_or(campaign.start, |first| first.day);
    // NOTE: each less what is usual, so that what is pulled to nothing is a difference.
    vec![
        1.0,
        yes(campaign.personal),
        libm::log1p(redemptions),
        libm::log((redeemed + 0.3) / (received + 3.0)) + 2.4,
        libm::log(expected.iter().sum::<f64>().max(1e-9)) - 1.2,
        libm::log1p(owns.iter().map(|own| own.spent).sum()) - 4.7,
        libm::log(days / f64::from(campaign.start - first)) + 1.6,
        libm::log((paid + 1.0) / days) - 3.6,
        off / (paid + off).max(1.0) - 0.16,
        libm::log1p(coupons) - 1.0,
        libm::log((coupons + 2.0) / (lines + 200.0)) + 5.2,
        libm::log1p(owns.iter().map(|own| own.with_coupon).sum()) - 0.5,
    ]
}

/// Returns how often a household redeemed a coupon before a campaign, in how many others, and how many it received.
fn before(records: &Records, campaign: &Campaign, household: Option<u32>) -> (f64, f64, f64) {
    let earlier = records.redemptions.iter().filter(|redemption| redemption.day < campaign.start);
    let own: Vec<u32> = earlier
        .filter(|redemption| Some(redemption.household) == household)
        .map(|redemption| redemption.campaign)
        .collect();
    let received = records.campaigns.iter().filter(|before| before.start < campaign.start);
    let received = received.filter(|before| household.is_some_and(|household| before.households.contains(&household)));
    (count(own.iter()), count(own.iter().collect::<BTreeSet<_>>().iter()), count(received))
}
