//! What the ledger must know of a coupon before it gives one: its budget, its limits, and what a token says of it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::json;
use crate::token::{Benefit, Environment, Kid, Merchant};
use crate::value::{Minor, Timestamp};

/// The terms of all coupons of a shop that have a budget: the file that `tactful compile --terms` writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Name of the shop.
    pub name: String,
    /// Version of the catalog.
    pub version: u64,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Decimals of the currency: an amount of 150 with two of them is 1.50.
    pub decimals: u8,
    /// The stores that a token can name.
    pub stores: Vec<StoreNumber>,
    /// The coupons, by id.
    pub coupons: Vec<Terms>,
}

/// A store as tokens name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreNumber {
    /// Its id in the catalog.
    pub id: String,
    /// Its number in tokens.
    pub number: NonZeroU16,
}

/// What ledger, till and edge know of one coupon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Id of the offer.
    pub coupon: String,
    /// The first 8 bytes of SHA-256 of the id, as the token has them.
    #[serde(with = "json::hex")]
    pub campaign: [u8; 8],
    /// Title per language.
    #[serde(default)]
    pub title: BTreeMap<String, String>,
    /// What it takes off, where a token can say that.
    #[serde(with = "json::benefit")]
    pub benefit: Benefit,
    /// The least that has to be bought, minor units.
    #[serde(with = "json::minor", default)]
    pub minimum_spend: Minor,
    /// The most that one coupon takes off, minor units; unlimited where missing.
    #[serde(with = "json::maybe_minor", default, skip_serializing_if = "Option::is_none")]
    pub maximum_discount: Option<Minor>,
    /// What it takes off as the catalog has it, amounts in major units: for tills, where `benefit` is of kind `terms`.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub value: serde_json::Value,
    /// Ids of the categories that it takes something off of; of everything where this and `products` are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Ids of the products that it takes something off of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// Goods of the scope that it takes nothing off of, as the catalog has them.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub except: serde_json::Value,
    /// It is combined with coupons of other groups only, one of each; with none where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stacking_group: Option<String>,
    /// May it be combined with other coupons?
    #[serde(default)]
    pub stackable: bool,
    /// First instant of claims; always where missing.
    #[serde(with = "json::maybe_ms", default)]
    pub from: Option<Timestamp>,
    /// First instant after the last claim and after the last redemption.
    #[serde(with = "json::maybe_ms", default)]
    pub until: Option<Timestamp>,
    /// How many there are.
    pub budget: Budget,
}

/// How many coupons there are, and of what kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// In all.
    pub coupons: u32,
    /// For one person, as long as the coupon runs; one that expired unused does not count.
    pub per_person: u16,
    /// Of each store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_store: Option<u32>,
    /// In each hour of UTC; when they are gone, the coupon pauses until the shop resumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// Lifetime of one, days, 1 to 45; not beyond the end of the coupon.
    pub valid_days: u16,
    /// What a till without network may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline: Option<Offline>,
    /// Is it good in every store, or in the one that it was claimed for?
    #[serde(default)]
    pub all_stores: bool,
}

/// What a till without network may take of one coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offline {
    /// Coupons between two reports of one till.
    pub per_till: u32,
    /// Worth of a day's coupons at one till, minor units.
    #[serde(with = "json::minor")]
    pub value_per_day: Minor,
}

/// Who issues, and what new payloads say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// Are the tokens worth money?
    pub environment: Environment,
    /// The key that will sign.
    pub kid: Kid,
    /// The shop.
    pub merchant: Merchant,
    /// The shard of the ledger.
    pub shard: u8,
}

impl Terms {
    /// Returns what all coupons take off at most; `None` where there is no most of one.
    pub fn liability(&self) -> Option<Minor> {
        self.maximum_discount.map(|most| most.times(self.budget.coupons))
    }
}

impl Book {
    /// Returns the terms of a coupon.
    pub fn terms(&self, coupon: &str) -> Option<&Terms> {
        self.coupons.iter().find(|terms| terms.coupon == coupon)
    }

    /// Returns the number of a store.
    pub fn store(&self, id: &str) -> Option<NonZeroU16> {
        self.stores.iter().find(|store| store.id == id).map(|store| store.number)
    }
}
