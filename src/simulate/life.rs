//! One person's days with the real engine: signals in, decisions out, replies back.
//!
//! Everything goes through [`Session`]; what is true of the person stays here.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::count::{Count, Funnel, Row, Totals};
use super::luck::{Luck, Of, whole};
use super::market::Market;
use super::person::Person;
use super::response::{Model, Mood, Response};
use super::world::{AudienceIx, World};
use super::{Asking, Event, Plan};
use crate::basket::{Basket, Line};
use crate::catalog::{Kind, Offer, OfferIx, PlacementIx};
use crate::decide::{Decision, Outcome, Refusal, Show};
use crate::product::CategoryIx;
use crate::profile::Profile;
use crate::rank::Priced;
use crate::savings::evaluate;
use crate::session::Session;
use crate::signal::{CareTopic, Dial, Fact, Reply, ShopEvent, ShopEventKind, Signal};
use crate::value::{BasisPoints, Key, Local, Minor, Span, Timestamp};
use crate::wire::decision::{hold_view, refusal_view};
use crate::wire::state;

/// Care cases that somebody opens in a year, and days until one is closed, at most. Assumptions.
const CASES: f64 = 0.3;
const CASE_DAYS: u32 = 5;
/// Days for which a coupon that was taken is good. Assumption: the catalog does not say.
const COUPON_DAYS: i32 = 14;
/// Share of coupons taken on another day that are remembered at the till. Assumption.
const REMEMBERS: f64 = 0.5;
/// Days after which nobody remembers having seen an offer.
const SEEN_DAYS: i32 = 28;
/// Trips by weekday, Monday to Sunday, as parts of the mean. Measured: Complete Journey, day 0 a Sunday.
const WEEKDAYS: [f64; 7] = [0.98, 0.95, 0.93, 0.93, 0.96, 1.09, 1.16];
/// Most trips on a day.
const MOST_TRIPS: f64 = 0.9;

/// One person's days.
pub(super) struct Life<'a> {
    pub(super) world: &'a World<'a>,
    plan: &'a Plan,
    pub(super) person: Person,
    pub(super) model: Model,
    session: Session,
    pub(super) mood: Mood,
    row: Row,
    /// What everybody shares, lent to them while they do something.
    pub(super) town: Town,
    witness: Option<&'a mut dyn FnMut(Event)>,
    /// Key of each offer that was seen, and the day.
    seen: Vec<(Key, i32)>,
    coupons: Vec<Coupon>,
    case: Option<Case>,
    week: u64,
    audiences: Vec<AudienceIx>,
    has_left: bool,
    /// Days after the first.
    pub(super) day: i32,
    dial: Dial,
}

/// What the people of a plan share.
#[derive(Debug, Default)]
pub(super) struct Town {
    /// What is counted of all.
    pub(super) totals: Totals,
    /// What is left of budgets, where they count.
    pub(super) market: Market,
}

/// A coupon that was taken.
#[derive(Clone, Copy, Debug)]
struct Coupon {
    offer: OfferIx,
    decision: Key,
    day: i32,
    /// What it may take off.
    face: Minor,
}

/// Something that help is waited for.
#[derive(Clone, Copy, Debug)]
struct Case {
    key: Key,
    topic: CareTopic,
    closes: i32,
}

impl<'a> Life<'a> {
    /// Begins the life of a person, and tells the engine what the shop knows before the first day.
    pub(super) fn new(
        world: &'a World<'a>,
        plan: &'a Plan,
        person: Person,
        witness: Option<&'a mut dyn FnMut(Event)>,
    ) -> Self {
        let seed = Luck::new(plan.seed, Of::Device, [person.number.into(), 0, 0]).seed();
        let (device, _) = state::open(world.catalog(), &[], seed, Timestamp::default());
        let (session, dial) = (Session::new(device), person.dial);
        let (mood, row, town) = (Mood::default(), Row::default(), Town::default());
        let (seen, coupons, case, week) = (Vec::new(), Vec::new(), None, 0);
        let (has_left, day) = (false, 0);
        let known = (0..).map(AudienceIx).zip(&world.audiences);
        let audiences = known.filter(|(_, one)| person.is_of(world.catalog(), **one)).map(|(place, _)| place).collect();
        Self {
            world,
            plan,
            model: plan.model(person.number),
            person,
            session,
            mood,
            row,
            town,
            witness,
            seen,
            coupons,
            case,
            week,
            audiences,
            has_left,
            day,
            dial,
        }
    }

    /// Lives all days alone, and returns what was counted of them and of all.
    pub(super) fn live(mut self, past: &[(i32, Vec<CategoryIx>)], town: &mut Town) -> Row {
        self.lend(town);
        self.begin(past);
        for day in 0..i32::from(self.plan.days) {
            let [trip, look] = self.wake(day);
            trip.into_iter().for_each(|_| self.go_out());
            look.into_iter().for_each(|_| self.look_in());
            self.sleep();
        }
        self.lend(town);
        self.tell_profile(|profile| Event::Ended(profile));
        self.row
    }

    /// Takes what everybody shares, or gives it back.
    pub(super) const fn lend(&mut self, town: &mut Town) {
        core::mem::swap(&mut self.town, town);
    }

    /// Tells the engine what the shop knows before the first day.
    pub(super) fn begin(&mut self, past: &[(i32, Vec<CategoryIx>)]) {
        self.day = past.first().map_or(0, |(day, _)| *day);
        self.tell_profile(|profile| Event::Began(profile));
        self.introduce();
        self.remember(past);
        self.row.add(Count::People, 1);
    }

    /// Returns what was counted of them.
    pub(super) const fn row(&self) -> Row {
        self.row
    }

    /// Begins a day, and returns when they shop and when they only look, if at all; the one comes before the other.
    pub(super) fn wake(&mut self, day: i32) -> [Option<Timestamp>; 2] {
        self.day = day;
        let luck = &mut self.luck_of_today(0);
        let [loses, cases, trips, looks] = core::array::from_fn(|_| luck.share());
        if !self.has_left {
            self.row.add(Count::Days, 1);
            self.row.add(Count::Annoyance, whole(1_000.0 * self.mood.annoyance));
            self.care(cases, luck);
            if loses < self.person.losses {
                let at = self.at(self.day, 0);
                self.session.forget(at);
                self.tell_profile(|profile| Event::Began(profile));
                self.introduce();
            }
        }
        let shops = self.shops(self.local(self.day));
        let trip = trips < (self.person.trips * shops).min(MOST_TRIPS);
        let look = looks < (self.person.looks * shops).min(MOST_TRIPS);
        let trip = trip.then(|| self.trip_begins(&mut self.luck_of_today(1)));
        let look = look.then(|| self.begins(None, &mut self.luck_of_today(2)));
        [trip, look.map(|look| trip.map_or(look, |trip| trip.max(look)))]
    }

    /// Goes on the trip of today.
    pub(super) fn go_out(&mut self) {
        self.trip(&mut self.luck_of_today(1), &mut self.luck_of_today(3));
    }

    /// Looks without buying.
    pub(super) fn look_in(&mut self) {
        if !self.has_left {
            self.look(&mut self.luck_of_today(2));
        }
    }

    /// Ends the day.
    pub(super) fn sleep(&mut self) {
        self.mood.sleep(&self.model);
        if self.day % 7 == 6 {
            self.end_week();
        }
    }

    /// Keeps of the engine what is remembered, and nothing of what it made ready.
    pub(super) fn rest(&mut self) {
        self.session = Session::new(self.session.profile().clone());
    }

    /// Tells a witness of an ask that is about to be made.
    pub(super) fn tell_asking(
        &mut self,
        (placement, at): (PlacementIx, Timestamp),
        usefulness: &dyn Fn(&Self, &Priced) -> f64,
    ) {
        // NOTE: taken out meanwhile, since what it hears of is the rest of this.
        let Some(witness) = self.witness.take() else { return };
        let usefulness = |priced: &Priced| usefulness(self, priced);
        witness(Event::Asking(Asking { placement, at, profile: self.session.profile(), usefulness: &usefulness }));
        self.witness = Some(witness);
    }

    pub(super) fn tell_witness(&mut self, event: Event) {
        if let Some(witness) = &mut self.witness {
            witness(event);
        }
    }

    /// Tells a witness what the device remembers.
    fn tell_profile(&mut self, event: impl FnOnce(&Profile) -> Event) {
        if let Some(witness) = &mut self.witness {
            witness(event(self.session.profile()));
        }
    }

    /// Returns the stream of one of the things that happen today.
    fn luck_of_today(&self, thing: u64) -> Luck {
        Luck::new(self.plan.seed, Of::Day, [self.person.number.into(), day_key(self.day), thing])
    }

    /// Returns how much more than on a usual day is shopped.
    fn shops(&self, local: Local) -> f64 {
        let weekday = WEEKDAYS.get(usize::from(local.weekday()) - 1).copied().unwrap_or(1.0);
        if self.person.is_away(day_of_year(local)) { 0.0 } else { weekday }
    }

    fn end_week(&mut self) {
        let week = usize::try_from(self.day / 7).unwrap_or(0);
        let (until, day) = (self.day - COUPON_DAYS, self.day);
        self.coupons.retain(|coupon| coupon.day > until);
        for coupon in &self.coupons {
            self.town.totals.offer(coupon.offer).owe([(week, coupon.face.units())].into_iter());
        }
        self.seen.retain(|(_, seen)| day - seen < SEEN_DAYS);
        let messages = core::mem::take(&mut self.week);
        self.row.raise(Count::BusiestWeek, messages);
        if !self.has_left {
            let place = usize::try_from(messages).unwrap_or(usize::MAX).min(Totals::MOST_A_WEEK);
            self.town.totals.weeks.get_mut(place).into_iter().for_each(|count| *count += 1);
        }
    }

    /// Tells what the shop and the person say by themselves: attributes, consent, dial, language.
    fn introduce(&mut self) {
        let at = self.at(self.day, 1);
        if !self.person.attributes.is_empty() {
            self.tell(at, Fact::Attributes(self.person.attributes.clone()));
        }
        if let Some(remember) = self.person.consent {
            self.tell(at, Fact::Consent { remember });
        }
        if self.dial != Dial::Normal {
            self.tell(at, Fact::Dial(self.dial));
        }
    }

    /// Tells what was bought before the first day, where the shop knows it.
    fn remember(&mut self, past: &[(i32, Vec<CategoryIx>)]) {
        let known = if self.person.is_known { past } else { &[] };
        for (day, categories) in known {
            let luck = &mut Luck::new(self.plan.seed, Of::History, [self.person.number.into(), day_key(*day), 1]);
            let lines = categories.iter().filter_map(|category| self.line(*category, luck)).collect();
            let at = self.at(*day, 12 * 60);
            self.shop(at, ShopEventKind::Purchase, lines);
        }
    }

    /// Opens a case, or closes the one that is open.
    fn care(&mut self, cases: f64, luck: &mut Luck) {
        let at = self.at(self.day, 2);
        if let Some(Case { key, topic, .. }) = self.case.filter(|case| case.closes <= self.day) {
            self.case = None;
            self.tell(at, Fact::Care { case: key, topic, open: false });
        }
        if self.case.is_none() && cases < CASES / super::person::YEAR {
            let topics = CareTopic::ALL.len();
            let place = usize::try_from(luck.below(u32::try_from(topics).unwrap_or(1))).unwrap_or(0);
            let topic = CareTopic::ALL.get(place).map_or(CareTopic::Question, |(topic, _)| *topic);
            let closes = self.day + 1 + i32::try_from(luck.below(CASE_DAYS)).unwrap_or(0);
            let key = Key::of(&name_of(self.person.number, at));
            self.case = Some(Case { key, topic, closes });
            self.tell(at, Fact::Care { case: key, topic, open: true });
        }
    }

    /// Tells the engine a fact. Who left tells it nothing more.
    pub(super) fn tell(&mut self, at: Timestamp, fact: Fact) {
        let signal = Signal { at, fact };
        // NOTE: a reply to a decision that the profile has forgotten is refused, as it would be in a shop.
        if !self.has_left && self.session.observe(self.world.engine, &signal).is_ok() {
            self.tell_witness(Event::Told(&signal));
        }
    }

    /// Tells a shop event; a purchase has a name.
    pub(super) fn shop(&mut self, at: Timestamp, kind: ShopEventKind, lines: Vec<Line>) {
        let is_purchase = kind == ShopEventKind::Purchase;
        let transaction = is_purchase.then(|| Key::of(&name_of(self.person.number, at)));
        self.tell(at, Fact::Shop(ShopEvent { kind, lines, transaction, searched: Vec::new() }));
    }

    /// Returns what they buy of a category.
    pub(super) fn line(&self, category: CategoryIx, luck: &mut Luck) -> Option<Line> {
        let product = self.person.want(category)?.product(self.world, luck);
        let pieces = 1 + u16::try_from(luck.below(self.person.size.into()) / 2).unwrap_or(0);
        let known = product.and_then(|place| self.world.catalog().product(place));
        // NOTE: a category without products is bought all the same, as one thing at no price.
        let item = known.map_or(self.world.catalog().category(category)?.key, |product| product.key);
        let price = known.map_or(Minor::ZERO, |product| product.price);
        Some(Line { item, product, category: Some(category), price, quantity: pieces, lot: None })
    }

    /// Tells whether they left.
    pub(super) const fn has_left(&self) -> bool {
        self.has_left
    }

    /// Returns what they wait for help with.
    pub(super) fn topic(&self) -> Option<CareTopic> {
        self.case.map(|case| case.topic)
    }

    /// Counts a visit, at whose beginning a page fetches what is left of budgets.
    pub(super) fn visit(&mut self, at: Timestamp) {
        self.row.add(Count::Visits, 1);
        if let Some((told, left)) = self.town.market.news(at) {
            self.tell(told, Fact::Budgets(left));
        }
    }

    /// Returns how often an offer was seen in the last four weeks.
    pub(super) fn repeats(&self, offer: Key) -> u32 {
        let times = self.seen.iter().filter(|(seen, day)| *seen == offer && self.day - day < SEEN_DAYS);
        u32::try_from(times.count()).unwrap_or(u32::MAX)
    }

    /// Asks for a placement, and counts what came of it. `needs` is what they need most.
    pub(super) fn ask(&mut self, placement: PlacementIx, at: Timestamp, needs: Option<CategoryIx>) -> Decision {
        let decision = self.session.ask(self.world.engine, placement, at);
        self.tell_witness(Event::Decided(&decision));
        self.row.add(Count::Asks, 1);
        self.count(&decision, needs);
        decision
    }

    fn count(&mut self, decision: &Decision, needs: Option<CategoryIx>) {
        let (ready, placement) = (&decision.ready, decision.placement);
        let is_permitted = ready.silence.is_none();
        let funnel = Funnel {
            asks: 1,
            permitted: is_permitted.into(),
            fitting: (ready.candidates() > 0).into(),
            free: (!ready.ranked.is_empty()).into(),
            fresh: ready.ranked.iter().any(|ranked| self.is_fresh(ranked.priced.offer)).into(),
            shown: decision.is_show().into(),
            useful: 0,
        };
        self.tally(placement, &funnel);
        for (offer, exclusion) in &ready.excluded {
            let (why, _) = refusal_view(Refusal::Excluded(*exclusion));
            *self.town.totals.refusals.entry((*offer, why)).or_default() += 1;
        }
        let Outcome::Hold(hold) = decision.outcome else { return };
        let why = hold_view(hold).why;
        *self.town.totals.holds.entry((placement, why)).or_default() += 1;
        if let Some(category) = needs.filter(|_| is_permitted) {
            *self.town.totals.gaps.entry((category, placement, why)).or_default() += 1;
        }
    }

    /// Adds to the counts of a placement and of the person's audiences in this week.
    fn tally(&mut self, placement: PlacementIx, funnel: &Funnel) {
        let week = usize::try_from(self.day / 7).unwrap_or(0);
        self.town.totals.funnels.entry((week, placement)).or_default().add(funnel);
        for audience in &self.audiences {
            self.town.totals.audiences.entry((week, *audience)).or_default().add(funnel);
        }
    }

    /// Tells whether an offer is something new to them.
    fn is_fresh(&self, offer: OfferIx) -> bool {
        let key = self.world.catalog().offer(offer).map(|offer| offer.key);
        self.world.is_news(offer, self.plan.from.saturating_add(self.day))
            && key.is_some_and(|key| self.repeats(key) == 0)
    }

    /// Takes in what came of a shown offer.
    pub(super) fn take(&mut self, decision: &Decision, (show, offer): (&Show, &Offer), found: Response, at: Timestamp) {
        self.week += 1;
        self.row.add(Count::Messages, 1);
        self.row.raise(Count::Reached, 1);
        self.seen.push((offer.key, self.day));
        let count = self.town.totals.offer(show.offer);
        count.shown += 1;
        count.useful += u64::from(found.useful);
        if found.useful {
            self.row.add(Count::Useful, 1);
            self.row.raise(Count::Helped, 1);
            self.tally(decision.placement, &Funnel { useful: 1, ..Funnel::default() });
        }
        if let Some(reply) = found.reply {
            self.reply(decision, (show, offer), reply, at);
        }
        if let Some(dial) = found.dial.filter(|dial| *dial < self.dial) {
            self.dial = dial;
            self.row.raise(Count::TurnedDown, 1);
            self.tell(at, Fact::Dial(dial));
        }
        if found.leaves {
            self.has_left = true;
            self.row.raise(Count::Left, 1);
        }
    }

    fn reply(&mut self, decision: &Decision, (show, offer): (&Show, &Offer), reply: Reply, at: Timestamp) {
        if reply == Reply::Claimed && !self.town.market.take(show.offer, self.person.number, at) {
            return;
        }
        self.tell(at, Fact::Reply { decision: decision.id, reply, until: None });
        let (counted, is_refusal) = match reply {
            Reply::Dismissed => (Count::Dismissed, true),
            Reply::NeverAgain => (Count::NeverAgain, true),
            Reply::LessLikeThis | Reply::NotUseful => (Count::LessLikeThis, true),
            Reply::Later => (Count::Later, false),
            Reply::Claimed => (Count::Claimed, false),
            _ => return,
        };
        self.row.add(counted, 1);
        let count = self.town.totals.offer(show.offer);
        count.refused += u64::from(is_refusal);
        if reply == Reply::Claimed && offer.kind == Kind::Coupon {
            count.claimed += 1;
            let face = face(offer, self.session.profile().basket.total());
            self.coupons.retain(|known| known.offer != show.offer);
            self.coupons.push(Coupon { offer: show.offer, decision: decision.id, day: self.day, face });
        }
    }

    /// Returns the categories of the coupons that they took on another day and remember.
    pub(super) fn remembered(&self) -> Vec<OfferIx> {
        let is_remembered = |coupon: &&Coupon| {
            let parts = [self.person.number.into(), day_key(self.day), coupon.decision.0];
            coupon.day == self.day || Luck::new(self.plan.seed, Of::Answer, parts).happens(REMEMBERS)
        };
        let good = self.coupons.iter().filter(|coupon| self.day - coupon.day < COUPON_DAYS);
        good.filter(is_remembered).map(|coupon| coupon.offer).collect()
    }

    /// Pays: the coupon that takes off most is used, one a purchase, since the engine does not stack them.
    pub(super) fn pay(&mut self, lines: &[Line], at: Timestamp) {
        let mut basket = Basket::default();
        basket.add(lines);
        let remembered = if self.has_left { Vec::new() } else { self.remembered() };
        let catalog = self.world.catalog();
        let saving = |offer: &OfferIx| {
            let offer = catalog.offer(*offer)?;
            Some(evaluate(offer.value?, offer.scope, &basket).saves)
        };
        let savings = remembered.iter().filter_map(|offer| Some((*offer, saving(offer)?)));
        let best = savings.filter(|(_, saves)| *saves > Minor::ZERO).max_by_key(|(_, saves)| *saves);
        let saves = best.map_or(Minor::ZERO, |(_, saves)| saves);
        self.row.add(Count::Purchases, 1);
        self.row.add(Count::Spend, basket.total().minus(saves).units());
        self.row.add(Count::Savings, saves.units());
        self.shop(at, ShopEventKind::Purchase, lines.to_vec());
        let used = best.and_then(|(offer, _)| self.coupons.iter().position(|coupon| coupon.offer == offer));
        if let Some(coupon) = used.map(|place| self.coupons.remove(place)) {
            self.row.add(Count::Redeemed, 1);
            let count = self.town.totals.offer(coupon.offer);
            count.redeemed += 1;
            count.savings += saves.units();
            self.tell(at, Fact::Reply { decision: coupon.decision, reply: Reply::Redeemed, until: None });
        }
    }

    /// Returns the stream for what one ask of today shows.
    pub(super) fn answer(&self, visit: u64, placement: PlacementIx, nth: u64) -> Luck {
        let key = self.world.catalog().placement(placement).map_or(0, |placement| placement.key.0);
        let parts = [self.person.number.into(), day_key(self.day), Key(key).with(visit).with(nth).0];
        Luck::new(self.plan.seed, Of::Answer, parts)
    }

    /// Returns an instant of a day on the shop's clock, right to the hour in which clocks are changed.
    pub(super) fn at(&self, day: i32, minute: u32) -> Timestamp {
        let day = i64::from(self.plan.from) + i64::from(day);
        let wanted = day * 1_440 + i64::from(minute);
        let guess = Timestamp::from_ms(wanted * 60_000);
        let local = self.world.catalog().local(guess);
        let shown = i64::from(local.day) * 1_440 + i64::from(local.minute);
        if shown >= wanted {
            guess.before(Span::from_ms((shown - wanted) * 60_000))
        } else {
            guess.after(Span::from_ms((wanted - shown) * 60_000))
        }
    }

    /// Returns a day of the plan in the calendar.
    pub(super) fn local(&self, day: i32) -> Local {
        Local::of_day(self.plan.from.saturating_add(day))
    }
}

/// Returns the name of what happens to somebody at an instant: a purchase, or a care case that is opened.
pub fn name_of(person: u32, at: Timestamp) -> String {
    format!("{person}-{}", at.ms())
}

/// Returns the share of the pieces that is free where of each `of` only `pay` are paid for.
pub(super) fn free_share(of: u16, pay: u16) -> BasisPoints {
    let rate = u32::from(of.saturating_sub(pay)) * 10_000 / u32::from(of.max(1));
    BasisPoints::new(u16::try_from(rate).unwrap_or(u16::MAX))
}

/// Returns what a coupon may take off at most; without a limit, its share of the basket of now, or all of that.
fn face(offer: &Offer, basket: Minor) -> Minor {
    use crate::catalog::Off;
    let Some(value) = offer.value else { return Minor::ZERO };
    match &value.off {
        Off::Amount(amount) => (*amount).min(value.maximum),
        _ if value.maximum < Minor::MAX => value.maximum,
        Off::Percent(rate) => basket.share(*rate),
        Off::Pieces { of, pay } => basket.share(free_share(*of, *pay)),
        Off::Tiers(_, tiers) => tiers.last().map_or(Minor::ZERO, |tier| basket.share(tier.percent).plus(tier.amount)),
        Off::Free(_) | Off::Bundle(..) => basket,
    }
}

/// Returns a day, which may lie before the first, as a part of a stream's name.
pub(super) fn day_key(day: i32) -> u64 {
    u64::from(day.cast_unsigned())
}

/// Returns the day of the year, 0 for the first of January, to a day in leap years.
pub(super) fn day_of_year(local: Local) -> i32 {
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    BEFORE.get(usize::from(local.month) - 1).copied().unwrap_or(0) + i32::from(local.day_of_month) - 1
}
