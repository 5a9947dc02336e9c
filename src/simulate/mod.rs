//! A year in a minute: a seeded population lives with a catalog, through the real engine.
//!
//! People are drawn ([`person`]), visit the shop ([`world`]), see what the engine decides and answer as a stated model
//! says ([`response`]); what came of it is counted ([`count`]) and told as figures with intervals ([`figure`]). The engine
//! is [`Session`](crate::session::Session) and nothing else; it never sees what is true of a person. The same seed gives
//! the same bytes on every host: floats go through `libm`, and sums over people are whole numbers.
//!
//! Built with authoring, never into what a phone downloads.

pub mod count;
pub mod figure;
pub mod history;
mod life;
pub mod luck;
pub mod person;
pub mod report;
pub mod response;
pub mod summary;
pub mod threshold;
mod visit;
pub mod world;

use alloc::vec::Vec;

use crate::decide::Decision;
use count::{Row, Totals};
use history::{History, Mapping};
use life::Life;
use luck::{Luck, Of};
use person::Person;
use response::Model;
pub use world::World;

/// Whom to simulate, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The first draw of all chance.
    pub seed: u64,
    /// People.
    pub people: u32,
    /// Days.
    pub days: u16,
    /// The first day, counted from 1970-01-01.
    pub from: i32,
    /// Purchases that people are drawn from; none where they are drawn by the generator.
    pub histories: Vec<History>,
    /// So many models of how people answer are drawn, and people are dealt out to them in turn; the stated one where it is 0.
    pub models: u32,
    /// How their categories were taken for the catalog's.
    pub mapping: Option<Mapping>,
}

impl Plan {
    /// Most people of one simulation.
    pub const MOST_PEOPLE: u32 = 1_000_000;
    /// Most days of one simulation: two years.
    pub const MOST_DAYS: u16 = 730;
    /// The first day where none is said: 2026-12-01.
    pub const FROM: i32 = 20_788;

    /// Returns the plan of a year.
    pub const fn year(seed: u64, people: u32) -> Self {
        Self { seed, people, days: 365, from: Self::FROM, histories: Vec::new(), models: 0, mapping: None }
    }

    /// Returns how a person answers.
    pub fn model(&self, number: u32) -> Model {
        let drawn = |nth| Model::drawn(&mut Luck::new(self.seed, Of::Model, [u64::from(nth), 0, 0]));
        number.checked_rem(self.models).map_or_else(Model::default, drawn)
    }
}

/// What a witness of a person's life hears of.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The engine decided.
    Decided(&'a Decision),
    /// The device was lost, with everything that it remembered.
    Lost,
}

/// What came of a population, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was counted of each person, in the order in which they lived.
    pub rows: Vec<Row>,
    /// What was counted of all.
    pub totals: Totals,
}

impl Outcome {
    /// Returns the outcome of nobody.
    pub fn new() -> Self {
        Self { rows: Vec::new(), totals: Totals::new() }
    }

    /// Lets one person live, and tells `witness` what happens.
    pub fn live(&mut self, world: &World, plan: &Plan, number: u32, witness: &mut dyn FnMut(Event)) {
        let mut person = Person::new(world, plan.seed, number);
        let past = history::past(world, plan, &mut person);
        let life = Life::new(world, plan, person, &mut self.totals, witness);
        self.rows.push(life.live(&past));
    }

    /// Adds the people that follow on these.
    pub fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.totals.merge(other.totals);
    }
}

/// Lets a whole population live, one after the other; `lived` hears of each. Cost: some milliseconds a person and year.
pub fn simulate(world: &World, plan: &Plan, lived: &mut dyn FnMut(u32)) -> Outcome {
    let mut outcome = Outcome::new();
    for number in 0..plan.people {
        outcome.live(world, plan, number, &mut |_| {});
        lived(number);
    }
    outcome
}
