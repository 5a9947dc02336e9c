//! What is in the basket now. Knows prices and counts, no offers.

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
}

impl Line {
    /// Returns the price of all pieces.
    pub const fn total(&self) -> Minor {
        self.price.times(self.quantity as u32)
    }
}

/// The lines of a basket, one per item, at most [`Basket::LIMIT`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Basket(Vec<Line>);

impl Basket {
    /// More lines than this are not kept.
    pub const LIMIT: usize = 200;

    /// Returns the lines in the order in which they came.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// Adds a line, or its pieces to the line of the same item, whose price becomes the newer one.
    pub fn add(&mut self, line: Line) {
        if let Some(known) = self.0.iter_mut().find(|known| known.item == line.item) {
            known.quantity = known.quantity.saturating_add(line.quantity);
            known.price = line.price;
        } else if self.0.len() < Self::LIMIT {
            self.0.push(line);
        }
    }

    /// Takes `quantity` pieces of `item` out; the line goes with its last piece.
    pub fn remove(&mut self, item: Key, quantity: u16) {
        if let Some(line) = self.0.iter_mut().find(|line| line.item == item) {
            line.quantity = line.quantity.saturating_sub(quantity);
        }
        self.0.retain(|line| line.quantity > 0);
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the price of everything.
    pub fn total(&self) -> Minor {
        self.0.iter().map(Line::total).sum()
    }

    /// Returns the number of pieces.
    pub fn items(&self) -> u32 {
        self.0.iter().map(|line| u32::from(line.quantity)).sum()
    }

    /// Tells whether a line is of `category`.
    pub fn has_category(&self, category: CategoryIx) -> bool {
        self.0.iter().any(|line| line.category == Some(category))
    }

    /// Tells whether a line is of `product`.
    pub fn has_product(&self, product: ProductIx) -> bool {
        self.0.iter().any(|line| line.product == Some(product))
    }
}
