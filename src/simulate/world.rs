//! The shop as people meet it: what a category has on its shelves, and at which step of a visit each placement is asked.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::catalog::{Catalog, Category, Language, OfferIx, OwnKind, PlacementIx};
use crate::product::{CategoryIx, ProductIx};
use crate::session::Engine;
use crate::signal::{Fact, ShopEventKind};
use crate::wire::signal::{FactTwin, SignalTwin};

/// A step of a visit at which a host asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The first page, or the app is opened.
    Arrive,
    /// In the store, between the shelves.
    Aisle,
    /// A product is looked at.
    Look,
    /// The basket is looked at.
    Basket,
    /// The purchase is made.
    Paid,
    /// The help pages, while a care case is open.
    Care,
}

impl Step {
    /// Every step with its name.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Arrive, "arrive"),
        (Self::Aisle, "aisle"),
        (Self::Look, "look"),
        (Self::Basket, "basket"),
        (Self::Paid, "paid"),
        (Self::Care, "care"),
    ];
}

/// Words in the id of a placement that tell where it is. A placement with none of them is taken for a first page, and the
/// summary tells which step each was asked at.
const WORDS: [(&str, Step); 15] = [
    ("care", Step::Care),
    ("help", Step::Care),
    ("receipt", Step::Paid),
    ("thank", Step::Paid),
    ("order", Step::Paid),
    ("paid", Step::Paid),
    ("basket", Step::Basket),
    ("cart", Step::Basket),
    ("checkout", Step::Basket),
    ("aisle", Step::Aisle),
    ("store", Step::Aisle),
    ("shelf", Step::Aisle),
    ("product", Step::Look),
    ("item", Step::Look),
    ("detail", Step::Look),
];

/// A part of the people that a shop thinks of. Who belongs to several counts in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Households of one, of two, or of three and more.
    Household(u8),
    /// Whether their purchases may be remembered.
    Remembered(bool),
    /// Who reads this language, two letters.
    Language([u8; 2]),
    /// Of whom this declared attribute is yes: its place in the catalog.
    Attribute(usize),
}

/// An audience's place in [`World::audiences`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AudienceIx(pub usize);

/// The shop as people meet it.
#[derive(Debug)]
pub struct World<'a> {
    /// The engine that decides.
    pub engine: &'a Engine,
    /// The products of each category, in the catalog's order.
    pub shelves: Vec<Vec<ProductIx>>,
    /// Where each placement is asked, in the catalog's order.
    pub steps: Vec<Step>,
    /// The audiences of this shop.
    pub audiences: Vec<Audience>,
    /// What a shop finds by the name of each category, in the catalog's order.
    pub finds: Vec<Vec<CategoryIx>>,
    /// Days `[from, until)` since 1970-01-01 on which the words of an offer are news; others always are.
    pub fresh: BTreeMap<OfferIx, (i32, i32)>,
}

impl<'a> World<'a> {
    /// Looks at the shop of an engine. Cost: one pass over its products.
    pub fn new(engine: &'a Engine) -> Self {
        let catalog = &engine.catalog;
        let mut shelves = alloc::vec![Vec::new(); catalog.categories.len()];
        for (place, product) in (0..).map(ProductIx).zip(&catalog.products) {
            shelves
                .get_mut(usize::from(product.category.0))
                .into_iter()
                .for_each(|shelf: &mut Vec<_>| shelf.push(place));
        }
        let step = |id: &str| WORDS.iter().find(|(word, _)| id.contains(word)).map_or(Step::Arrive, |(_, step)| *step);
        let steps = catalog.placements.iter().map(|placement| step(catalog.text(placement.id))).collect();
        let finds = catalog.categories.iter().map(|kind| searched(catalog, term(catalog, kind))).collect();
        Self { engine, shelves, steps, audiences: audiences(catalog), finds, fresh: BTreeMap::new() }
    }

    /// Returns the shop with words that are news for a while, by the ids of the offers.
    pub fn with_fresh(mut self, fresh: &BTreeMap<String, (i32, i32)>) -> Self {
        let known = self
            .catalog()
            .offers()
            .filter_map(|(place, offer)| Some((place, fresh.get(self.catalog().text(offer.id))?)));
        self.fresh = known.map(|(place, days)| (place, *days)).collect();
        self
    }

    /// Tells whether the words of an offer are news on a day.
    pub fn is_news(&self, offer: OfferIx, day: i32) -> bool {
        self.fresh.get(&offer).is_none_or(|(from, until)| (*from..*until).contains(&day))
    }

    /// Returns the catalog.
    pub const fn catalog(&self) -> &'a Catalog {
        &self.engine.catalog
    }

    /// Returns the categories that are found by the name of one.
    pub fn found(&self, category: CategoryIx) -> &[CategoryIx] {
        self.finds.get(usize::from(category.0)).map_or(&[], Vec::as_slice)
    }

    /// Returns the placements that are asked at a step.
    pub fn asked_at(&self, step: Step) -> impl Iterator<Item = PlacementIx> {
        let placements = (0..).map(PlacementIx).zip(&self.steps);
        placements.filter(move |(_, at)| **at == step).map(|(placement, _)| placement)
    }
}

/// Returns what somebody types who searches for a category: its name, English where there is one.
pub fn term<'a>(catalog: &'a Catalog, kind: &Category) -> &'a str {
    let names = [kind.name.en, kind.name.de, kind.id].map(|name| catalog.text(name));
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// Returns the categories that a term finds, as a host would be answered.
fn searched(catalog: &Catalog, term: &str) -> Vec<CategoryIx> {
    let (event, items) = (ShopEventKind::Search as u8, Vec::new());
    let search = FactTwin::Shop { event, currency: "", transaction: "", term, items };
    match (SignalTwin { at: 0, fact: search }).resolve(catalog).map(|signal| signal.fact) {
        Ok(Fact::Shop(found)) => found.searched,
        _ => Vec::new(),
    }
}

fn audiences(catalog: &Catalog) -> Vec<Audience> {
    let households = [1, 2, 3].map(Audience::Household);
    let code = |language: &Language| {
        let (_, code) = Language::ALL.into_iter().find(|(known, _)| known == language)?;
        code.as_bytes().try_into().ok().map(Audience::Language)
    };
    let yes = catalog.attributes.iter().enumerate().filter(|(_, own)| own.kind == OwnKind::Boolean);
    let attributes = yes.map(|(place, _)| Audience::Attribute(place));
    let remembered = [true, false].map(Audience::Remembered);
    households
        .into_iter()
        .chain(remembered)
        .chain(catalog.languages.iter().filter_map(code))
        .chain(attributes)
        .collect()
}
