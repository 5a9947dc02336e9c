//! `tactful compile --terms`: what ledger, edge and tills need to know of each coupon with a budget; and what they may cost.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tactful::author::coupons;
use tactful::catalog::Catalog;
use tactful::ledger::{Book, Offline, Terms};
use tactful::value::Minor;

use crate::failure::Failure;
use crate::files;

/// Where the terms go.
#[derive(clap::Args)]
#[group(skip)]
pub struct Args {
    /// Write the terms of the coupons with a budget into this file (JSON), too: what ledger, edge and tills need to know of
    /// them, and no device
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
}

/// The coupons of a catalog that have a budget.
pub struct Coupons {
    book: Book,
}

impl Args {
    /// Writes the terms, if a file was named, and returns what there is to tell of them.
    pub fn write(&self, catalog: &Catalog, (path, text): (&Path, &str)) -> Result<Coupons, Failure> {
        let coupons = Coupons::of(catalog, text);
        if let Some(output) = &self.terms {
            files::apart(output, &[path])?;
            files::write(output, |file| {
                serde_json::to_writer_pretty(&mut *file, &coupons.book)?;
                file.write_all(b"\n")
            })?;
        }
        Ok(coupons)
    }

    /// Tells whether terms are written.
    pub const fn are_written(&self) -> bool {
        self.terms.is_some()
    }
}

impl Coupons {
    /// Returns the coupons of a catalog that was written as `text`.
    pub fn of(catalog: &Catalog, text: &str) -> Self {
        Self { book: coupons::book(text, catalog) }
    }

    /// Tells whether there are none.
    pub const fn are_none(&self) -> bool {
        self.book.coupons.is_empty()
    }

    /// Returns a line for each coupon, and one for all; nothing where there are none.
    pub fn for_people(&self) -> Option<String> {
        let Book { coupons, .. } = &self.book;
        let rows: String = coupons.iter().map(|terms| self.row(terms)).collect();
        let count: u64 = coupons.iter().map(|terms| u64::from(terms.budget.coupons)).sum();
        let all = self.money(self.liability());
        (!coupons.is_empty()).then(|| format!("{rows}  all {count} coupons take off at most {all}"))
    }

    fn row(&self, terms: &Terms) -> String {
        let (coupons, most) = (terms.budget.coupons, terms.maximum_discount.unwrap_or(Minor::MAX));
        let whole = self.money(terms.liability().unwrap_or(Minor::MAX));
        let offline = terms.budget.offline.map_or_else(String::new, |offline| {
            let (count, value) = (offline.per_till, self.money(offline.value_per_day));
            format!("; a till without network takes at most {count} of them, and {value} a day")
        });
        let name = &terms.coupon;
        format!("  {name}: {coupons} coupons of at most {} take off at most {whole}{offline}\n", self.money(most))
    }

    /// Returns in words what tills that are cut off may honour in a day beyond what the ledger knows.
    pub fn overspend(&self, tills: u32) -> Option<String> {
        let most = self.money(self.most_overspent(tills)?);
        let who = if tills == 1 { "a till".into() } else { format!("{tills} tills") };
        Some(format!("  {who} without network could honour {most} a day too much, and never more"))
    }

    /// Returns what tills that are cut off may honour in a day beyond what the ledger knows; nothing where no coupon may be taken
    /// offline. Of each coupon: tills times the smaller of `value_per_day` and `per_till` times the most that one takes off.
    pub fn most_overspent(&self, tills: u32) -> Option<Minor> {
        let caps = self.book.coupons.iter().filter_map(|terms| Some((terms, terms.budget.offline?)));
        let of = |(terms, offline): (&Terms, Offline)| {
            let most = terms.maximum_discount.map_or(Minor::MAX, |most| most.times(offline.per_till));
            most.min(offline.value_per_day).times(tills)
        };
        let all: Vec<Minor> = caps.map(of).collect();
        (!all.is_empty()).then(|| all.iter().copied().sum())
    }

    /// Returns the same for programs; amounts in minor units.
    pub fn for_programs(&self) -> Value {
        let row = |terms: &Terms| {
            json!({
                "coupon": terms.coupon,
                "coupons": terms.budget.coupons,
                "most_each": terms.maximum_discount.map(Minor::units),
                "most": terms.liability().map(Minor::units),
            })
        };
        json!({"coupons": self.book.coupons.iter().map(row).collect::<Vec<_>>(), "most": self.liability().units()})
    }

    fn liability(&self) -> Minor {
        self.book.coupons.iter().map(|terms| terms.liability().unwrap_or(Minor::MAX)).sum()
    }

    fn money(&self, amount: Minor) -> String {
        let (decimals, currency) = (usize::from(self.book.decimals), &self.book.currency);
        let digits = format!("{:0>1$}", amount.units(), decimals + 1);
        let (whole, part) = digits.split_at(digits.len() - decimals);
        let point = if decimals > 0 { "." } else { "" };
        format!("{whole}{point}{part} {currency}")
    }
}
