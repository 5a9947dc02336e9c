//! The benchmark's coupons: who received which, what was redeemed, and what the households bought before.
//!
//! Knows the layout of the data (its README). What is known of a list of coupons on its first day is in [`clues`].

mod clues;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::choice::List;
use crate::failure::Failure;
use crate::predict::find;
use crate::table;

/// A product's place in [`Records::products`].
type Item = usize;

/// Everything that is read.
pub struct Records {
    products: Vec<Product>,
    /// Sorted by household, then day; a product once a day.
    purchases: Vec<Purchase>,
    /// By their first day.
    campaigns: Vec<Campaign>,
    redemptions: Vec<Redemption>,
}

/// A product; types, categories and makers are counted from 0.
struct Product {
    kind: usize,
    category: usize,
    maker: usize,
    private: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Purchase {
    household: u32,
    day: i32,
    product: Item,
    pieces: u32,
    /// What the retailer received, and what was taken off, cents.
    cents: u32,
    off: u32,
    /// A coupon from elsewhere was probably used.
    with_coupon: bool,
}

struct Campaign {
    number: u32,
    start: i32,
    /// `A`: a household got 16 coupons of the pool, chosen for it; nobody knows which.
    personal: bool,
    /// By their numbers.
    coupons: Vec<Coupon>,
    households: BTreeSet<u32>,
}

struct Coupon {
    number: u64,
    /// What it is for, as far as the table of products knows it.
    products: Vec<Item>,
}

#[derive(Clone, Copy, Deserialize)]
struct Redemption {
    household: u32,
    campaign: u32,
    coupon: u64,
    day: i32,
}

/// A household that received a campaign, and what is known on the campaign's first day.
pub struct Received {
    /// Who.
    pub household: u32,
    /// What.
    pub campaign: u32,
    /// The first day.
    pub start: i32,
    /// The numbers of the coupons.
    pub coupons: Vec<u64>,
    /// The coupons, those redeemed later as the chosen ones.
    pub choice: List,
    /// Whether anything was redeemed later: a choice between nothing and something.
    pub redeemed: List,
}

/// Days with purchases from which on a household is asked about.
const LEAST_DAYS: f64 = 5.0;
/// First day of a campaign from which on there is something to know.
const EARLIEST: i32 = 30;

/// Returns the paths of what is read, where all of them are files.
pub fn paths(folder: &Path) -> Result<[PathBuf; 6], Failure> {
    let wanted = [
        "next_need/products.csv.gz",
        "next_need/purchases.csv.gz",
        "coupons/campaigns.csv",
        "coupons/coupons.csv.gz",
        "coupons/received.csv.gz",
        "coupons/redemptions.csv.gz",
    ];
    find(folder, "coupons", wanted)
}

/// Reads a folder.
pub fn read(folder: &Path) -> Result<Records, Failure> {
    let [products, purchases, campaigns, coupons, received, redemptions] = paths(folder)?;
    let (products, items) = read_products(&products)?;
    let purchases = read_purchases(&purchases, &items)?;
    let campaigns = read_campaigns([&campaigns, &coupons, &received], &items)?;
    let mut redeemed = Vec::new();
    table::rows(&redemptions, "redemptions", |row: Redemption| redeemed.push(row))?;
    Ok(Records { products, purchases, campaigns, redemptions: redeemed })
}

/// Returns what is known of everybody who received a campaign, on its first day, by campaign and household.
///
/// Of what happened on that day or later, only [`List::chosen`] knows.
pub fn received(records: &Records) -> Vec<Received> {
    let asked = records.campaigns.iter().filter(|campaign| campaign.start >= EARLIEST);
    asked.flat_map(|campaign| clues::received(records, campaign)).collect()
}

#[derive(Deserialize)]
struct ProductRow {
    product: u32,
    category: String,
    r#type: String,
    brand: String,
    manufacturer: String,
}

type Items = BTreeMap<u32, Item>;

fn read_products(path: &Path) -> Result<(Vec<Product>, Items), Failure> {
    let (mut products, mut items) = (Vec::new(), Items::new());
    let (mut kinds, mut categories, mut makers) = (Names::default(), Names::default(), Names::default());
    table::rows(path, "products", |row: ProductRow| {
        items.insert(row.product, products.len());
        products.push(Product {
            kind: kinds.place(format!("{} / {}", row.category, row.r#type)),
            category: categories.place(row.category),
            maker: makers.place(row.manufacturer),
            private: row.brand == "Private",
        });
    })?;
    Ok((products, items))
}

/// Names, each with its place.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    fn place(&mut self, name: String) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }
}

#[derive(Deserialize)]
struct PurchaseRow {
    household: u32,
    day: i32,
    product: u32,
    qty: u32,
    cents: u32,
    disc_cents: u32,
}

fn read_purchases(path: &Path, items: &Items) -> Result<Vec<Purchase>, Failure> {
    let mut purchases = Vec::new();
    table::rows(path, "purchases", |row: PurchaseRow| {
        purchases.extend(items.get(&row.product).map(|product| Purchase {
            household: row.household,
            day: row.day,
            product: *product,
            pieces: row.qty,
            cents: row.cents,
            off: row.disc_cents,
            with_coupon: false,
        }));
    })?;
    value::mark_coupons(&mut purchases);
    purchases.sort_unstable();
    // NOTE: `dedup_by` hands the later one first, and drops it where told so.
    purchases.dedup_by(|more, kept| {
        let same = (more.household, more.day, more.product) == (kept.household, kept.day, kept.product);
        if same {
            kept.pieces += more.pieces;
            kept.cents += more.cents;
            kept.off += more.off;
            kept.with_coupon |= more.with_coupon;
        }
        same
    });
    Ok(purchases)
}

#[derive(Deserialize)]
struct CampaignRow {
    campaign: u32,
    r#type: String,
    start_day: i32,
}

#[derive(Deserialize)]
struct CouponRow {
    campaign: u32,
    coupon: u64,
    product: u32,
}

#[derive(Deserialize)]
struct ReceivedRow {
    campaign: u32,
    household: u32,
}

fn read_campaigns([campaigns, coupons, received]: [&Path; 3], items: &Items) -> Result<Vec<Campaign>, Failure> {
    let mut covered: BTreeMap<u32, BTreeMap<u64, BTreeSet<Item>>> = BTreeMap::new();
    table::rows(coupons, "coupons", |row: CouponRow| {
        let coupon = covered.entry(row.campaign).or_default().entry(row.coupon).or_default();
        coupon.extend(items.get(&row.product));
    })?;
    let mut households: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    table::rows(received, "received", |row: ReceivedRow| {
        households.entry(row.campaign).or_default().insert(row.household);
    })?;
    let mut all = Vec::new();
    table::rows(campaigns, "campaigns", |row: CampaignRow| {
        let coupon =
            |(number, products): (u64, BTreeSet<Item>)| Coupon { number, products: products.into_iter().collect() };
        all.push(Campaign {
            number: row.campaign,
            start: row.start_day,
            personal: row.r#type == "A",
            coupons: covered.remove(&row.campaign).unwrap_or_default().into_iter().map(coupon).collect(),
            households: households.remove(&row.campaign).unwrap_or_default(),
        });
    })?;
    all.sort_by_key(|campaign| (campaign.start, campaign.number));
    Ok(all)
}
