//! The shop as people meet it: what a category has on its shelves, and at which step of a visit each placement is asked.

use alloc::vec::Vec;

use crate::catalog::{Catalog, PlacementIx};
use crate::product::ProductIx;
use crate::session::Engine;

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

/// The shop as people meet it.
#[derive(Debug)]
pub struct World<'a> {
    /// The engine that decides.
    pub engine: &'a Engine,
    /// The products of each category, in the catalog's order.
    pub shelves: Vec<Vec<ProductIx>>,
    /// Where each placement is asked, in the catalog's order.
    pub steps: Vec<Step>,
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
        Self { engine, shelves, steps }
    }

    /// Returns the catalog.
    pub const fn catalog(&self) -> &'a Catalog {
        &self.engine.catalog
    }

    /// Returns the placements that are asked at a step.
    pub fn asked_at(&self, step: Step) -> impl Iterator<Item = PlacementIx> {
        let placements = (0..).map(PlacementIx).zip(&self.steps);
        placements.filter(move |(_, at)| **at == step).map(|(placement, _)| placement)
    }
}
