//! What an offer is about and what a coupon takes off, as a shop writes it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use schemars::JsonSchema;
use serde::Deserialize;

/// What an offer is about; everything where `categories` and `products` are empty.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Ids of categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Ids of products.
    #[serde(default)]
    pub products: Vec<String>,
    /// What of them it is not about, and a coupon takes nothing off.
    #[serde(default)]
    pub except: Goods,
}

/// Goods, by category or one by one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// Ids of categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Ids of products.
    #[serde(default)]
    pub products: Vec<String>,
}

/// Of each `of` pieces only `pay` are paid for, counted from the dearest down; the cheapest of each `of` are free.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pieces {
    /// How many are taken.
    #[schemars(range(min = 2, max = 1_000))]
    pub of: u16,
    /// How many of them are paid for.
    #[schemars(range(min = 1, max = 999))]
    pub pay: u16,
}

/// What is taken off from a spend or a number of pieces on: either `percent` or `amount`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// What the lines in scope must cost, major units.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub from_spend: Option<f64>,
    /// How many pieces must be in scope.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub from_pieces: Option<u16>,
    /// Percent off, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub percent: Option<u8>,
    /// Amount off, major units.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub amount: Option<f64>,
}

/// A piece of each part together for one price, as often as they are in the basket, the dearest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// What belongs together; nothing may be in two of them.
    #[schemars(length(min = 2, max = 8))]
    pub parts: Vec<Goods>,
    /// What a piece of each costs together, major units.
    #[schemars(range(min = 0))]
    pub price: f64,
}

/// What a reduction of goods is before the law (Directive 98/6/EC, article 6a; German PAngV section 11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// Announced to the public: the goods need their lowest price of the last 30 days, and may not have been cheaper.
    #[default]
    Announced,
    /// For a single person (section 11 (4) number 1).
    Individual,
    /// For goods that would soon spoil or expire, which is made recognisable (section 11 (4) number 2).
    Perishable,
}

/// What a coupon takes off: one of `percent`, `amount`, `pieces`, `free`, `tiers` and `bundle`, from the lines in the
/// offer's scope.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// Percent off, 1 to 100.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub percent: Option<u8>,
    /// Amount off, major units.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub amount: Option<f64>,
    /// So many for the price of fewer.
    #[serde(default)]
    pub pieces: Option<Pieces>,
    /// So many pieces in scope are free beside a purchase, the dearest first; `minimum_spend` then counts all others.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000))]
    pub free: Option<u16>,
    /// More off the more is bought: what the highest tier that is reached takes off. Tiers rise.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub tiers: Vec<Tier>,
    /// Things that cost less together. The offer's scope is then what the parts name.
    #[serde(default)]
    pub bundle: Option<Bundle>,
    /// It goes together with coupons of other stacking groups, one of each; alone where missing.
    #[serde(default)]
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub stacking: Option<String>,
    /// What the reduction of goods is before the law; `announced` where missing. Only the shop can know.
    #[serde(default)]
    pub reduction: Reduction,
    /// The lines in scope must cost at least this, major units, as they stand on the shelf.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub minimum_spend: f64,
    /// Never takes off more than this, major units.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub maximum_discount: Option<f64>,
}
