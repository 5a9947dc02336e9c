//! `tactful savings`: which coupons of a catalog go together on a basket, what each takes off which line, and why the others
//! are not used.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tactful::author::json::{EARLIEST_MS, SignalIssue};
use tactful::author::no_json;
use tactful::basket::Basket;
use tactful::catalog::{Catalog, Language};
use tactful::savings::best::{Combination, Coupon, best};
use tactful::savings::refusal::{Currency, Refusal};
use tactful::savings::tax::Tax;
use tactful::signal::Fact;
use tactful::value::{BasisPoints, Minor};

use crate::failure::Failure;
use crate::report::Finding;
use crate::{check, files, help, steps};

/// Tell which coupons go together on a basket, what each takes off which line, and why the others are not used
///
/// The basket is JSON with `items` as in an `add_to_cart` signal: `item_id`, `price`, `quantity`, `item_category`. An item
/// may have a `tax_percent`, and the basket a `tax`, which is `included` in the prices or `added` to them. Schedules and
/// conditions are not asked: a till knows who is there and when.
#[derive(clap::Args)]
#[command(after_help = help!("tactful savings examples/nordkorb/catalog.json basket.json --coupon coffee-due --coupon big-basket"))]
pub struct Args {
    /// The pack (.tact) or the catalog (JSON)
    coupons: PathBuf,
    /// The basket (JSON)
    basket: PathBuf,
    /// Id of a coupon that is shown at the till; all of the catalog where none is named
    #[arg(long = "coupon", value_name = "ID")]
    shown: Vec<String>,
    /// The language in which reasons are told
    #[arg(long, value_enum, default_value_t = Spoken::En)]
    language: Spoken,
    /// Print one line of JSON, amounts in minor units, reasons in all languages
    #[arg(long)]
    json: bool,
}

/// A language of reasons.
#[derive(Clone, Copy, ValueEnum)]
enum Spoken {
    De,
    En,
}

/// Combines the coupons.
pub fn savings(args: &Args) -> Result<(), Failure> {
    let catalog = catalog(&args.coupons)?;
    let bought = Bought::read(&args.basket, &catalog)?;
    let coupons = coupons(args, &catalog)?;
    let given: Vec<Coupon> = coupons.iter().map(|(_, coupon)| *coupon).collect();
    let names: Vec<&str> = coupons.iter().map(|(name, _)| *name).collect();
    let told = Told { catalog: &catalog, names, combination: best(&given, &bought.basket), bought: &bought };
    if args.json {
        writeln!(io::stdout(), "{}", told.for_programs())?;
    } else {
        let language = if matches!(args.language, Spoken::De) { Language::De } else { Language::En };
        write!(io::stdout(), "{}", told.for_people(language))?;
    }
    Ok(())
}

/// Reads a pack, or compiles a catalog.
fn catalog(path: &Path) -> Result<Catalog, Failure> {
    if files::bytes(path)?.starts_with(b"TACT") { files::pack(path) } else { check::read(path, check::horizon(None)) }
}

/// Returns the coupons that were named, or all, each with its id.
fn coupons<'a>(args: &Args, catalog: &'a Catalog) -> Result<Vec<(&'a str, Coupon<'a>)>, Failure> {
    let all = catalog.offers().filter_map(|(_, offer)| Some((catalog.text(offer.id), Coupon::of(&offer)?)));
    let all: Vec<_> = all.collect();
    if args.shown.is_empty() {
        return Ok(all);
    }
    Failure::unless_known(&args.shown, all.iter().map(|(known, _)| *known))?;
    Ok(args.shown.iter().filter_map(|id| all.iter().find(|(known, _)| known == id).copied()).collect())
}

/// A basket with the tax of each line.
struct Bought {
    basket: Basket,
    items: Vec<String>,
    mode: Tax,
    rates: Vec<BasisPoints>,
}

impl Bought {
    fn read(path: &Path, catalog: &Catalog) -> Result<Self, Failure> {
        let (file, text) = (files::name(path), files::text(path)?);
        let mut value: Value = serde_json::from_str(&text).map_err(|error| {
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let at = error.column().saturating_sub(1).min(line.len());
            let message = format!("this is no JSON: {}", no_json(line, at, &error));
            Failure::Wrong { findings: vec![Finding::no_json(&file, line, (error.line(), at), &message)], more: 0 }
        })?;
        let wrong = |issues: Vec<SignalIssue>| Failure::Wrong {
            findings: issues.into_iter().map(|issue| Finding::in_text(&file, &text, issue)).collect(),
            more: 0,
        };
        let (mode, taxes) = take_taxes(&mut value).map_err(|issue| wrong(vec![issue]))?;
        let ids: Vec<String> = ids(&value);
        let signal = steps::signal(catalog, &value).map_err(wrong)?;
        let Fact::Shop(event) = signal.fact else { return Ok(Self::empty(mode)) };
        let (mut basket, mut items, mut rates) = (Basket::default(), Vec::new(), Vec::new());
        for ((line, id), rate) in event.lines.iter().zip(ids).zip(taxes) {
            let known = basket.lines().len();
            basket.add(std::slice::from_ref(line));
            if basket.lines().len() > known {
                items.push(id);
                rates.push(rate);
            }
        }
        Ok(Self { basket, items, mode, rates })
    }

    fn empty(mode: Tax) -> Self {
        Self { basket: Basket::default(), items: Vec::new(), mode, rates: Vec::new() }
    }
}

/// Takes what only a till knows out of a basket, which then is a signal.
fn take_taxes(value: &mut Value) -> Result<(Tax, Vec<BasisPoints>), SignalIssue> {
    let issue =
        |path: String, message: &str| SignalIssue { code: "out-of-range".into(), path, message: message.into() };
    let Some(basket) = value.as_object_mut() else {
        return Err(issue(String::new(), "a basket must be an object with `items`"));
    };
    let mode = match basket.remove("tax").as_ref().map(Value::as_str) {
        None | Some(Some("included")) => Tax::Included,
        Some(Some("added")) => Tax::Added,
        Some(_) => return Err(issue("/tax".into(), "`tax` must be `included` or `added`")),
    };
    basket.insert("type".into(), json!("add_to_cart"));
    basket.insert("at".into(), json!(EARLIEST_MS));
    let items = basket.get_mut("items").and_then(Value::as_array_mut);
    let mut rates = Vec::new();
    for (at, item) in items.into_iter().flatten().enumerate() {
        let rate = item.as_object_mut().and_then(|item| item.remove("tax_percent"));
        let rate = rate.map_or(Some(0.0), |rate| rate.as_f64()).filter(|rate| (0.0..=100.0).contains(rate));
        let Some(rate) = rate else {
            let path = format!("/items/{at}/tax_percent");
            return Err(issue(path, "`tax_percent` must be a number from 0 to 100"));
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 10,000")]
        rates.push(BasisPoints::new((rate * 100.0).round() as u16));
    }
    Ok((mode, rates))
}

fn ids(basket: &Value) -> Vec<String> {
    let items = basket.get("items").and_then(Value::as_array);
    let id = |item: &Map<String, Value>| item.get("item_id").or(item.get("item_name")).map(id_text);
    items.into_iter().flatten().map(|item| item.as_object().and_then(id).unwrap_or_default()).collect()
}

fn id_text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), String::from)
}

/// What is told of a combination.
struct Told<'a> {
    catalog: &'a Catalog,
    names: Vec<&'a str>,
    combination: Combination,
    bought: &'a Bought,
}

impl Told<'_> {
    fn currency(&self) -> Currency {
        Currency { code: self.catalog.currency, decimals: self.catalog.decimals }
    }

    fn name(&self, coupon: usize) -> &str {
        self.names.get(coupon).copied().unwrap_or_default()
    }

    /// Returns each line with its id, its price, its pieces, what it costs on the shelf, what it then costs, and its tax.
    fn lines(&self) -> impl Iterator<Item = (&str, Minor, u16, Minor, Minor, Minor)> {
        let Bought { basket, items, mode, rates } = self.bought;
        let lines = basket.lines().iter().zip(items).zip(rates).zip(&self.combination.lines);
        lines.map(|(((line, id), rate), pays)| {
            (id.as_str(), line.price, line.quantity, line.total(), *pays, mode.of(*rate, *pays))
        })
    }

    fn for_people(&self, language: Language) -> String {
        let said = |amount: Minor| self.currency().said(amount, language);
        let mut out = String::new();
        let mut say = |line: String| {
            out.push_str(line.trim_end());
            out.push('\n');
        };
        for (item, price, quantity, _, pays, tax) in self.lines() {
            let tax = if tax > Minor::ZERO { format!("  tax {}", said(tax)) } else { String::new() };
            say(format!("{:>5} x {:<24} {:>10} {:>12}{tax}", quantity, item, said(price), said(pays)));
        }
        for used in &self.combination.used {
            say(format!("used    {:<24} {:>23}", self.name(used.coupon), format!("-{}", said(used.saves))));
        }
        let pays = said(self.combination.pays);
        say(format!("pays    {pays:>48}"));
        for refused in &self.combination.refused {
            let sentence = refused.why.sentence(language, self.currency());
            say(format!("unused  {:<24} {sentence}", self.name(refused.coupon)));
        }
        if !self.combination.is_exact() {
            let most = said(self.combination.at_most);
            say(format!("notice: too many coupons to try all combinations; none saves more than {most}"));
        }
        out
    }

    fn for_programs(&self) -> Value {
        let Combination { used, refused, saves, pays, at_most, .. } = &self.combination;
        let units = |amounts: &[Minor]| amounts.iter().map(|amount| amount.units()).collect::<Vec<_>>();
        let used = used.iter().map(|used| {
            json!({ "coupon": self.name(used.coupon), "saves": used.saves.units(), "lines": units(&used.lines) })
        });
        let refused = refused.iter().map(|refused| self.refusal(self.name(refused.coupon), refused.why));
        let lines = self.lines().map(|(item, price, quantity, shelf, pays, tax)| {
            let saves = shelf.minus(pays).units();
            let (price, pays, tax) = (price.units(), pays.units(), tax.units());
            json!({ "item": item, "price": price, "quantity": quantity, "saves": saves, "pays": pays, "tax": tax })
        });
        json!({
            "currency": String::from_utf8_lossy(&self.catalog.currency),
            "saves": saves.units(),
            "pays": pays.units(),
            "at_most": at_most.units(),
            "exact": self.combination.is_exact(),
            "used": used.collect::<Vec<_>>(),
            "refused": refused.collect::<Vec<_>>(),
            "lines": lines.collect::<Vec<_>>(),
        })
    }

    fn refusal(&self, coupon: &str, why: Refusal) -> Value {
        let said = |language| why.sentence(language, self.currency());
        let mut told = json!({
            "coupon": coupon,
            "reason": why.name(),
            "sentence": { "de": said(Language::De), "en": said(Language::En) },
        });
        let missing = match why {
            Refusal::MinimumSpend { missing } => Some(missing.units()),
            Refusal::Pieces { missing } => Some(missing.into()),
            _ => None,
        };
        if let (Some(missing), Some(told)) = (missing, told.as_object_mut()) {
            told.insert("missing".into(), missing.into());
        }
        told
    }
}
