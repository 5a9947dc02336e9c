//! What a catalog means: every name resolved, every amount exact, every condition lowered.

mod price;
mod reach;
mod stores;
mod tact;
mod value;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use jiff::tz::TimeZone;

use super::cel::{self, Scope as Vocabulary};
use super::fault::nearest;
use super::{Fault, Horizon, hours, mark, shape};
use crate::catalog::{
    Cadence, Cap, Catalog, Category, Condition, Counted, Draft, Fatigue, Goals, IntentOdds, Kind, Kinds, Language,
    Names, NeedOdds, Offers, OwnAttribute, OwnCap, OwnIx, OwnKind, Pacing, Placement, PlacementIx, Prior, Product,
    Reach, Text, Texts, Words,
};
use crate::product::{CategoryIx, Gs1Number, ProductIx};
use crate::store::StoreIx;
use crate::value::{Key, Minor, Ppm, Span, Timestamp};

/// Compiles a catalog of the right shape, with `only` these stores of it, sorted, or all; the catalog is there where no fault is.
pub(super) fn check(
    shape: &shape::Catalog,
    only: Option<&[StoreIx]>,
    horizon: Horizon,
) -> (Option<Catalog>, Vec<(String, Fault)>) {
    let mut checker = Checker::new(shape, horizon);
    let catalog = checker.catalog(shape, only);
    (Some(catalog).filter(|_| checker.faults.is_empty()), checker.faults)
}

struct Checker {
    horizon: Horizon,
    faults: Vec<(String, Fault)>,
    /// Every text once; the first has number 1.
    texts: Vec<String>,
    numbers: BTreeMap<String, Text>,
    languages: Vec<Language>,
    currency: String,
    decimals: u8,
    zone: TimeZone,
    vocabulary: Vocabulary,
    placements: BTreeMap<String, PlacementIx>,
    country: String,
    /// The country asks for the lowest price of the last 30 days where a reduction is announced.
    price_law: bool,
    /// That price of each product.
    lowest: Vec<Option<Minor>>,
    /// Whom some offers are for.
    reaches: Vec<Reach>,
}

impl Checker {
    fn new(shape: &shape::Catalog, horizon: Horizon) -> Self {
        Self {
            horizon,
            faults: Vec::new(),
            texts: Vec::new(),
            numbers: BTreeMap::new(),
            languages: shape.languages.iter().copied().map(language).collect(),
            currency: shape.currency.clone(),
            decimals: decimals(&shape.currency).unwrap_or(2),
            zone: TimeZone::UTC,
            vocabulary: Vocabulary::default(),
            placements: BTreeMap::new(),
            country: shape.country.clone().unwrap_or_default(),
            price_law: price::is_asked(shape.country.as_deref()),
            lowest: Vec::new(),
            reaches: Vec::new(),
        }
    }

    fn fault(&mut self, path: impl ToString, fault: Fault) {
        self.faults.push((path.to_string(), fault));
    }

    /// Notes a fault, or returns the value.
    fn ok<T>(&mut self, path: impl ToString, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.fault(path, fault)).ok()
    }

    fn catalog(&mut self, shape: &shape::Catalog, only: Option<&[StoreIx]>) -> Catalog {
        if decimals(&shape.currency).is_none() {
            self.fault("/currency", Fault::Currency(shape.currency.clone()));
        }
        let zone = self.ok("/timezone", hours::time_zone(&shape.timezone));
        self.zone = zone.unwrap_or(TimeZone::UTC);
        let country = shape.country.as_deref().and_then(|code| self.ok("/country", hours::country(code)));
        let not_after = shape.not_after.as_deref().and_then(|text| self.ok("/not_after", hours::instant(text)));
        self.unique(shape);
        let attributes = self.attributes(shape);
        let categories = self.categories(shape);
        let products = self.products(shape);
        let occasions = self.occasions(shape, country);
        let (kept, others) = stores::of(shape, only);
        let marks = mark::read(&kept, &mut self.faults);
        let stores = self.stores((&kept, &others), country);
        let placements = self.placements(shape);
        self.keys_differ(shape);
        let drafts = self.offers(shape, &products);
        let offers = Offers::of(&drafts, core::mem::take(&mut self.reaches)).unwrap_or_else(|| {
            self.fault("/offers", Fault::Rule("the offers make more than 65,536 different comparisons; share some"));
            Offers::default()
        });
        let cadence = self.cadence(&shape.cadence);
        let goals = self.goals(&shape.goals);
        let mut catalog = Catalog {
            name: self.text(&shape.name),
            version: shape.version,
            not_after: not_after.unwrap_or(Timestamp::from_ms(i64::MAX)),
            currency: shape.currency.as_bytes().try_into().unwrap_or(*b"EUR"),
            decimals: self.decimals,
            languages: self.languages.clone(),
            offsets: hours::offsets(&self.zone, self.horizon),
            goals,
            cadence,
            holdout: Ppm::new(u32::from(shape.holdout_percent) * 10_000),
            holdout_days: Ppm::new(u32::from(shape.holdout_days_percent) * 10_000),
            intent: IntentOdds::PRIOR,
            need: NeedOdds::PRIOR,
            usefulness: crate::catalog::UsefulnessPrior::PRIOR,
            attributes,
            names: Names::default(),
            categories,
            products,
            occasions,
            stores,
            marks,
            placements,
            offers,
            texts: Texts::of(self.texts.iter().map(String::as_str)),
        };
        catalog.index_names();
        catalog
    }

    /// Returns the number of a text; the same text has the same number.
    fn text(&mut self, text: &str) -> Text {
        if text.is_empty() {
            return Text::default();
        }
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        self.texts.push(text.into());
        let number = Text(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.numbers.insert(text.into(), number);
        number
    }

    /// Every language of the catalog must be there, and no other; a catalog of one language uses it for both.
    fn words<T>(&mut self, path: &str, words: &BTreeMap<String, T>, pick: impl Fn(&T) -> &str) -> Words {
        for code in words
            .keys()
            .filter(|code| !self.languages.iter().any(|known| name(*known) == code.as_str()))
            .cloned()
            .collect::<Vec<_>>()
        {
            self.fault(format!("{path}/{code}"), Fault::ExtraLanguage(code));
        }
        for language in self.languages.clone() {
            if !words.contains_key(name(language)) {
                self.fault(path, Fault::MissingLanguage(name(language)));
            }
        }
        let fallback = self.languages.first().copied().unwrap_or_default();
        let mut word = |language| {
            let text = words
                .get(name(language))
                .or_else(|| words.get(name(fallback)))
                .map(&pick)
                .unwrap_or_default()
                .to_string();
            self.text(&text)
        };
        Words { de: word(Language::De), en: word(Language::En) }
    }

    fn money(&mut self, path: impl ToString, amount: f64) -> Minor {
        self.ok(path, money(amount, &self.currency, self.decimals)).unwrap_or(Minor::ZERO)
    }

    fn number(&mut self, path: impl ToString, digits: &str, what: &'static str) -> Option<Gs1Number> {
        let number = Gs1Number::parse(digits);
        if number.is_none() {
            let why = if matches!(digits.len(), 8 | 12 | 13 | 14) && digits.bytes().all(|b| b.is_ascii_digit()) {
                "its check digit is wrong"
            } else {
                "it needs 8, 12, 13 or 14 digits"
            };
            self.fault(path, Fault::Number { got: excerpt(digits), what, why });
        }
        number
    }

    /// Ids of one kind of thing must differ.
    fn unique(&mut self, shape: &shape::Catalog) {
        self.unique_ids("category", "/categories", shape.categories.iter().map(|category| category.id.as_str()));
        self.unique_ids("product", "/products", shape.products.iter().map(|product| product.id.as_str()));
        self.unique_ids("store", "/stores", shape.stores.iter().map(|store| store.id.as_str()));
        self.unique_ids("placement", "/placements", shape.placements.iter().map(|placement| placement.id.as_str()));
        self.unique_ids("offer", "/offers", shape.offers.iter().map(|offer| offer.id.as_str()));
        self.unique_numbers(
            ("GTIN", "gtin"),
            "/products",
            shape.products.iter().map(|product| product.gtin.as_deref()),
        );
        self.unique_numbers(("GLN", "gln"), "/stores", shape.stores.iter().map(|store| store.gln.as_deref()));
    }

    fn unique_numbers<'a>(
        &mut self,
        (what, field): (&'static str, &str),
        list: &str,
        numbers: impl Iterator<Item = Option<&'a str>>,
    ) {
        let mut seen = BTreeMap::new();
        for (at, digits) in numbers.enumerate() {
            let Some((number, id)) = digits.and_then(|digits| Some((Gs1Number::parse(digits)?, digits))) else {
                continue;
            };
            if let Some(first) = seen.insert(number, at) {
                let first = format!("{list}/{first}");
                self.fault(format!("{list}/{at}/{field}"), Fault::Duplicate { what, id: id.into(), first });
            }
        }
    }

    fn unique_ids<'a>(&mut self, what: &'static str, list: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, id) in ids.enumerate() {
            if let Some(first) = seen.get(id) {
                let first = format!("{list}/{first}");
                self.fault(format!("{list}/{at}/id"), Fault::Duplicate { what, id: id.into(), first });
            } else {
                seen.insert(id, at);
            }
        }
    }

    /// What is remembered is remembered by the hash of its id: offers, products and categories must not share one.
    fn keys_differ(&mut self, shape: &shape::Catalog) {
        let offers = shape.offers.iter().map(|offer| offer.id.as_str()).enumerate();
        let products = shape.products.iter().map(|product| product.id.as_str()).enumerate();
        let categories = shape.categories.iter().map(|category| category.id.as_str()).enumerate();
        let placed = |list| move |(at, id)| (list, at, id);
        let all = categories.map(placed("categories"));
        let all = all.chain(products.map(placed("products"))).chain(offers.map(placed("offers")));
        let mut seen: BTreeMap<Key, (&str, usize)> = BTreeMap::new();
        for (list, at, id) in all {
            let (other, first) = *seen.entry(Key::of(id)).or_insert((list, at));
            if other != list {
                let first = format!("/{other}/{first}");
                self.fault(format!("/{list}/{at}/id"), Fault::Duplicate { what: "id", id: id.into(), first });
            }
        }
    }

    fn attributes(&mut self, shape: &shape::Catalog) -> Vec<OwnAttribute> {
        let mut attributes = Vec::new();
        for (ix, (name, declared)) in (0..).map(OwnIx).zip(&shape.attributes) {
            let kind = match declared.kind {
                shape::AttributeKind::String => OwnKind::Text,
                shape::AttributeKind::Number => OwnKind::Number,
                shape::AttributeKind::Boolean => OwnKind::Boolean,
                shape::AttributeKind::Money => OwnKind::Money,
                shape::AttributeKind::Set => OwnKind::Set,
                shape::AttributeKind::Map => OwnKind::Map,
            };
            self.attribute(&format!("/attributes/{}", escaped(name)), name, declared, kind);
            self.vocabulary.attributes.insert(name.clone(), (ix, kind, declared.values.clone()));
            let values = declared.values.iter().map(|value| self.text(value)).collect();
            let (key, name) = (Key::default(), self.text(name));
            attributes.push(OwnAttribute { key, name, kind, values, value_keys: Vec::new() });
        }
        attributes
    }

    fn attribute(&mut self, path: &str, name: &str, declared: &shape::Attribute, kind: OwnKind) {
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.chars().all(letter) || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            let rule = "conditions write an attribute's name as it is: letters, digits and `_`, no digit first";
            self.fault(path, Fault::Rule(rule));
        }
        let lists = matches!(kind, OwnKind::Text | OwnKind::Set | OwnKind::Map);
        if lists == declared.values.is_empty() {
            let rule = "a `string`, `set` or `map` attribute lists its `values`, and no other does";
            self.fault(path, Fault::Rule(rule));
        }
        let mut seen = BTreeMap::new();
        for (at, value) in declared.values.iter().enumerate() {
            if let Some(first) = seen.insert(Key::of(value), at) {
                let fault =
                    Fault::Duplicate { what: "value", id: excerpt(value), first: format!("{path}/values/{first}") };
                self.fault(format!("{path}/values/{at}"), fault);
            }
        }
    }

    fn categories(&mut self, shape: &shape::Catalog) -> Vec<Category> {
        self.vocabulary.decimals = self.decimals;
        for (ix, category) in (0..).map(CategoryIx).zip(&shape.categories) {
            self.vocabulary.categories.insert(category.id.clone(), ix);
        }
        let mut categories = Vec::new();
        for (at, category) in shape.categories.iter().enumerate() {
            let path = format!("/categories/{at}");
            for (nth, alias) in category.aliases.iter().enumerate() {
                let ix = CategoryIx(u16::try_from(at).unwrap_or(u16::MAX));
                if let Some(first) = self.vocabulary.categories.insert(alias.clone(), ix) {
                    let first = format!("/categories/{}", first.0);
                    let fault = Fault::Duplicate { what: "category name", id: alias.clone(), first };
                    self.fault(format!("{path}/aliases/{nth}"), fault);
                }
            }
            categories.push(Category {
                key: Key::default(),
                id: self.text(&category.id),
                name: self.words(&format!("{path}/name"), &category.name, |text| text),
                interval: Span::days(category.interval_days.unwrap_or(28).into()),
                sensitive: category.sensitive.unwrap_or_else(|| tact::is_sensitive(category)),
                aliases: category.aliases.iter().map(|alias| self.text(alias)).collect(),
            });
        }
        categories
    }

    fn products(&mut self, shape: &shape::Catalog) -> Vec<Product> {
        let mut products = Vec::new();
        for (at, product) in shape.products.iter().enumerate() {
            let path = format!("/products/{at}");
            let price = self.money(format!("{path}/price"), product.price);
            let lowest = self.lowest(&path, product, price);
            self.lowest.push(lowest);
            self.vocabulary.products.insert(product.id.clone(), ProductIx(u32::try_from(at).unwrap_or(u32::MAX)));
            let gtin = product.gtin.as_deref();
            let lowest = self.lowest_words(at, price, &shape.products);
            products.push(Product {
                key: Key::default(),
                id: self.text(&product.id),
                name: self.words(&format!("{path}/name"), &product.name, |text| text),
                brand: self.text(product.brand.as_deref().unwrap_or_default()),
                picture: self.text(product.picture.as_deref().unwrap_or_default()),
                category: self.category(format!("{path}/category"), &product.category),
                price,
                gtin: gtin.and_then(|gtin| self.number(format!("{path}/gtin"), gtin, "GTIN")),
                age_limit: product.age_limit,
                lowest: self.words(&path, &lowest, |text| text),
            });
        }
        products
    }

    fn category(&mut self, path: String, id: &str) -> CategoryIx {
        let found = self.vocabulary.categories.get(id).copied();
        found.unwrap_or_else(|| {
            let near = nearest(id, self.vocabulary.categories.keys().map(String::as_str));
            self.fault(path, Fault::Unknown { what: "category", name: id.into(), near });
            CategoryIx(0)
        })
    }

    fn product(&mut self, path: String, id: &str) -> ProductIx {
        let found = self.vocabulary.products.get(id).copied();
        found.unwrap_or_else(|| {
            let near = nearest(id, self.vocabulary.products.keys().map(String::as_str));
            self.fault(path, Fault::Unknown { what: "product", name: id.into(), near });
            ProductIx(0)
        })
    }

    fn placements(&mut self, shape: &shape::Catalog) -> Vec<Placement> {
        let mut placements = Vec::new();
        for (ix, placement) in (0..).map(PlacementIx).zip(&shape.placements) {
            self.placements.insert(placement.id.clone(), ix);
            let kinds = placement.kinds.iter().fold(Kinds(0), |kinds, known| kinds.with(kind(*known)));
            let kinds = if placement.kinds.is_empty() { Kinds::ALL } else { kinds };
            let (key, id, on_request) = (Key::default(), self.text(&placement.id), placement.on_request);
            placements.push(Placement { key, id, kinds, on_request });
        }
        placements
    }

    fn goals(&mut self, goals: &shape::Goals) -> Goals {
        let sum = u16::from(goals.usefulness) + u16::from(goals.margin) + u16::from(goals.reach);
        if sum != 100 {
            self.fault("/goals", Fault::Goals(sum));
        }
        let share = |percent: u8| Ppm::new(u32::from(percent) * 10_000);
        Goals { usefulness: share(goals.usefulness), margin: share(goals.margin), reach: share(goals.reach) }
    }

    fn cadence(&mut self, cadence: &shape::Cadence) -> Cadence {
        let mut caps = Vec::new();
        for (at, cap) in cadence.caps.iter().enumerate() {
            let of = match (cap.kind, &cap.group) {
                (None, None) => Counted::All,
                (Some(known), None) => Counted::Kind(kind(known)),
                (None, Some(group)) => Counted::Group(Key::of(group)),
                (Some(_), Some(_)) => {
                    self.fault(format!("/cadence/caps/{at}"), Fault::Rule("a cap counts a kind or a group, not both"));
                    Counted::All
                }
            };
            caps.push(Cap { of, impressions: cap.impressions, window: Span::hours(cap.hours.into()) });
        }
        let quiet = cadence.quiet_hours.as_ref().map(|quiet| (minute(&quiet.from), minute(&quiet.until)));
        if quiet.is_some_and(|(from, until)| from == until) {
            self.fault(
                "/cadence/quiet_hours",
                Fault::Rule("quiet hours that end when they begin are never quiet; leave them out"),
            );
        }
        let fatigue = cadence.fatigue.iter().map(|fatigue| Fatigue {
            group: Key::of(&fatigue.group),
            messages: fatigue.messages,
            recovery: Span::days(fatigue.recovery_days.into()),
        });
        Cadence {
            gap: Span::minutes(cadence.gap_minutes),
            caps,
            fatigue: fatigue.collect(),
            quiet,
            cool_off: Span::days(cadence.cool_off_days.into()),
            careful: Span::days(cadence.careful_days.into()),
            reminder_gap: Span::days(cadence.reminder_days.into()),
            memory_age: Span::days(cadence.memory_days.into()),
            interruption_cost: share(cadence.interruption_cost),
        }
    }

    /// Drafts the offers in falling priority, equals by id, so that their texts are numbered in that order. Recalls go first:
    /// of more offers than a decision weighs, none is passed over.
    fn offers(&mut self, shape: &shape::Catalog, products: &[Product]) -> Vec<Draft> {
        let mut order: Vec<(usize, &shape::Offer)> = shape.offers.iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| priority(b).cmp(&priority(a)).then_with(|| a.id.cmp(&b.id)));
        order
            .into_iter()
            .map(|(at, offer)| self.offer(&format!("/offers/{at}"), offer, (&shape.products, products)))
            .collect()
    }

    fn offer(
        &mut self,
        path: &str,
        offer: &shape::Offer,
        (shapes, products): (&[shape::Product], &[Product]),
    ) -> Draft {
        let mut scope = self.scope(path, offer);
        let reach = self.reach(path, offer, &mut scope);
        let limited = (0..).map(ProductIx).zip(products).filter(|(_, product)| product.age_limit > 0);
        let in_scope = |(ix, product): (ProductIx, &Product)| scope.covers(Some(ix), Some(product.category));
        let adult = !scope.is_everything() && limited.into_iter().any(in_scope);
        self.names_what_it_means(path, &scope, products);
        let (from, until) = self.schedule(path, &offer.schedule);
        let kind = kind(offer.kind);
        if (kind == Kind::Coupon) != offer.value.is_some() {
            self.fault(path, Fault::Rule("a coupon needs a `value`, and no other kind has one"));
        }
        let placements = offer.placements.iter().enumerate();
        let placements = placements.map(|(at, id)| self.placement(format!("{path}/placements/{at}"), id)).collect();
        self.placeholders(path, &offer.creative);
        let creative = format!("{path}/creative");
        let [eligible, applicable, suitable] = self.fit(path, offer);
        self.says_the_lowest(path, offer, &eligible);
        let eligible = reach.map_or_else(|| eligible.clone(), |reach| eligible.and(&self.is_reached(reach)));
        let value = offer.value.as_ref().map(|value| self.value(&format!("{path}/value"), value, &scope, products));
        let reduced = offer.value.as_ref().zip(value.as_ref());
        let reduced = reduced.map(|(shape, value)| self.reduction(path, shape, (value, &scope), (shapes, products)));
        let texts = self.texts(&offer.creative, &reduced.unwrap_or_default(), shapes);
        Draft {
            id: self.text(&offer.id),
            kind,
            priority: priority(offer),
            group: offer.group.as_deref().map(Key::of),
            placements,
            title: self.words(&creative, &offer.creative, |creative| &creative.title),
            text: self.words(&creative, &texts, |text| text),
            picture: self.text(offer.picture.as_deref().unwrap_or_default()),
            from,
            until,
            eligible,
            applicable,
            suitable,
            value,
            caps: offer.caps.iter().map(own_cap).collect(),
            prior: Prior { mean: share(offer.usefulness.mean), weight: offer.usefulness.weight },
            margin: share(offer.margin),
            pacing: offer.pacing.map(|pacing| match pacing {
                shape::Pacing::Even => Pacing::Even,
                shape::Pacing::Early => Pacing::Early,
                shape::Pacing::Budget => Pacing::Budget,
            }),
            once: offer.once,
            adult,
            scope,
            reach,
        }
    }

    fn placement(&mut self, path: String, id: &str) -> PlacementIx {
        let found = self.placements.get(id).copied();
        found.unwrap_or_else(|| {
            let near = nearest(id, self.placements.keys().map(String::as_str));
            self.fault(path, Fault::Unknown { what: "placement", name: id.into(), near });
            PlacementIx(0)
        })
    }

    fn schedule(&mut self, path: &str, schedule: &shape::Schedule) -> (Timestamp, Timestamp) {
        let zone = self.zone.clone();
        let mut read = |field: &str, text: &Option<String>| {
            let text = text.as_deref()?;
            self.ok(format!("{path}/schedule/{field}"), hours::local_instant(&zone, text))
        };
        let from = read("from", &schedule.from).unwrap_or(Timestamp::from_ms(0));
        let until = read("until", &schedule.until).unwrap_or(Timestamp::from_ms(i64::MAX));
        if until <= from {
            self.fault(format!("{path}/schedule"), Fault::EmptySchedule);
        }
        (from, until)
    }

    /// Compiles the three questions of fit, which the index asks as one.
    fn fit(&mut self, path: &str, offer: &shape::Offer) -> [Condition; 3] {
        let questions =
            [("eligible", &offer.eligible), ("applicable", &offer.applicable), ("suitable", &offer.suitable)];
        let fit = questions.map(|(name, source)| self.condition(format!("{path}/{name}"), source.as_deref()));
        let each = fit.each_ref().map(|one| one.conjunctions().len().max(1));
        let mut whole = Condition::Always;
        for one in &fit {
            whole = whole.and(one);
            let (together, most) = (whole.conjunctions().len(), Condition::MOST_CONJUNCTIONS);
            if together > most {
                let largest =
                    questions.iter().zip(each).max_by_key(|(_, count)| *count).map_or("", |((name, _), _)| name);
                self.fault(format!("{path}/{largest}"), Fault::TooManyTogether { each, together, most, largest });
                break;
            }
        }
        fit
    }

    fn condition(&mut self, path: String, source: Option<&str>) -> Condition {
        let compiled = source.map_or(Ok(Condition::Always), |source| cel::compile(&self.vocabulary, source));
        compiled.unwrap_or_else(|faults| {
            faults.into_iter().for_each(|fault| self.fault(&path, fault));
            Condition::Always
        })
    }

    fn placeholders(&mut self, path: &str, creative: &BTreeMap<String, shape::Creative>) {
        for (language, words) in creative {
            for (field, text) in [("title", &words.title), ("text", &words.text)] {
                for placeholder in text.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    if !matches!(placeholder, "product" | "category" | "store" | "lowest") {
                        let fault = Fault::Placeholder(format!("{{{}}}", excerpt(placeholder)));
                        self.fault(format!("{path}/creative/{language}/{field}"), fault);
                    }
                }
            }
        }
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

fn language(language: shape::Language) -> Language {
    match language {
        shape::Language::De => Language::De,
        shape::Language::En => Language::En,
    }
}

fn name(language: Language) -> &'static str {
    Language::ALL.into_iter().find(|(known, _)| *known == language).map_or("", |(_, name)| name)
}

fn kind(kind: shape::Kind) -> Kind {
    match kind {
        shape::Kind::Coupon => Kind::Coupon,
        shape::Kind::Reminder => Kind::Reminder,
        shape::Kind::Service => Kind::Service,
    }
}

fn priority(offer: &shape::Offer) -> u16 {
    if offer.recall.is_some() { u16::MAX } else { offer.priority }
}

fn own_cap(cap: &shape::OfferCap) -> OwnCap {
    OwnCap { impressions: cap.impressions, window: Span::hours(cap.hours.into()) }
}

fn share(share: f64) -> Ppm {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the schema holds it between 0 and 1")]
    Ppm::new(libm::round(share * 1_000_000.0) as u32)
}

/// Reads `HH:MM`, whose form the schema has checked.
fn minute(text: &str) -> u16 {
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    hour.parse::<u16>().unwrap_or(0) * 60 + minute.parse::<u16>().unwrap_or(0)
}

/// Returns an amount of major units as minor units, of which it has to be a whole number.
pub(super) fn money(amount: f64, currency: &str, decimals: u8) -> Result<Minor, Fault> {
    let exact = amount * libm::pow(10.0, decimals.into());
    let rounded = libm::round(exact);
    if !(0.0..9.007e15).contains(&rounded) || libm::fabs(exact - rounded) > 1e-4 {
        return Err(Fault::Money { got: amount, currency: currency.into(), decimals });
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number from 0 to 2^53")]
    Ok(Minor::new(rounded as u64))
}

/// Returns the decimals of a currency. Source: ISO 4217, list one; those of European and larger markets.
pub(super) fn decimals(currency: &str) -> Option<u8> {
    const TWO: &str =
        "EUR USD GBP CHF SEK NOK DKK PLN CZK RON BGN HUF UAH TRY CAD AUD NZD MXN BRL ZAR INR CNY SGD HKD ILS";
    match currency {
        "JPY" | "KRW" | "ISK" | "CLP" | "VND" => Some(0),
        "KWD" | "BHD" | "OMR" | "TND" | "JOD" => Some(3),
        other => TWO.split(' ').any(|known| known == other).then_some(2),
    }
}

/// Returns a name as a JSON Pointer has it (RFC 6901, section 3).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
