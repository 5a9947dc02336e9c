//! What a person makes of an offer: useful or not by what is true of them, and what a message does to their patience.
//!
//! The model is stated, not learned: every constant is an assumption unless it says otherwise, and says what it is in. It
//! shares no line with `rank`, which has to find out by replies what stands here.

use super::life::free_share;
use super::luck::{Luck, share_at};
use super::person::Person;
use super::world::Step;
use crate::catalog::{Catalog, Kind, Off, Offer, Scope, Value};
use crate::decide::Show;
use crate::product::CategoryIx;
use crate::rank::About;
use crate::savings::Savings;
use crate::signal::{CareTopic, Dial, Reply};
use crate::value::{BasisPoints, Minor};

/// How much the constants of a drawn model differ from the stated ones: standard deviation of the logarithm of a weight, and
/// of the log-odds of a share. So nineteen weights in twenty lie between 0.37 and 2.7 times what is stated. Assumption.
const DOUBT: f64 = 0.5;

/// The share that a free piece or a bundle seems to take off, whose prices the offer does not tell. An assumption.
const UNPRICED: f64 = 0.2;

/// The constants of how people answer. Every one is an assumption; [`Model::default`] states it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// Log-odds that a coupon, a reminder and a tip is useful to somebody who does not need what it is about.
    base: [f64; 3],
    /// Log-odds added by a need, from none to at once.
    need: f64,
    /// Log-odds for each standard deviation of liking the category.
    fondness: f64,
    /// Log-odds of a category that they never buy.
    strange: f64,
    /// Log-odds of a discount of the whole price, for a person of usual thrift; a discount counts up to a half.
    discount: f64,
    /// Log-odds of a minimum spend that is not reached, for what is missing as a share of it.
    missing: f64,
    /// Log-odds of a memory of what they liked and lapsed from.
    nostalgia: f64,
    /// Log-odds of a memory that touches a loss.
    hurt: f64,
    /// Log-odds of help with an open care case.
    help: f64,
    /// Log-odds of anything else while one is open.
    beside_the_point: f64,
    /// Log-odds of a person in a hurry.
    hurry: f64,
    /// Log-odds after the purchase is made: a coupon for it comes late.
    late: f64,
    /// Log-odds for each time that the same offer was shown in the last 28 days.
    repeated: f64,
    /// Log-odds for each irritating message that still rankles.
    annoyed: f64,
    /// Irritation of a useful message; that of a useless one is 1.
    cost_of_useful: f64,
    /// How many times the irritation in a hurry, or while help was wanted.
    hurried: f64,
    /// How many times the irritation in a placement that they opened.
    on_request: f64,
    /// Days in which irritation fades to a half.
    half_life_days: f64,
    /// Share of messages that are not noticed at all.
    unseen: f64,
    /// Share of useful coupons that are taken.
    claims: f64,
    /// Share of other useful messages that are called useful.
    says_useful: f64,
    /// Share of the rest of these that are at least opened.
    opens: f64,
    /// Share of people in a hurry who put a useful message off.
    puts_off: f64,
    /// Share of useless messages that are dismissed by a calm person.
    dismisses: f64,
    /// The same at the end of their patience, of those that would not be.
    dismisses_more: f64,
    /// Share of useless messages answered by "never again" at the end of their patience.
    never_again: f64,
    /// By "less like this".
    less: f64,
    /// By "not useful".
    not_useful: f64,
    /// Beyond their patience: share of useless messages after which they turn the dial down a step.
    turns_down: f64,
    /// After which they leave for good.
    leaves: f64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            base: [-2.6, -2.4, -2.0],
            need: 2.2,
            fondness: 0.5,
            strange: -1.2,
            discount: 4.0,
            missing: -1.5,
            nostalgia: 1.6,
            hurt: -4.0,
            help: 4.0,
            beside_the_point: -2.0,
            hurry: -1.0,
            late: -0.7,
            repeated: -0.5,
            annoyed: -0.2,
            cost_of_useful: 0.05,
            hurried: 1.5,
            on_request: 0.2,
            half_life_days: 7.0,
            unseen: 0.2,
            claims: 0.75,
            says_useful: 0.25,
            opens: 2.0 / 3.0,
            puts_off: 0.2,
            dismisses: 0.3,
            dismisses_more: 4.0 / 7.0,
            never_again: 0.1,
            less: 0.08,
            not_useful: 0.05,
            turns_down: 0.2,
            leaves: 0.06,
        }
    }
}

impl Model {
    /// Draws another model that is as plausible: weights are multiplied, shares and bases moved on the scale of log-odds.
    pub fn drawn(luck: &mut Luck) -> Self {
        let mut model = Self::default();
        for base in &mut model.base {
            *base += DOUBT * luck.normal();
        }
        for weight in model.weights() {
            *weight *= libm::exp(DOUBT * luck.normal());
        }
        for share in model.shares() {
            *share = share_at(libm::log(*share / (1.0 - *share)) + DOUBT * luck.normal());
        }
        model
    }

    fn weights(&mut self) -> [&mut f64; 17] {
        [
            &mut self.need,
            &mut self.fondness,
            &mut self.strange,
            &mut self.discount,
            &mut self.missing,
            &mut self.nostalgia,
            &mut self.hurt,
            &mut self.help,
            &mut self.beside_the_point,
            &mut self.hurry,
            &mut self.late,
            &mut self.repeated,
            &mut self.annoyed,
            &mut self.cost_of_useful,
            &mut self.hurried,
            &mut self.on_request,
            &mut self.half_life_days,
        ]
    }

    fn shares(&mut self) -> [&mut f64; 12] {
        [
            &mut self.unseen,
            &mut self.claims,
            &mut self.says_useful,
            &mut self.opens,
            &mut self.puts_off,
            &mut self.dismisses,
            &mut self.dismisses_more,
            &mut self.never_again,
            &mut self.less,
            &mut self.not_useful,
            &mut self.turns_down,
            &mut self.leaves,
        ]
    }

    /// What is said to a useless message; the ways lie one after the other on the same draw.
    fn refusal(&self, says: f64, used_up: f64) -> Option<Reply> {
        let dismisses = self.dismisses + (1.0 - self.dismisses) * self.dismisses_more * used_up;
        let ways = [
            (self.never_again * used_up, Reply::NeverAgain),
            (self.less * used_up, Reply::LessLikeThis),
            (self.not_useful * used_up, Reply::NotUseful),
            (dismisses, Reply::Dismissed),
        ];
        let mut left = says;
        ways.into_iter().find_map(|(share, reply)| {
            left -= share;
            (left < 0.0).then_some(reply)
        })
    }
}

/// What still rankles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mood {
    /// Irritating messages, each fading.
    pub annoyance: f64,
}

impl Mood {
    /// Lets a day pass.
    pub fn sleep(&mut self, model: &Model) {
        self.annoyance *= libm::exp2(-1.0 / model.half_life_days);
    }

    /// Returns how much of their patience is used up, 1 where it ends.
    pub fn used_up(&self, person: &Person) -> f64 {
        self.annoyance / person.patience
    }
}

/// What is true at the moment of a message, and the engine is not told.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    /// How people answer.
    pub model: &'a Model,
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
        let kind = self.model.base.get(offer.kind as usize).copied().unwrap_or(0.0);
        let repeats = f64::from(self.repeats);
        let moment = if self.hurry { self.model.hurry } else { 0.0 }
            + if self.is_late(offer.kind) { self.model.late } else { 0.0 };
        let fit = match offer.kind {
            Kind::Service if self.case.is_some() && offer.scope.is_everything() => self.model.help,
            _ if self.case.is_some() => self.model.beside_the_point + self.fit(offer),
            Kind::Reminder => self.memory(offer.scope, show.about),
            _ => self.fit(offer),
        };
        let discount = offer.value.map_or(0.0, |value| self.discount(value, show.savings));
        share_at(
            kind + fit + discount + moment + self.model.repeated * repeats + self.model.annoyed * self.mood.annoyance,
        )
    }

    /// Returns the probability that an offer is seen and of use to them now.
    pub fn helps(&self, offer: &Offer, show: &Show) -> f64 {
        (1.0 - self.model.unseen) * self.usefulness(offer, show)
    }

    fn is_late(&self, kind: Kind) -> bool {
        self.step == Step::Paid && kind == Kind::Coupon
    }

    /// Weighs what an offer is about: the category of it that suits them best.
    fn fit(&self, offer: &Offer) -> f64 {
        let best = categories(self.catalog, offer.scope).map(|category| self.wish(category));
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        if best.is_finite() { best } else { self.model.need * 0.5 }
    }

    fn wish(&self, category: CategoryIx) -> f64 {
        let Some(want) = self.person.want(category) else { return self.model.strange };
        let need = if self.list.contains(&category) { 1.0 } else { want.need(self.day) };
        self.model.need * need + self.model.fondness * want.fondness
    }

    /// Weighs a memory: of what they stopped buying by and by it is welcome, of a loss it hurts.
    ///
    /// A reminder of anything is about what the engine found.
    fn memory(&self, scope: &Scope, about: Option<About>) -> f64 {
        let lapsed = |category| {
            let want = self.person.want(category)?;
            let is_loss = self.catalog.category(category).is_some_and(|kind| kind.sensitive) && self.day >= want.lapses;
            Some(if is_loss { self.model.hurt } else { self.model.nostalgia + self.model.fondness * want.fondness })
        };
        let found = about.and_then(|about| match about {
            About::Product(place) => self.catalog.product(place).map(|product| product.category),
            About::Category(place) => Some(place),
        });
        let found = found.filter(|_| scope.is_everything());
        let best = categories(self.catalog, scope).chain(found).filter_map(lapsed).fold(f64::NEG_INFINITY, f64::max);
        if best.is_finite() { best } else { self.model.strange }
    }

    fn discount(&self, value: &Value, savings: Option<Savings>) -> f64 {
        let percent = |rate: BasisPoints| f64::from(rate.get()) / 10_000.0;
        let amount = |amount: Minor, from: Minor| part(amount, from.plus(amount.times(2)));
        let rate = match &value.off {
            Off::Percent(rate) => percent(*rate),
            Off::Amount(off) => amount(*off, value.minimum_spend),
            Off::Pieces { of, pay } => percent(free_share(*of, *pay)),
            Off::Tiers(_, tiers) => {
                tiers.first().map_or(0.0, |tier| percent(tier.percent).max(amount(tier.amount, value.minimum_spend)))
            }
            Off::Free(_) | Off::Bundle(..) => UNPRICED,
        };
        let missing = savings.map_or(0.0, |savings| part(savings.missing, value.minimum_spend));
        self.model.discount * self.person.thrift * rate.min(0.5) + self.model.missing * missing
    }

    /// Returns what they do; draws from `luck` the same number of times whatever comes of it.
    pub fn respond(&self, offer: &Offer, show: &Show, mood: &mut Mood, luck: &mut Luck) -> Response {
        let [unseen, useful, says, turns, leaves] = core::array::from_fn(|_| luck.share());
        if unseen < self.model.unseen {
            return Response::default();
        }
        if useful < self.usefulness(offer, show) {
            mood.annoyance += self.model.cost_of_useful;
            return Response { useful: true, reply: self.thanks(offer.kind, says, turns), ..Response::default() };
        }
        let worse = if self.hurry || self.case.is_some() { self.model.hurried } else { 1.0 };
        let milder = if self.on_request { self.model.on_request } else { 1.0 };
        mood.annoyance += worse * milder;
        let used_up = mood.used_up(self.person);
        let is_beyond = used_up > 1.0;
        let dial = (is_beyond && turns < self.model.turns_down).then_some(if used_up > 1.5 {
            Dial::Never
        } else {
            Dial::Rarely
        });
        Response {
            useful: false,
            reply: self.model.refusal(says, used_up.min(1.0)),
            dial,
            leaves: is_beyond && leaves < self.model.leaves,
        }
    }

    fn thanks(&self, kind: Kind, says: f64, off: f64) -> Option<Reply> {
        if self.hurry && off < self.model.puts_off {
            return Some(Reply::Later);
        }
        match kind {
            Kind::Coupon => (says < self.model.claims).then_some(Reply::Claimed),
            _ if says < self.model.says_useful => Some(Reply::Useful),
            _ => (says < self.model.says_useful + (1.0 - self.model.says_useful) * self.model.opens)
                .then_some(Reply::Opened),
        }
    }
}

/// Returns the categories that a scope names, by themselves or by a product.
pub fn categories(catalog: &Catalog, scope: &Scope) -> impl Iterator<Item = CategoryIx> {
    let of_products = scope.products.iter().filter_map(|place| catalog.product(*place)).map(|product| product.category);
    scope.categories.iter().copied().chain(of_products)
}

fn part(of: Minor, all: Minor) -> f64 {
    if all == Minor::ZERO { 0.0 } else { super::luck::real(of.units()) / super::luck::real(all.units()) }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::simulate::luck::Of;

    #[test]
    fn a_drawn_model_is_about_as_stated() {
        let mut stated = Model::default();
        let mut needs = Vec::new();
        for nth in 0..400 {
            let mut model = Model::drawn(&mut Luck::new(1, Of::Model, [nth, 0, 0]));
            needs.push(model.need);
            assert!(model.shares().iter().all(|share| (0.0..1.0).contains(*share)), "{model:?}");
            let signs = model.weights().into_iter().zip(stated.weights());
            assert!(signs.into_iter().all(|(drawn, stated)| *drawn * *stated > 0.0), "{model:?}");
        }
        needs.sort_by(f64::total_cmp);
        // The median of 400 draws of a log-normal with spread 0.5: standard error 3 %.
        assert!((needs[200] / stated.need - 1.0).abs() < 0.1, "{}", needs[200]);
        // Nineteen in twenty between 0.37 and 2.7 times.
        assert!(needs[10] / stated.need < 0.45 && needs[390] / stated.need > 2.2, "{} {}", needs[10], needs[390]);
    }
}
