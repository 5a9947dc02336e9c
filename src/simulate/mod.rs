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
pub mod market;
pub mod person;
pub mod report;
pub mod response;
pub mod summary;
pub mod threshold;
mod visit;
pub mod world;

use alloc::vec::Vec;

use crate::catalog::PlacementIx;
use crate::decide::Decision;
use crate::profile::Profile;
use crate::rank::Priced;
use crate::signal::Signal;
use crate::value::{Key, Span, Timestamp};
use count::{Row, Totals};
use history::{History, Mapping};
pub use life::name_of;
use life::{Life, Town};
use luck::{Luck, Of};
use market::Market;
use person::Person;
use response::{Model, Response};
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
    /// The budgets that count. People live side by side where there are any, since they take from each other.
    pub budgets: Vec<Budget>,
    /// How old what devices are told of budgets may be.
    pub told_after: Span,
}

/// How many coupons there are for the people of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The key of the offer.
    pub offer: Key,
    /// In all.
    pub coupons: u32,
    /// For one person.
    pub per_person: u16,
}

impl Plan {
    /// Most people of one simulation.
    pub const MOST_PEOPLE: u32 = 1_000_000;
    /// Most days of one simulation: two years.
    pub const MOST_DAYS: u16 = 730;
    /// The first day where none is said: 2026-12-01.
    pub const FROM: i32 = 20_788;
    /// What is told of budgets is so old at most: a minute at the edge and one on the way, as `GET /v1/budgets` is cached.
    pub const TOLD_AFTER: Span = Span::minutes(2);

    /// Returns the plan of a year.
    pub const fn year(seed: u64, people: u32) -> Self {
        Self {
            seed,
            people,
            days: 365,
            from: Self::FROM,
            histories: Vec::new(),
            models: 0,
            mapping: None,
            budgets: Vec::new(),
            told_after: Self::TOLD_AFTER,
        }
    }

    /// Returns how a person answers.
    pub fn model(&self, number: u32) -> Model {
        let drawn = |nth| Model::drawn(&mut Luck::new(self.seed, Of::Model, [u64::from(nth), 0, 0]));
        number.checked_rem(self.models).map_or_else(Model::default, drawn)
    }
}

/// What a witness of a person's life hears of.
#[derive(Clone, Copy)]
pub enum Event<'a> {
    /// A device begins: their first one, or the next after one was lost with everything that it remembered.
    Began(&'a Profile),
    /// The engine was told something.
    Told(&'a Signal),
    /// The engine is about to be asked.
    Asking(Asking<'a>),
    /// The engine decided.
    Decided(&'a Decision),
    /// A message was seen, and this came of it.
    Found(Response),
    /// The last day is over, and this is what their device remembers.
    Ended(&'a Profile),
}

/// An ask that is about to be made.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Where.
    pub placement: PlacementIx,
    /// When.
    pub at: Timestamp,
    /// What their device remembers.
    pub profile: &'a Profile,
    /// Returns the probability that an offer of the catalog would be seen and of use to them now, which no engine knows.
    pub usefulness: &'a dyn Fn(&Priced) -> f64,
}

/// What came of a population, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was counted of each person, in the order in which they lived.
    pub rows: Vec<Row>,
    /// What was counted of all.
    pub totals: Totals,
    /// What became of budgets, where they count.
    pub market: Market,
}

impl Outcome {
    /// Returns the outcome of nobody.
    pub fn new() -> Self {
        Self { rows: Vec::new(), totals: Totals::new(), market: Market::default() }
    }

    /// Lets one person live, and tells `witness` what happens. Budgets do not count: nobody else is there to take of them.
    pub fn live(&mut self, world: &World, plan: &Plan, number: u32, witness: &mut dyn FnMut(Event)) {
        let mut person = Person::new(world, plan.seed, number);
        let past = history::past(world, plan, &mut person);
        let mut town = Town { totals: core::mem::take(&mut self.totals), market: Market::default() };
        self.rows.push(Life::new(world, plan, person, Some(witness)).live(&past, &mut town));
        self.totals = town.totals;
    }

    /// Adds the people that follow on these.
    pub fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.totals.merge(other.totals);
    }
}

/// Lets a whole population live; `lived` hears of each. Cost: some milliseconds a person and year.
///
/// One after the other, or where budgets count side by side: day by day, in the order in which their visits begin. Then
/// `lived` hears of all of them at the end, and everybody is in memory.
pub fn simulate(world: &World, plan: &Plan, lived: &mut dyn FnMut(u32)) -> Outcome {
    if !plan.budgets.is_empty() {
        return together(world, plan, &mut |_| {});
    }
    let mut outcome = Outcome::new();
    for number in 0..plan.people {
        outcome.live(world, plan, number, &mut |_| {});
        lived(number);
    }
    outcome
}

/// Lets a whole population live side by side; `dawned` hears of each day. Without budgets it is the same as one by one.
pub fn together(world: &World, plan: &Plan, dawned: &mut dyn FnMut(u16)) -> Outcome {
    let mut town = Town { totals: Totals::new(), market: Market::new(world.catalog(), plan) };
    let mut lives: Vec<Life> = (0..plan.people).map(|number| born(world, plan, number, &mut town)).collect();
    for day in 0..plan.days {
        dawned(day);
        let mut visits = Vec::new();
        for (place, life) in lives.iter_mut().enumerate() {
            life.lend(&mut town);
            let [trip, look] = life.wake(day.into());
            visits.extend(trip.map(|at| (at, place, Visits::Buys)));
            visits.extend(look.map(|at| (at, place, Visits::Looks)));
            life.lend(&mut town);
        }
        visits.sort_unstable();
        for (_, place, why) in visits {
            let Some(life) = lives.get_mut(place) else { continue };
            life.lend(&mut town);
            match why {
                Visits::Buys => life.go_out(),
                Visits::Looks => life.look_in(),
            }
            life.rest();
            life.lend(&mut town);
        }
        for life in &mut lives {
            life.lend(&mut town);
            life.sleep();
            life.lend(&mut town);
        }
    }
    Outcome { rows: lives.iter().map(Life::row).collect(), totals: town.totals, market: town.market }
}

/// Why somebody visits; who does both looks after the trip.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Visits {
    Buys,
    Looks,
}

fn born<'a>(world: &'a World, plan: &'a Plan, number: u32, town: &mut Town) -> Life<'a> {
    let mut person = Person::new(world, plan.seed, number);
    let past = history::past(world, plan, &mut person);
    let mut life = Life::new(world, plan, person, None);
    life.lend(town);
    life.begin(&past);
    life.rest();
    life.lend(town);
    life
}
