//! Takes one signal into the profile. Position, replies and what was shown elsewhere go further: to `moment::presence`, `learn` and
//! `rank::clues`.

use alloc::vec::Vec;

use super::{
    Asked, Budgets, Case, Grounds, How, Impression, Interest, Located, Lot, Profile, Session, Tier, Wanted, limit, put,
};
use crate::basket::Line;
use crate::catalog::{Catalog, Kind};
use crate::product::CategoryIx;
use crate::signal::{
    AskedKind, AttentionChange, CareTopic, Fact, Matter, Request, Scan, ShopEvent, ShopEventKind, Signal,
};
use crate::value::{Key, Now, Timestamp};

impl Profile {
    /// Takes `signal` in. Cost: O(log n) per line, plus one move of a bounded list.
    pub fn remember(&mut self, catalog: &Catalog, signal: &Signal) {
        self.asked.retain(|asked| signal.at <= asked.at.after(Asked::LASTS));
        self.wanted.retain(|wanted| signal.at <= wanted.at.after(Wanted::LASTS));
        match &signal.fact {
            Fact::Shop(event) => self.shop(catalog, event, signal.at),
            Fact::Scan(scan) => self.scan(catalog, *scan, signal.at),
            Fact::Request(request) => self.request(*request, signal.at),
            Fact::Attention(change) => self.attention(*change, signal.at),
            Fact::Care { case, topic, open } => self.care(*case, *topic, *open, signal.at),
            Fact::Consent { remember } => self.consent(*remember),
            Fact::Dial(dial) => self.dial = *dial,
            Fact::PositionRefused => self.located.refused = Some(signal.at),
            Fact::Attributes(values) => {
                values.iter().for_each(|(name, value)| put(&mut self.attributes, *name, *value, limit::ATTRIBUTES))
            }
            Fact::Budgets(left) => self.budgets = Budgets::new(signal.at, left),
            Fact::NeverAgain(about) => self.never_again(about.key()),
            Fact::Forget(about) => self.forget(catalog, *about),
            Fact::Asked { topic, kind } => self.ask(*topic, *kind, signal.at),
            Fact::Position(_) | Fact::CheckIn(_) | Fact::Beacon(_) | Fact::Reply { .. } | Fact::Shown { .. } => {}
        }
    }

    /// Counts what was said elsewhere as an impression, once; returns what is [forgotten](Self::log) for it. Cost: one pass over
    /// the offers.
    pub fn told_elsewhere(
        &mut self,
        catalog: &Catalog,
        (decision, offer): (Key, Option<Key>),
        at: Timestamp,
    ) -> Vec<Impression> {
        if self.has_shown(decision) {
            return Vec::new();
        }
        let known = catalog.offers().map(|(_, known)| known).find(|known| Some(known.key) == offer);
        let (offer, kind) = (offer.unwrap_or(decision), known.map_or(Kind::Coupon, |offer| offer.kind));
        let (about, reply, grounds) = (None, None, Grounds::default());
        let group = known.and_then(|offer| offer.group);
        let own = known.map_or(&[][..], |offer| offer.caps);
        let counted_hours = catalog.cadence.counted_hours((offer, kind, group), own);
        self.log(Impression { at, decision, offer, kind, group, about, reply, grounds, counted_hours })
    }

    /// Starts a new session where the last event is too long ago.
    fn touch(&mut self, at: Timestamp) {
        if at.since(self.session.last) > Session::PAUSE {
            let returning = self.session.last != Timestamp::default();
            self.count_place();
            self.session = Session { began: at, returning, ..Session::default() };
        }
        self.session.hidden = None;
        self.session.last = self.session.last.max(at);
    }

    /// Counts where the session was that ends, if that is known.
    fn count_place(&mut self) {
        let Self { session, belief, located, .. } = self;
        if session.last == Timestamp::default() || belief.tier < Tier::Position || belief.at < session.began {
            return;
        }
        if located.known >= Located::MOST {
            (located.known, located.inside) = (located.known / 2, located.inside / 2);
        }
        (located.known, located.inside) = (located.known + 1, located.inside + u8::from(session.inside));
    }

    fn shop(&mut self, catalog: &Catalog, event: &ShopEvent, at: Timestamp) {
        use ShopEventKind as E;
        // NOTE: bought and given back may be told long afterwards, as history; that is no visit.
        if !matches!(event.kind, E::Purchase | E::Refund) {
            self.touch(at);
        }
        match event.kind {
            E::ViewItemList | E::SelectItem | E::ViewSearchResults => {}
            E::ViewItem => {
                self.want(&event.lines, 1, at);
                self.look(&event.lines);
                self.interest_in_lines(&event.lines, at);
            }
            E::Search => self.search(&event.searched, at),
            E::AddToWishlist => {
                self.want(&event.lines, Wanted::TIMES, at);
                self.session.adds = self.session.adds.saturating_add(1);
            }
            E::AddToCart => {
                self.step();
                self.session.adds = self.session.adds.saturating_add(1);
                self.basket.add(&event.lines);
                self.want(&event.lines, Wanted::TIMES, at);
                self.interest_in_lines(&event.lines, at);
            }
            E::RemoveFromCart => {
                event.lines.iter().for_each(|line| self.basket.remove(line.item, line.quantity));
                self.waver();
                if self.basket.lines().is_empty() {
                    self.session.adds = 0;
                }
            }
            E::ViewCart => {
                if self.session.carts > 0 {
                    self.waver();
                }
                self.session.carts = self.session.carts.saturating_add(1);
                self.basket.clear();
                self.basket.add(&event.lines);
            }
            E::BeginCheckout => self.check_out(1),
            E::AddShippingInfo => self.check_out(2),
            E::AddPaymentInfo => self.check_out(3),
            E::Purchase => self.purchase(catalog, event, at),
            E::Refund => self.refund(catalog, event),
        }
    }

    /// Counts a look at a product. Looking from the checkout at another product is going back.
    fn look(&mut self, lines: &[Line]) {
        if self.session.checkout > 0 {
            self.waver();
        }
        let session = &mut self.session;
        session.views = session.views.saturating_add(1);
        let Some(line) = lines.first().filter(|line| line.item != session.looked) else { return };
        let is_like_the_last = session.interests.last().map(|before| before.category) == line.category;
        let is_first = session.looked == Key::default();
        session.compared = if is_like_the_last && !is_first { session.compared.saturating_add(1) } else { 0 };
        session.looked = line.item;
    }

    fn check_out(&mut self, step: u8) {
        self.step();
        self.session.checkout = self.session.checkout.max(step);
    }

    /// Takes a step towards buying: what looked like hesitation is over.
    const fn step(&mut self) {
        (self.session.carts, self.session.wavers) = (0, 0);
    }

    const fn waver(&mut self) {
        self.session.wavers = self.session.wavers.saturating_add(1);
    }

    fn search(&mut self, categories: &[CategoryIx], at: Timestamp) {
        self.session.searches = self.session.searches.saturating_add(1);
        self.session.asked = Some(at);
        categories.iter().for_each(|category| self.interest(*category, How::Searched, at));
    }

    /// Counts a purchase once, however often it is sent, and empties the basket.
    fn purchase(&mut self, catalog: &Catalog, event: &ShopEvent, at: Timestamp) {
        if event.transaction.is_some_and(|transaction| !self.receipts.note(transaction)) {
            return;
        }
        if self.may_remember() {
            let on = catalog.local(at);
            self.shopping.add(on);
            for line in &event.lines {
                self.products.add_dated(line.item, on, limit::PRODUCTS);
                self.wanted.retain(|wanted| wanted.product != line.item || at < wanted.at);
                self.note_lot(line.product.and(line.lot), line.item, at);
                if let Some(category) = category_key(catalog, line) {
                    self.categories.add(category, on, limit::CATEGORIES);
                }
            }
            self.purchases = self.purchases.saturating_add(1);
        }
        self.basket.clear();
        self.step();
        self.session.adds = 0;
        self.session.checkout = 0;
    }

    /// Puts what another device of the household remembers of purchases to this one's; a no to remembering stays one.
    ///
    /// For a purchase that both were told, see [`Habit::merged`](super::Habit::merged).
    pub fn merge(&mut self, other: &Self) {
        if !self.may_remember() {
            return;
        }
        other.lots.iter().for_each(|lot| self.note_lot(Some(lot.lot), lot.product, lot.at));
        self.categories.merge(&other.categories, limit::CATEGORIES);
        self.products.merge(&other.products, limit::PRODUCTS);
        self.shopping = self.shopping.merged(&other.shopping);
        self.purchases = self.purchases.saturating_add(other.purchases);
        self.receipts.merge(&other.receipts);
    }

    /// Takes a purchase back once, however often that is sent; of one transaction, other things may follow.
    fn refund(&mut self, catalog: &Catalog, event: &ShopEvent) {
        let about = |transaction: Key| event.lines.iter().fold(transaction, |key, line| key.with(line.item.0));
        if event.transaction.is_some_and(|transaction| !self.receipts.note(about(transaction))) {
            return;
        }
        // NOTE: several lines of one thing were one day on which it was bought.
        let mut returned = Vec::new();
        for line in &event.lines {
            put(&mut returned, line.item, Some(0), usize::MAX);
            let category = category_key(catalog, line);
            put(&mut returned, category.unwrap_or_default(), Some(1), usize::MAX);
        }
        for (key, of) in returned {
            if of == 0 { &mut self.products } else { &mut self.categories }.take_back(key);
        }
    }

    fn scan(&mut self, catalog: &Catalog, scan: Scan, at: Timestamp) {
        self.touch(at);
        if let (Some(product), true) = (scan.product.and_then(|product| catalog.product(product)), self.may_remember())
        {
            self.note_lot(scan.lot, product.key, at);
        }
        self.session.scan = Some((at, scan));
        self.session.asked = Some(at);
        if let Some(category) = scan.category {
            self.interest(category, How::Scanned, at);
        }
    }

    fn note_lot(&mut self, lot: Option<Key>, product: Key, at: Timestamp) {
        let Some(lot) = lot else { return };
        let is_known = |known: &Lot| (known.product, known.lot) == (product, lot);
        renew(&mut self.lots, limit::LOTS, Lot { product, lot, at }, is_known);
    }

    /// Remembers that they told the shop something.
    fn ask(&mut self, topic: Key, kind: AskedKind, at: Timestamp) {
        if self.may_remember() {
            renew(&mut self.asked, limit::ASKED, Asked { topic, kind, at }, |known| known.topic == topic);
        }
    }

    /// Remembers products that they may want. Of several looks on one visit the first counts.
    fn want(&mut self, lines: &[Line], times: u8, at: Timestamp) {
        let (began, may) = (self.session.began, self.may_remember());
        for line in lines.iter().filter(|line| may && line.product.is_some()) {
            let product = line.item;
            let known = self.wanted.iter().find(|known| known.product == product);
            let (price, before) = known.map_or((line.price, 0), |known| {
                let is_same = times < Wanted::TIMES && known.at >= began;
                (known.price.min(line.price), known.times.saturating_sub(is_same.into()))
            });
            let wanted = Wanted { product, price, times: before.saturating_add(times), at };
            renew(&mut self.wanted, limit::WANTED, wanted, |known| known.product == product);
        }
    }

    fn request(&mut self, request: Request, at: Timestamp) {
        self.touch(at);
        self.language = request.language.or(self.language);
        self.country = request.country.or(self.country);
        self.gpc |= request.gpc;
        self.attention.save_data |= request.save_data;
        if let Some(category) = request.category {
            self.interest(category, How::Viewed, at);
        }
    }

    fn attention(&mut self, change: AttentionChange, at: Timestamp) {
        match change.visible {
            Some(true) => self.session.hidden = None,
            Some(false) => self.session.hidden = self.session.hidden.or(Some(at)),
            None => {}
        }
        let now = &mut self.attention;
        now.visible = change.visible.unwrap_or(now.visible);
        now.idle = change.idle.unwrap_or(now.idle);
        now.typing = change.typing.unwrap_or(now.typing);
        now.playing = change.playing.unwrap_or(now.playing);
        now.paying = change.paying.unwrap_or(now.paying);
        now.full_screen = change.full_screen.unwrap_or(now.full_screen);
        now.save_data = change.save_data.unwrap_or(now.save_data);
        now.utc_offset = change.utc_offset.or(now.utc_offset);
    }

    /// Opens or closes a case. A sixteenth open case pushes out none: help still comes first.
    fn care(&mut self, key: Key, topic: CareTopic, open: bool, since: Timestamp) {
        let now = Now::new(since);
        self.closed = self.last_closed(&now);
        self.cases.retain(|case| !now.has_reached(case.since.after(Case::LASTS)));
        if !open {
            let closed = self.cases.iter().find(|case| case.key == key && case.leaves_care()).map(|_| since);
            self.closed = self.closed.max(closed);
            self.cases.retain(|case| case.key != key);
            return;
        }
        if self.cases.len() < limit::CASES && self.cases.iter().all(|case| case.key != key) {
            self.cases.push(Case { key, topic, since });
        }
    }

    /// Forgets purchases: those of one product, of a category, or all of them. An occasion has none of its own.
    fn forget(&mut self, catalog: &Catalog, about: Matter) {
        match about {
            Matter::Product(key) => {
                self.products.forget(|known| known == key);
                self.lots.retain(|lot| lot.product != key);
                self.wanted.retain(|wanted| wanted.product != key);
            }
            Matter::Category(key) => {
                let of = |known| catalog.product_by_key(known).and_then(|ix| catalog.product(ix)).map(|it| it.category);
                let category = catalog.category_by_key(key);
                self.categories.forget(|known| known == key);
                let is_of = |known| category.is_some() && of(known) == category;
                self.products.forget(is_of);
                self.lots.retain(|lot| !is_of(lot.product));
                self.wanted.retain(|wanted| !is_of(wanted.product));
            }
            Matter::Occasion(_) => {}
            Matter::Memories => self.forget_history(),
        }
    }

    /// A no forgets at once what was bought; what protects the shopper stays.
    fn consent(&mut self, remember: bool) {
        self.consent = Some(remember);
        if !remember {
            self.forget_purchases();
        }
    }

    fn interest_in_lines(&mut self, lines: &[Line], at: Timestamp) {
        lines.iter().filter_map(|line| line.category).for_each(|category| self.interest(category, How::Viewed, at));
    }

    /// Moves a category to the end of the interests; the strongest way it was shown stays.
    fn interest(&mut self, category: CategoryIx, how: How, at: Timestamp) {
        let interests = &mut self.session.interests;
        let known = interests.iter().position(|interest| interest.category == category);
        let how = known.map(|place| interests.remove(place).how).map_or(how, |before| before.max(how));
        interests.push(Interest { category, at, how });
        if interests.len() > limit::INTERESTS {
            interests.remove(0);
        }
    }
}

/// Puts an entry at the end in place of the one that it renews; a list longer than `most` forgets the oldest.
fn renew<T>(list: &mut Vec<T>, most: usize, entry: T, is_known: impl Fn(&T) -> bool) {
    list.retain(|known| !is_known(known));
    list.push(entry);
    let over = list.len() - list.len().min(most);
    list.drain(..over);
}

fn category_key(catalog: &Catalog, line: &Line) -> Option<Key> {
    catalog.category(line.category?).map(|category| category.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn tell(profile: &mut Profile, values: Vec<(u64, Option<i64>)>) {
        values.into_iter().for_each(|(key, value)| put(&mut profile.attributes, Key(key), value, limit::ATTRIBUTES));
    }

    #[test]
    fn an_attribute_is_replaced_and_forgotten() {
        let mut profile = Profile::default();
        tell(&mut profile, vec![(3, Some(30)), (1, Some(10)), (2, Some(20))]);
        tell(&mut profile, vec![(1, None), (2, None), (2, Some(21)), (9, None)]);
        assert_eq!(profile.attributes, [(Key(2), 21), (Key(3), 30)]);
    }

    #[test]
    fn a_set_that_has_no_room_stays_unknown_and_not_half_known() {
        let full = || Profile { attributes: (0..223).map(|key| (Key(1_000 + key), 1)).collect(), ..Profile::default() };
        let (name, members) = (7, [(8, Some(1)), (9, Some(1))]);
        let mut profile = full();
        tell(&mut profile, [&[(name, None)], members.as_slice(), &[(name, Some(1))]].concat());
        assert_eq!(profile.attributes.len(), limit::ATTRIBUTES);
        assert_eq!(profile.attribute_value(Key(name)), None);
    }
}
