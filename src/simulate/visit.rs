//! How a visit goes: a trip with a purchase, online or in a store, or a look without one.

use alloc::vec::Vec;

use super::Event;
use super::life::{Life, day_of_year};
use super::luck::{Luck, whole};
use super::response::{Truth, categories};
use super::world::Step;
use crate::basket::{Basket, Line};
use crate::catalog::{OfferIx, PlacementIx, Scope};
use crate::decide::{Outcome, Show};
use crate::product::{CategoryIx, ProductIx};
use crate::rank::Priced;
use crate::savings::evaluate;
use crate::signal::{AttentionChange, Fact, Fix, Request, Scan, ShopEvent, ShopEventKind};
use crate::store::{Footprint, Point, StoreIx};
use crate::value::{Key, Minor, Ppm, Span, Timestamp};

/// Hours at which a visit begins, each with its weight: before work, around noon, after work. Assumption.
const HOURS: [(u32, f64); 14] = [
    (8, 0.5),
    (9, 0.8),
    (10, 1.0),
    (11, 1.1),
    (12, 1.0),
    (13, 0.8),
    (14, 0.8),
    (15, 0.9),
    (16, 1.2),
    (17, 1.5),
    (18, 1.4),
    (19, 1.0),
    (20, 0.7),
    (21, 0.4),
];
/// What is due so many days ahead is bought on a trip of today. Assumption.
const AHEAD_DAYS: f64 = 2.0;
/// Spread of the logarithm of one person's lists. Assumption.
const LIST_SPREAD: f64 = 0.4;
/// Share of visits in a hurry; of pages in sight but idle, and with something that must not be broken off. Assumptions.
const HURRY: f64 = 0.25;
const IDLE: f64 = 0.08;
const BUSY: f64 = 0.08;
/// Share of online visits with a search, and of visits to a store with a check-in instead of a scanned label, with the
/// basket filled by scanning, and with a look at the phone on the way there. Assumptions.
const SEARCHES: f64 = 0.4;
const CHECKS_IN: f64 = 0.4;
const FILLS: f64 = 0.5;
const ON_THE_WAY: f64 = 0.15;
/// Products that are looked at or scanned one by one, at most.
const LOOKS_AT: usize = 2;
/// Things put into the basket for the sake of a coupon, at most. Assumption.
const MORE: usize = 2;
/// Seconds between two steps of a visit.
const PACE_S: i64 = 45;

/// A visit as it goes.
struct Visit {
    at: Timestamp,
    /// Tells the visits of a day apart.
    kind: u64,
    asks: u64,
    hurry: bool,
    /// They will buy.
    is_trip: bool,
    list: Vec<CategoryIx>,
    lines: Vec<Line>,
}

impl Visit {
    fn step(&mut self) -> Timestamp {
        self.at = self.at.after(Span::from_ms(PACE_S * 1_000));
        self.at
    }
}

impl Life<'_> {
    /// A trip: a list, a way to shop, and a purchase. The way has luck of its own, of which no more is drawn for a longer
    /// list: a coupon moves nothing but what is bought.
    pub(super) fn trip(&mut self, luck: &mut Luck, goods: &mut Luck) {
        let [online, phone, hurry] = core::array::from_fn(|_| luck.share());
        let mut list = self.list(goods);
        if !self.has_left() {
            self.wish_for_coupons(&mut list);
        }
        let lines: Vec<Line> = list.iter().filter_map(|category| self.line(*category, goods)).collect();
        let is_online = online < self.person.online || self.person.store.is_none();
        let at = self.begins(self.person.store.filter(|_| !is_online), luck);
        let mut visit = Visit { at, kind: 1, asks: 0, hurry: hurry < HURRY, is_trip: true, list, lines };
        if self.has_left() || !is_online && phone >= self.person.phone {
            return self.pay(&visit.lines, visit.at);
        }
        self.visit(at);
        match self.person.store.filter(|_| !is_online) {
            Some(store) => self.shop_in(store, &mut visit, luck),
            None => self.shop_online(&mut visit, luck),
        }
        let at = visit.step();
        self.pay(&visit.lines, at);
        self.ask_at(Step::Paid, &mut visit);
    }

    /// Returns when a trip of this luck begins.
    pub(super) fn trip_begins(&self, luck: &mut Luck) -> Timestamp {
        let [online, ..]: [f64; 3] = core::array::from_fn(|_| luck.share());
        self.begins(self.person.store.filter(|_| online >= self.person.online), luck)
    }

    /// A look without a purchase.
    pub(super) fn look(&mut self, luck: &mut Luck) {
        let at = self.begins(None, luck);
        let hurry = luck.happens(HURRY);
        let list = self.soon();
        let mut visit = Visit { at, kind: 2, asks: 0, hurry, is_trip: false, list, lines: Vec::new() };
        self.visit(at);
        self.arrive(&mut visit, luck);
        let bound = u32::try_from(self.person.wants.len()).unwrap_or(0);
        let place = usize::try_from(luck.below(bound)).unwrap_or(0);
        let wanted = self.person.wants.get(place).map(|want| want.category);
        if let Some(line) = wanted.and_then(|category| self.line(category, luck)) {
            self.look_at(line, &mut visit);
        }
    }

    /// Returns what they need rather than not, the most urgent first.
    fn soon(&self) -> Vec<CategoryIx> {
        let day = f64::from(self.day);
        let wants = self.person.wants.iter().map(|want| (want.need(day), want.category));
        let mut soon: Vec<(f64, CategoryIx)> = wants.filter(|(need, _)| *need > 0.5).collect();
        soon.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        soon.into_iter().map(|(_, category)| category).collect()
    }

    /// Returns what is due, the most urgent first, as many things as fit into a trip. What waits for more than its whole
    /// interval was bought elsewhere.
    fn list(&mut self, luck: &mut Luck) -> Vec<CategoryIx> {
        let (day, of_year) = (f64::from(self.day), day_of_year(self.local(self.day)));
        let most = usize::try_from(whole(luck.about(self.person.list, LIST_SPREAD)).max(1)).unwrap_or(usize::MAX);
        let wants = self.person.wants.iter().zip(0_usize..).filter(|(want, _)| day < want.lapses);
        let mut due: Vec<(f64, usize)> = wants.map(|(want, place)| ((want.due - day) / want.interval, place)).collect();
        due.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut list = Vec::new();
        for (urgency, place) in due {
            let Some(want) = self.person.wants.get_mut(place) else { continue };
            let is_first = list.is_empty();
            let is_due = want.due <= day + AHEAD_DAYS || is_first;
            if is_due && list.len() < most {
                list.push(want.category);
                want.due = day + want.lasts(of_year, luck);
            } else if urgency < -1.0 {
                want.due = day + want.lasts(of_year, luck) * luck.share();
            }
        }
        list
    }

    /// Puts on the list what the coupons that they remember are about, where they use it.
    fn wish_for_coupons(&mut self, list: &mut Vec<CategoryIx>) {
        let catalog = self.world.catalog();
        for offer in self.remembered().into_iter().filter_map(|offer| catalog.offer(offer)) {
            let wanted = categories(catalog, offer.scope).find(|category| self.person.want(*category).is_some());
            list.extend(wanted.filter(|_| !categories(catalog, offer.scope).any(|known| list.contains(&known))));
        }
    }

    /// Returns when a visit begins, for a store while it is open where one of five tries finds it so.
    pub(super) fn begins(&self, store: Option<StoreIx>, luck: &mut Luck) -> Timestamp {
        let weights = HOURS.map(|(_, weight)| weight);
        let tries: [u32; 5] = core::array::from_fn(|_| {
            let (hour, _) = HOURS.get(luck.weighted(&weights)).copied().unwrap_or((12, 1.0));
            hour * 60 + luck.below(60)
        });
        let catalog = self.world.catalog();
        let hours = store.and_then(|store| catalog.store(store)).map(|store| &store.hours);
        let is_open =
            |minute: &&u32| hours.is_none_or(|hours| hours.open_at(catalog.local(self.at(self.day, **minute))));
        self.at(self.day, tries.iter().find(is_open).copied().unwrap_or(12 * 60))
    }

    fn shop_online(&mut self, visit: &mut Visit, luck: &mut Luck) {
        self.arrive(visit, luck);
        if luck.happens(SEARCHES) {
            let at = visit.step();
            let searched = visit.list.first().map_or(&[][..], |category| self.world.found(*category)).to_vec();
            let kind = ShopEventKind::Search;
            self.tell(at, Fact::Shop(ShopEvent { kind, lines: Vec::new(), transaction: None, searched }));
        }
        for line in visit.lines.iter().take(LOOKS_AT).copied().collect::<Vec<_>>() {
            self.look_at(line, visit);
        }
        self.fill(visit);
    }

    fn shop_in(&mut self, store: StoreIx, visit: &mut Visit, luck: &mut Luck) {
        let [way, sees, fills] = core::array::from_fn(|_| luck.share());
        if way < ON_THE_WAY {
            self.walk_up(store, visit);
        }
        self.arrive_in(sees < CHECKS_IN, store, visit, luck);
        for line in visit.lines.iter().take(LOOKS_AT).copied().collect::<Vec<_>>() {
            let at = visit.step();
            self.scan(at, line.product, store);
            self.ask_at(Step::Aisle, visit);
        }
        if fills < FILLS {
            self.fill(visit);
        }
    }

    /// Puts everything into the basket and looks at it.
    fn fill(&mut self, visit: &mut Visit) {
        let at = visit.step();
        self.shop(at, ShopEventKind::AddToCart, visit.lines.clone());
        let before = visit.lines.len();
        self.ask_at(Step::Basket, visit);
        let more: Vec<Line> = visit.lines.get(before..).unwrap_or_default().to_vec();
        let at = visit.step();
        if !more.is_empty() {
            self.shop(at, ShopEventKind::AddToCart, more);
        }
        let at = visit.step();
        self.shop(at, ShopEventKind::BeginCheckout, Vec::new());
    }

    /// Opens the first page, and asks for help where a case is open.
    fn arrive(&mut self, visit: &mut Visit, luck: &mut Luck) {
        let request = Request { language: self.person.language, gpc: self.person.gpc, ..Request::default() };
        self.tell(visit.at, Fact::Request(request));
        let [busy, idle] = core::array::from_fn(|_| luck.share());
        let change = |is: bool| AttentionChange {
            typing: (busy < BUSY).then_some(is),
            idle: (busy >= BUSY && idle < IDLE).then_some(is),
            ..AttentionChange::default()
        };
        let changes = change(true) != AttentionChange::default();
        if changes {
            self.tell(visit.at, Fact::Attention(change(true)));
        }
        if self.topic().is_some() {
            self.ask_at(Step::Care, visit);
        }
        self.ask_at(Step::Arrive, visit);
        if changes {
            let at = visit.step();
            self.tell(at, Fact::Attention(change(false)));
        }
    }

    /// Comes into a store, by a check-in or a scanned label, and opens the app.
    fn arrive_in(&mut self, checks_in: bool, store: StoreIx, visit: &mut Visit, luck: &mut Luck) {
        let at = visit.step();
        if checks_in {
            self.tell(at, Fact::CheckIn(store));
        } else {
            self.scan(at, None, store);
        }
        self.arrive(visit, luck);
        self.ask_at(Step::Aisle, visit);
    }

    /// Scans a label, which names what has a number: a product, or the store.
    fn scan(&mut self, at: Timestamp, product: Option<ProductIx>, store: StoreIx) {
        let catalog = self.world.catalog();
        let store = Some(store).filter(|place| catalog.store(*place).is_some_and(|store| store.gln.is_some()));
        let named = product.and_then(|place| catalog.product(place)).filter(|product| product.gtin.is_some());
        let (product, category) = (product.filter(|_| named.is_some()), named.map(|product| product.category));
        if product.is_some() || store.is_some() {
            self.tell(at, Fact::Scan(Scan { product, category, store, expires: None, lot: None }));
        }
    }

    /// Looks at the phone thirty metres from the door: two fixes.
    fn walk_up(&mut self, store: StoreIx, visit: &mut Visit) {
        let Some(store) = self.world.catalog().store(store) else { return };
        let point = beside(&store.footprint);
        for _ in 0..2 {
            let at = visit.step();
            self.tell(at, Fact::Position(Fix { point, accuracy_cm: 1_000 }));
        }
        self.ask_at(Step::Arrive, visit);
    }

    fn look_at(&mut self, line: Line, visit: &mut Visit) {
        let at = visit.step();
        self.shop(at, ShopEventKind::ViewItem, alloc::vec![line]);
        self.ask_at(Step::Look, visit);
    }

    /// Asks for every placement of a step, and lives with what is shown.
    fn ask_at(&mut self, step: Step, visit: &mut Visit) {
        let world = self.world;
        for placement in world.asked_at(step) {
            if self.has_left() {
                return;
            }
            let at = visit.step();
            self.tell_asking((placement, at), &|life, priced| {
                let Some(offer) = world.catalog().offer(priced.offer) else { return 0.0 };
                life.truth((placement, step), visit, offer.key).helps(&offer, &shown(priced))
            });
            let decision = self.ask(placement, at, visit.list.first().copied());
            visit.asks += 1;
            let Outcome::Show(show) = &decision.outcome else { continue };
            let Some(offer) = world.catalog().offer(show.offer) else { continue };
            let mut mood = self.mood;
            let truth = self.truth((placement, step), visit, offer.key);
            let found = truth.respond(&offer, show, &mut mood, &mut self.answer(visit.kind, placement, visit.asks));
            self.mood = mood;
            self.tell_witness(Event::Found(found));
            let after = at.after(Span::from_ms(5_000));
            self.take(&decision, (show, &offer), found, after);
            if found.reply == Some(crate::signal::Reply::Claimed) && visit.is_trip && step != Step::Paid {
                self.buy_more(show.offer, visit);
            }
        }
    }

    /// Returns what is true of them in a step of a visit, where an offer is to be shown.
    fn truth<'b>(&'b self, (placement, step): (PlacementIx, Step), visit: &'b Visit, offer: Key) -> Truth<'b> {
        let catalog = self.world.catalog();
        Truth {
            model: &self.model,
            person: &self.person,
            catalog,
            day: f64::from(self.day),
            list: &visit.list,
            hurry: visit.hurry,
            step,
            on_request: catalog.placement(placement).is_some_and(|placement| placement.on_request),
            case: self.topic(),
            repeats: self.repeats(offer),
            mood: self.mood,
        }
    }

    /// Buys what a coupon is for, so far as they use it and until it takes something off.
    fn buy_more(&self, offer: OfferIx, visit: &mut Visit) {
        let catalog = self.world.catalog();
        let Some((scope, value)) = catalog.offer(offer).and_then(|offer| Some((offer.scope, offer.value?))) else {
            return;
        };
        for nth in 0..MORE {
            let mut basket = Basket::default();
            basket.add(&visit.lines);
            if evaluate(value, scope, &basket).saves > Minor::ZERO {
                return;
            }
            let Some(category) = self.next_of(scope, nth, &visit.lines) else { return };
            let luck = &mut self.answer(visit.kind, PlacementIx(0), 1_000 + visit.asks);
            visit.lines.extend(self.line(category, luck));
        }
    }

    /// Returns the category of a scope that they need most and do not buy yet; then again what there is.
    fn next_of(&self, scope: &Scope, nth: usize, lines: &[Line]) -> Option<CategoryIx> {
        let in_scope =
            |category| scope.is_everything() || categories(self.world.catalog(), scope).any(|of| of == category);
        let is_new = |category| lines.iter().all(|line| line.category != Some(category));
        let wants =
            self.person.wants.iter().filter(|want| in_scope(want.category) && (nth > 0 || is_new(want.category)));
        let soonest = wants.min_by(|a, b| a.due.total_cmp(&b.due).then(a.category.cmp(&b.category)));
        soonest.map(|want| want.category)
    }
}

/// Returns what somebody would see of an offer.
const fn shown(priced: &Priced) -> Show {
    let Priced { offer, about, savings, because, .. } = *priced;
    Show { offer, about, savings, because, propensity: Ppm::ONE, save_data: false }
}

/// Returns a point thirty metres north of a store's ground.
fn beside(footprint: &Footprint) -> Point {
    let Point { lat_e7, lon_e7 } = footprint.centre();
    // NOTE: 1 m is about 90 ten-millionths of a degree of latitude.
    let step = |metres: i32| Point { lat_e7: lat_e7.saturating_add(90 * metres), lon_e7 };
    (3..40).map(|tens| step(10 * tens)).find(|point| footprint.signed_distance_cm(*point) > 3_000).unwrap_or(step(60))
}
