//! What a person makes of an offer: useful or not by what is true of them, and what a message does to their patience.
//!
//! The model is stated, not learned: every constant is an assumption unless it says otherwise, and says what it is in. It
//! shares no line with `rank`, which has to find out by replies what stands here.

use super::luck::{Luck, share_at};
use super::person::Person;
use super::world::Step;
use crate::catalog::{Catalog, Kind, Off, Offer, Scope, Value};
use crate::decide::Show;
use crate::product::CategoryIx;
use crate::rank::About;
use crate::savings::Savings;
use crate::signal::{CareTopic, Dial, Reply};
use crate::value::Minor;

/// Log-odds that a coupon, a reminder and a tip is useful to somebody who does not need what it is about.
const BASE: [f64; 3] = [-2.6, -2.4, -2.0];
/// Log-odds added by a need, from none to at once.
const NEED: f64 = 2.2;
/// Log-odds for each standard deviation of liking the category; for one that they never buy.
const FONDNESS: f64 = 0.5;
const STRANGE: f64 = -1.2;
/// Log-odds of a discount of the whole price, for a person of usual thrift; a discount counts up to a half.
const DISCOUNT: f64 = 4.0;
/// Log-odds of a minimum spend that is not reached, for what is missing as a share of it.
const MISSING: f64 = -1.5;
/// Log-odds of a memory of what they liked and lapsed from, and of one that touches a loss.
const NOSTALGIA: f64 = 1.6;
const HURT: f64 = -4.0;
/// Log-odds of help with an open care case, and of anything else while one is open.
const HELP: f64 = 4.0;
const BESIDE_THE_POINT: f64 = -2.0;
/// Log-odds of a person in a hurry, and after the purchase is made (a coupon for then comes late).
const HURRY: f64 = -1.0;
const LATE: f64 = -0.7;
/// Log-odds for each time that the same offer was shown in the last 28 days.
const REPEATED: f64 = -0.5;
/// Log-odds for each irritating message that still rankles.
const ANNOYED: f64 = -0.2;

/// Share of messages that are not noticed at all.
const UNSEEN: f64 = 0.2;
/// Irritation of a message: useful, not useful; and how many times that in a hurry or while help was wanted.
const COST_OF_USEFUL: f64 = 0.05;
const COST_OF_USELESS: f64 = 1.0;
const HURRIED: f64 = 1.5;
/// The same of one that they opened a placement for.
const ON_REQUEST: f64 = 0.2;
/// Days in which irritation fades to a half.
const HALF_LIFE_DAYS: f64 = 7.0;
/// Share of useful coupons that are taken; of other useful messages that are called useful, or at least opened.
const CLAIMS: f64 = 0.75;
const SAYS_USEFUL: f64 = 0.25;
const OPENS: f64 = 0.5;
/// Share of people in a hurry who put a useful message off.
const PUTS_OFF: f64 = 0.2;
/// Share of useless messages that are dismissed by a calm person, and how much is added at the end of their patience.
const DISMISSES: f64 = 0.3;
const DISMISSES_MORE: f64 = 0.4;
/// Share of useless messages answered by "never again", "less like this" and "not useful", at the end of their patience.
const NEVER_AGAIN: f64 = 0.1;
const LESS: f64 = 0.08;
const NOT_USEFUL: f64 = 0.05;
/// Beyond their patience: share of useless messages after which they turn the dial down a step, or leave for good.
const TURNS_DOWN: f64 = 0.2;
const LEAVES: f64 = 0.06;

/// What still rankles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mood {
    /// Irritating messages, each fading with a half-life of seven days.
    pub annoyance: f64,
}

impl Mood {
    /// Lets a day pass.
    pub fn sleep(&mut self) {
        self.annoyance *= libm::exp2(-1.0 / HALF_LIFE_DAYS);
    }

    /// Returns how much of their patience is used up, 1 where it ends.
    pub fn used_up(&self, person: &Person) -> f64 {
        self.annoyance / person.patience
    }
}

/// What is true at the moment of a message, and the engine is not told.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// Who it is.
    pub person: &'a Person,
    /// The shop.
    pub catalog: &'a Catalog,
    /// Days after the first.
    pub day: f64,
    /// What is on their list today.
    pub list: &'a [CategoryIx],
    /// They are in a hurry.
    pub hurry: bool,
    /// Where they are.
    pub step: Step,
    /// They opened the placement to be shown something.
    pub on_request: bool,
    /// What they wait for help with.
    pub case: Option<CareTopic>,
    /// How often the same offer was shown in the last 28 days.
    pub repeats: u32,
    /// What rankles.
    pub mood: Mood,
}

/// What a person made of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Response {
    /// It was of use.
    pub useful: bool,
    /// What they said; most say nothing.
    pub reply: Option<Reply>,
    /// They turn the dial.
    pub dial: Option<Dial>,
    /// They have had enough, for good.
    pub leaves: bool,
}

impl Truth<'_> {
    /// Returns the probability that an offer is of use to them now.
    pub fn usefulness(&self, offer: &Offer, show: &Show) -> f64 {
        let kind = BASE.get(offer.kind as usize).copied().unwrap_or(0.0);
        let repeats = f64::from(self.repeats);
        let moment = if self.hurry { HURRY } else { 0.0 } + if self.is_late(offer.kind) { LATE } else { 0.0 };
        let fit = match offer.kind {
            Kind::Service if self.case.is_some() && offer.scope.is_everything() => HELP,
            _ if self.case.is_some() => BESIDE_THE_POINT + self.fit(offer),
            Kind::Reminder => self.memory(offer.scope, show.about),
            _ => self.fit(offer),
        };
        let discount = offer.value.map_or(0.0, |value| self.discount(&value, show.savings));
        share_at(kind + fit + discount + moment + REPEATED * repeats + ANNOYED * self.mood.annoyance)
    }

    fn is_late(&self, kind: Kind) -> bool {
        self.step == Step::Paid && kind == Kind::Coupon
    }

    /// Weighs what an offer is about: the category of it that suits them best.
    fn fit(&self, offer: &Offer) -> f64 {
        let best = categories(self.catalog, offer.scope).map(|category| self.wish(category));
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        if best.is_finite() { best } else { NEED * 0.5 }
    }

    fn wish(&self, category: CategoryIx) -> f64 {
        let Some(want) = self.person.want(category) else { return STRANGE };
        let need = if self.list.contains(&category) { 1.0 } else { want.need(self.day) };
        NEED * need + FONDNESS * want.fondness
    }

    /// Weighs a memory: of what they stopped buying by and by it is welcome, of a loss it hurts.
    ///
    /// A reminder of anything is about what the engine found.
    fn memory(&self, scope: &Scope, about: Option<About>) -> f64 {
        let lapsed = |category| {
            let want = self.person.want(category)?;
            let is_loss = self.catalog.category(category).is_some_and(|kind| kind.sensitive) && self.day >= want.lapses;
            Some(if is_loss { HURT } else { NOSTALGIA + FONDNESS * want.fondness })
        };
        let found = about.and_then(|about| match about {
            About::Product(place) => self.catalog.product(place).map(|product| product.category),
            About::Category(place) => Some(place),
        });
        let found = found.filter(|_| scope.is_everything());
        let best = categories(self.catalog, scope).chain(found).filter_map(lapsed).fold(f64::NEG_INFINITY, f64::max);
        if best.is_finite() { best } else { STRANGE }
    }

    fn discount(&self, value: &Value, savings: Option<Savings>) -> f64 {
        let rate = match value.off {
            Off::Percent(rate) => f64::from(rate.get()) / 10_000.0,
            Off::Amount(amount) => part(amount, value.minimum_spend.plus(amount.times(2))),
        };
        let missing = savings.map_or(0.0, |savings| part(savings.missing, value.minimum_spend));
        DISCOUNT * self.person.thrift * rate.min(0.5) + MISSING * missing
    }

    /// Returns what they do; draws from `luck` the same number of times whatever comes of it.
    pub fn respond(&self, offer: &Offer, show: &Show, mood: &mut Mood, luck: &mut Luck) -> Response {
        let [unseen, useful, says, turns, leaves] = core::array::from_fn(|_| luck.share());
        if unseen < UNSEEN {
            return Response::default();
        }
        if useful < self.usefulness(offer, show) {
            mood.annoyance += COST_OF_USEFUL;
            return Response { useful: true, reply: self.thanks(offer.kind, says, turns), ..Response::default() };
        }
        let worse = if self.hurry || self.case.is_some() { HURRIED } else { 1.0 };
        let milder = if self.on_request { ON_REQUEST } else { 1.0 };
        mood.annoyance += COST_OF_USELESS * worse * milder;
        let used_up = mood.used_up(self.person);
        let is_beyond = used_up > 1.0;
        let dial = (is_beyond && turns < TURNS_DOWN).then_some(if used_up > 1.5 { Dial::Never } else { Dial::Rarely });
        Response { useful: false, reply: refusal(says, used_up.min(1.0)), dial, leaves: is_beyond && leaves < LEAVES }
    }

    fn thanks(&self, kind: Kind, says: f64, off: f64) -> Option<Reply> {
        if self.hurry && off < PUTS_OFF {
            return Some(Reply::Later);
        }
        match kind {
            Kind::Coupon => (says < CLAIMS).then_some(Reply::Claimed),
            _ if says < SAYS_USEFUL => Some(Reply::Useful),
            _ => (says < SAYS_USEFUL + OPENS).then_some(Reply::Opened),
        }
    }
}

/// What is said to a useless message; the ways lie one after the other on the same draw.
fn refusal(says: f64, used_up: f64) -> Option<Reply> {
    let ways = [
        (NEVER_AGAIN * used_up, Reply::NeverAgain),
        (LESS * used_up, Reply::LessLikeThis),
        (NOT_USEFUL * used_up, Reply::NotUseful),
        (DISMISSES + DISMISSES_MORE * used_up, Reply::Dismissed),
    ];
    let mut left = says;
    ways.into_iter().find_map(|(share, reply)| {
        left -= share;
        (left < 0.0).then_some(reply)
    })
}

/// Returns the categories that a scope names, by themselves or by a product.
pub fn categories(catalog: &Catalog, scope: &Scope) -> impl Iterator<Item = CategoryIx> {
    let of_products = scope.products.iter().filter_map(|place| catalog.product(*place)).map(|product| product.category);
    scope.categories.iter().copied().chain(of_products)
}

fn part(of: Minor, all: Minor) -> f64 {
    if all == Minor::ZERO { 0.0 } else { super::luck::real(of.units()) / super::luck::real(all.units()) }
}
