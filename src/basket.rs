//! What is in the basket now, and its sums. Knows prices and counts, no offers.

use alloc::vec::Vec;

use crate::product::{CategoryIx, ProductIx};
use crate::value::{Key, Minor};

/// One line: so many pieces of one item at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The key of the item's id, known to the catalog or not.
    pub item: Key,
    /// The product, where the catalog knows it.
    pub product: Option<ProductIx>,
    /// Its category, from the catalog or from the signal.
    pub category: Option<CategoryIx>,
    /// Price of one piece.
    pub price: Minor,
    /// Pieces, at least 1.
    pub quantity: u16,
    /// Of which lot they are, where a purchase tells it. With a basket it is never saved.
    pub lot: Option<Key>,
}

impl Line {
    /// Returns the price of all pieces.
    pub const fn total(&self) -> Minor {
        self.price.times(self.quantity as u32)
    }
}

/// The lines of a basket, one per item, at most [`Basket::LIMIT`]; summed up whenever they change, since they are asked
/// about far more often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket {
    lines: Vec<Line>,
    total: Minor,
    items: u32,
    categories: Vec<(CategoryIx, Part)>,
    products: Vec<(ProductIx, Part)>,
}

/// What a basket has of one category or product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The place of its first line.
    pub first: usize,
    /// What its lines cost together.
    pub total: Minor,
}

impl Basket {
    /// More lines than this are not kept.
    pub const LIMIT: usize = 200;

    /// Returns the lines in the order in which they came.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Adds lines, or their pieces to the lines of the same items, whose price becomes the newer one. Cost: O(lines) for
    /// each.
    pub fn add(&mut self, lines: &[Line]) {
        for line in lines {
            if let Some(known) = self.lines.iter_mut().find(|known| known.item == line.item) {
                known.quantity = known.quantity.saturating_add(line.quantity);
                known.price = line.price;
            } else if self.lines.len() < Self::LIMIT {
                self.lines.push(*line);
            }
        }
        self.sum_up();
    }

    /// Takes `quantity` pieces of `item` out; the line goes with its last piece. Cost: O(lines).
    pub fn remove(&mut self, item: Key, quantity: u16) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.item == item) {
            line.quantity = line.quantity.saturating_sub(quantity);
        }
        self.lines.retain(|line| line.quantity > 0);
        self.sum_up();
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Returns the price of everything.
    pub const fn total(&self) -> Minor {
        self.total
    }

    /// Returns the number of pieces.
    pub const fn items(&self) -> u32 {
        self.items
    }

    /// Returns what there is of `category`. Cost: one binary search.
    pub fn of_category(&self, category: CategoryIx) -> Option<Part> {
        find(&self.categories, category)
    }

    /// Returns what there is of `product`. Cost: one binary search.
    pub fn of_product(&self, product: ProductIx) -> Option<Part> {
        find(&self.products, product)
    }

    fn sum_up(&mut self) {
        self.total = self.lines.iter().map(Line::total).sum();
        self.items = self.lines.iter().map(|line| u32::from(line.quantity)).sum();
        self.categories.clear();
        self.products.clear();
        for (place, line) in self.lines.iter().enumerate() {
            line.category.into_iter().for_each(|category| count(&mut self.categories, category, place, line));
            line.product.into_iter().for_each(|product| count(&mut self.products, product, place, line));
        }
    }
}

fn find<T: Ord + Copy>(parts: &[(T, Part)], of: T) -> Option<Part> {
    let at = parts.binary_search_by_key(&of, |(known, _)| *known).ok()?;
    parts.get(at).map(|(_, part)| *part)
}

fn count<T: Ord + Copy>(parts: &mut Vec<(T, Part)>, of: T, place: usize, line: &Line) {
    match parts.binary_search_by_key(&of, |(known, _)| *known) {
        Ok(at) => {
            if let Some((_, part)) = parts.get_mut(at) {
                part.total = part.total.plus(line.total());
            }
        }
        Err(at) => parts.insert(at, (of, Part { first: place, total: line.total() })),
    }
}
