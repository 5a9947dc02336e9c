//! What really happened: a list of all events, and nothing else. Every promise is counted anew from it after each step.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::super::*;
use super::world::Shard;
use crate::token::{Audience, Payload, Serial};
use crate::value::Timestamp;

/// Something that was written.
#[derive(Clone, Debug)]
enum Event {
    Issued { serial: Serial, coupon: String, person: Person, store: u16, hour: Pool },
    Redeemed { serial: Serial, by: ReceiptKey },
    RolledBack { serial: Serial },
    Expired { serial: Serial },
}

pub struct Oracle {
    book: Book,
    events: Vec<Event>,
    /// What was taken of each budget when it was last looked at: a smaller budget takes nothing back.
    taken: BTreeMap<String, u32>,
    /// The latest instant at which a shard wrote down what it keeps of a coupon.
    clocks: BTreeMap<(usize, String), Timestamp>,
    /// The last word that it heard of it.
    words: BTreeMap<(usize, String), Standing>,
    /// When each coupon was given out, on its shard's clock.
    born: BTreeMap<Serial, Timestamp>,
    /// Who was told to hold which coupon, and until when.
    holds: BTreeMap<Serial, (ReceiptKey, Timestamp)>,
    /// What was answered to each key.
    promised: BTreeMap<String, (Serial, [u8; Payload::LENGTH])>,
}

macro_rules! hold {
    ($promise:expr, $($broken:tt)+) => {
        if !$promise {
            return Err(format!($($broken)+));
        }
    };
}

impl Oracle {
    pub fn new(book: &Book) -> Self {
        Self {
            book: book.clone(),
            events: vec![],
            taken: BTreeMap::new(),
            clocks: BTreeMap::new(),
            words: BTreeMap::new(),
            born: BTreeMap::new(),
            holds: BTreeMap::new(),
            promised: BTreeMap::new(),
        }
    }

    /// Counts what happened, by name.
    pub fn counts(&self) -> [(&'static str, usize); 4] {
        let count = |is: fn(&Event) -> bool| self.events.iter().filter(|event| is(event)).count();
        [
            ("issued", count(|event| matches!(event, Event::Issued { .. }))),
            ("redeemed", count(|event| matches!(event, Event::Redeemed { .. }))),
            ("rolled back", count(|event| matches!(event, Event::RolledBack { .. }))),
            ("expired", count(|event| matches!(event, Event::Expired { .. }))),
        ]
    }

    /// Takes in another catalog.
    pub fn publish(&mut self, book: &Book) {
        self.book = book.clone();
    }

    pub fn serials(&self) -> Vec<Serial> {
        self.born.keys().copied().collect()
    }

    /// Returns how many coupons were given out and did not go back.
    pub fn live(&self, coupon: &str) -> u32 {
        self.live_where(|of, _| of == coupon)
    }

    fn live_where(&self, of: impl Fn(&str, u16) -> bool) -> u32 {
        let expired: BTreeSet<Serial> = self.expired().collect();
        let live = |event: &&Event| matches!(event, Event::Issued { serial, coupon, store, .. } if of(coupon, *store) && !expired.contains(serial));
        self.events.iter().filter(live).count() as u32
    }

    fn expired(&self) -> impl Iterator<Item = Serial> {
        self.events.iter().filter_map(|event| if let Event::Expired { serial } = event { Some(*serial) } else { None })
    }

    /// Looks at one turn that is about to be written: each answer, and each row as it was and as it will be.
    pub fn turned(
        &mut self,
        (shard, before): (usize, &Shard),
        (requests, turned): (&[Request], &Turn),
        now: Timestamp,
    ) -> Result<(), String> {
        for coupon in turned.accounts.keys() {
            let clock = self.clocks.entry((shard, coupon.clone())).or_default();
            *clock = now.max(*clock);
        }
        for (request, answer) in requests.iter().zip(&turned.answers) {
            self.heard(shard, request);
            self.repeats(before, request, answer)?;
            self.fits(shard, request, answer)?;
        }
        for claim in &turned.insert {
            self.issued(shard, claim)?;
        }
        for claim in &turned.update {
            let was = before.claims.get(&claim.serial).ok_or("a row changed that is not there")?;
            hold!(was.payload == claim.payload, "changed: {} says something else now", claim.serial);
        }
        self.spent(shard, requests, turned)
    }

    /// Keeps in mind the newest word on whether coupons may be given out.
    fn heard(&mut self, shard: usize, request: &Request) {
        let (coupon, standing) = match request {
            Request::Stand { coupon, standing } => (coupon, *standing),
            Request::Granted { coupon, grant } => (coupon, grant.standing),
            _ => return,
        };
        let known = self.words.entry((shard, coupon.clone())).or_default();
        if standing.number > known.number {
            *known = standing;
        }
    }

    fn clock(&self, shard: usize, coupon: &str) -> Timestamp {
        self.clocks.get(&(shard, coupon.to_string())).copied().unwrap_or_default()
    }

    /// A key that is known is answered as it was, whatever the limits are now.
    fn repeats(&self, before: &Shard, request: &Request, answer: &Answer) -> Result<(), String> {
        let Request::Claim(request) = request else { return Ok(()) };
        let Some(known) = before.claims.values().find(|claim| claim.key == request.key) else { return Ok(()) };
        let same = known.coupon == request.coupon && known.person == request.person && known.store == request.store;
        match answer {
            Answer::Issued { serial, payload, .. } => {
                hold!(same, "request: another one has the coupon of key {:?}", request.key);
                hold!(
                    (*serial, *payload) == (known.serial, known.payload),
                    "repeat: key {:?} is answered otherwise",
                    request.key
                );
            }
            other => hold!(!same, "repeat: key {:?} was issued, and is now answered {other:?}", request.key),
        }
        Ok(())
    }

    /// An answer fits what the shop allows.
    fn fits(&self, shard: usize, request: &Request, answer: &Answer) -> Result<(), String> {
        match (request, answer) {
            (Request::Claim(request), Answer::Issued { first: true, .. }) => {
                let word = self.words.get(&(shard, request.coupon.clone())).copied().unwrap_or_default();
                hold!(word.pause.is_none(), "paused: `{}` is given out all the same", request.coupon);
            }
            (Request::Redeem(spend), Answer::Redeemed { first: true, coupon, payload }) => {
                let says = Payload::parse(payload).map_err(|fault| fault.to_string())?;
                hold!(
                    says.holder.is_none() || spend.payload.is_some(),
                    "bound: {} is redeemed by its letters",
                    spend.serial
                );
                let store = self.book.store(spend.store.as_str());
                let here = says.audience == Audience::All || store.map(Audience::Stores) == Some(says.audience);
                hold!(here, "store: {} is redeemed elsewhere", spend.serial);
                let clock = self.clock(shard, coupon);
                let at = spend.at.unwrap_or(clock).min(clock);
                hold!(at < says.window.until(), "end: {} is redeemed after it", spend.serial);
            }
            _ => {}
        }
        Ok(())
    }

    fn issued(&mut self, shard: usize, claim: &Claim) -> Result<(), String> {
        let says = Payload::parse(&claim.payload).map_err(|fault| fault.to_string())?;
        let store = if let Audience::Stores(store) = says.audience { store.get() } else { 0 };
        let until = self.book.terms(&claim.coupon).and_then(|terms| terms.until);
        let clock = self.clock(shard, &claim.coupon);
        hold!(until.is_none_or(|until| clock < until), "end: `{}` is given out after it", claim.coupon);
        let born = self.born.insert(claim.serial, clock);
        hold!(born.is_none(), "unique: the serial {} is given out twice", claim.serial);
        self.events.push(Event::Issued {
            serial: claim.serial,
            coupon: claim.coupon.clone(),
            person: claim.person.clone(),
            store,
            hour: Pool::hour(clock),
        });
        Ok(())
    }

    /// Retells redemptions, returns and the like from the answers alone.
    fn spent(&mut self, shard: usize, requests: &[Request], turned: &Turn) -> Result<(), String> {
        let row = |serial: &Serial| turned.update.iter().chain(&turned.insert).find(|claim| claim.serial == *serial);
        for (request, answer) in requests.iter().zip(&turned.answers) {
            match (request, answer) {
                (Request::Redeem(spend), Answer::Redeemed { first, coupon, .. }) => {
                    self.held((shard, coupon), spend)?;
                    self.redeemed(spend, *first)?;
                }
                (Request::Reserve(spend), Answer::Reserved { until }) => {
                    let coupon = row(&spend.serial).ok_or("a coupon is held that is not there")?.coupon.clone();
                    let held = self.held((shard, &coupon), spend)?;
                    hold!(held.is_none_or(|held| held == *until), "held: {} is held longer", spend.serial);
                    let longest = self.clock(shard, &coupon).after(RESERVATION);
                    hold!(*until <= longest, "held: {} is held for too long", spend.serial);
                    self.holds.insert(spend.serial, (key(spend), *until));
                }
                (Request::Release(spend), Answer::Released { first: true }) => {
                    self.holds.remove(&spend.serial);
                }
                (Request::RollBack(spend), Answer::RolledBack { first: true }) => self.rolled_back(spend)?,
                (Request::Expire { serial }, Answer::Noted) => {
                    let gone = row(serial).is_some_and(|claim| claim.state == State::Expired);
                    if gone {
                        self.returned(shard, *serial)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Holds that nobody takes a coupon from the till that holds it; returns until when the asking one does.
    fn held(&mut self, (shard, coupon): (usize, &str), spend: &SpendRequest) -> Result<Option<Timestamp>, String> {
        let clock = self.clock(shard, coupon);
        let Some((by, until)) = self.holds.get(&spend.serial).filter(|(_, until)| clock < *until) else {
            return Ok(None);
        };
        hold!(*by == key(spend), "held: {} is taken from who holds it", spend.serial);
        Ok(Some(*until))
    }

    /// Who has redeemed a coupon, as of the list, and how often it went through.
    fn holder(&self, serial: Serial) -> Option<ReceiptKey> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Redeemed { serial: of, by } if *of == serial => Some(Some(by.clone())),
            Event::RolledBack { serial: of } if *of == serial => Some(None),
            _ => None,
        })?
    }

    fn redeemed(&mut self, spend: &SpendRequest, first: bool) -> Result<(), String> {
        let (by, holder) = (key(spend), self.holder(spend.serial));
        if !first {
            hold!(holder == Some(by), "spent: {} is said to be redeemed already by who did not", spend.serial);
            return Ok(());
        }
        hold!(holder.is_none(), "spent: {} is redeemed twice", spend.serial);
        let before = |event: &Event| matches!(event, Event::Redeemed { serial, by: was } if *serial == spend.serial && *was == by);
        hold!(!self.events.iter().any(before), "void: {} is redeemed by a receipt that was rolled back", spend.serial);
        hold!(
            !self.expired().any(|serial| serial == spend.serial),
            "returned: {} is redeemed after it went back",
            spend.serial
        );
        self.events.push(Event::Redeemed { serial: spend.serial, by });
        Ok(())
    }

    fn rolled_back(&mut self, spend: &SpendRequest) -> Result<(), String> {
        let by = key(spend);
        self.holds.retain(|serial, (held, _)| *serial != spend.serial || *held != by);
        let Some(holder) = self.holder(spend.serial) else { return Ok(()) };
        hold!(holder == by, "till: {} is rolled back by another", spend.serial);
        self.events.push(Event::RolledBack { serial: spend.serial });
        Ok(())
    }

    fn returned(&mut self, shard: usize, serial: Serial) -> Result<(), String> {
        if self.expired().any(|known| known == serial) {
            return Ok(());
        }
        hold!(self.holder(serial).is_none(), "returned: {serial} goes back although it was redeemed");
        let born = self.born.get(&serial).copied().unwrap_or_default();
        let coupon = self.events.iter().find_map(|event| match event {
            Event::Issued { serial: of, coupon, .. } if *of == serial => Some(coupon.clone()),
            _ => None,
        });
        let age = self.clock(shard, &coupon.unwrap_or_default()).since(born);
        // NOTE: a coupon lasts a minute at least.
        hold!(age.ms() >= REPORTING.ms() + 60_000, "early: {serial} goes back after {} ms", age.ms());
        self.events.push(Event::Expired { serial });
        Ok(())
    }

    /// A client reads an answer: what was once given stays given.
    pub fn answered(&mut self, request: &Request, answer: &Answer) -> Result<(), String> {
        let (Request::Claim(request), Answer::Issued { serial, payload, .. }) = (request, answer) else {
            return Ok(());
        };
        hold!(self.born.contains_key(serial), "lost: {serial} was answered and never written");
        let promised = self.promised.entry(request.key.as_str().to_string()).or_insert((*serial, *payload));
        hold!(*promised == (*serial, *payload), "changed: key {:?} had another coupon before", request.key);
        Ok(())
    }

    /// Counts every promise anew.
    pub fn check(&mut self, shards: &[Shard], roots: &BTreeMap<String, Root>) -> Result<(), String> {
        for terms in &self.book.coupons.clone() {
            let root = roots.get(&terms.coupon).ok_or("no root")?;
            self.inside_the_budget(terms, root, shards)?;
            self.inside_the_limits(terms)?;
            self.counted(&terms.coupon, shards)?;
        }
        self.kept(shards)
    }

    /// Given out + lent and not given out <= taken at the root <= budget, or what was taken when the budget was larger.
    fn inside_the_budget(&mut self, terms: &Terms, root: &Root, shards: &[Shard]) -> Result<(), String> {
        let (coupon, live) = (&terms.coupon, self.live(&terms.coupon));
        let accounts = shards.iter().filter_map(|shard| shard.accounts.get(coupon));
        let lent = accounts.flat_map(Account::leases).filter(|lease| lease.pool == Pool::Total);
        let unused: u32 = lent.map(|lease| lease.size.saturating_sub(lease.used)).sum();
        let taken = root.taken_in_all();
        let most = terms.budget.coupons.max(self.taken.insert(coupon.clone(), taken).unwrap_or(0));
        hold!(taken <= most, "budget: {taken} of {most} `{coupon}` are taken");
        hold!(live + unused <= taken, "books: {live} given out and {unused} lent of `{coupon}`, but {taken} taken");
        Ok(())
    }

    fn inside_the_limits(&self, terms: &Terms) -> Result<(), String> {
        let (mut people, mut hours) = (BTreeMap::new(), BTreeMap::new());
        let expired: BTreeSet<Serial> = self.expired().collect();
        for event in &self.events {
            if let Event::Issued { serial, coupon, person, hour, .. } = event
                && *coupon == terms.coupon
            {
                *people.entry(person).or_insert(0) += u32::from(!expired.contains(serial));
                *hours.entry(hour).or_insert(0) += 1;
            }
        }
        let budget = &terms.budget;
        let most = people.into_values().max().unwrap_or(0);
        hold!(most <= u32::from(budget.per_person), "person: one has {most} of {}", budget.per_person);
        let most = hours.into_values().max().unwrap_or(0);
        hold!(budget.per_hour.is_none_or(|limit| most <= limit), "hour: one has {most} of {:?}", budget.per_hour);
        for store in [1, 2] {
            let live = self.live_where(|coupon, of| coupon == terms.coupon && of == store);
            hold!(budget.per_store.is_none_or(|limit| live <= limit), "shop: one has {live} of {:?}", budget.per_store);
        }
        Ok(())
    }

    /// The accounts have counted what the list has.
    fn counted(&self, coupon: &str, shards: &[Shard]) -> Result<(), String> {
        let tallies = || shards.iter().filter_map(|shard| shard.accounts.get(coupon)).map(Account::tally);
        let rows = || shards.iter().flat_map(|shard| shard.claims.values()).filter(|claim| claim.coupon == coupon);
        let redeemed = rows().filter(|claim| matches!(claim.state, State::Redeemed { .. })).count() as u32;
        let expired = rows().filter(|claim| claim.state == State::Expired).count() as u32;
        let sums = (
            tallies().map(|tally| tally.issued).sum::<u32>(),
            tallies().map(|tally| tally.redeemed).sum::<u32>(),
            tallies().map(|tally| tally.expired).sum::<u32>(),
        );
        let truth = (rows().count() as u32, redeemed, expired);
        hold!(
            sums == truth,
            "count: {sums:?} of `{coupon}` are counted, and {truth:?} there (issued, redeemed, expired)"
        );
        Ok(())
    }

    /// Every promise is on disk, and every row is in the list.
    fn kept(&self, shards: &[Shard]) -> Result<(), String> {
        let row = |serial: &Serial| shards.get(usize::from(serial.shard()))?.claims.get(serial);
        for (serial, payload) in self.promised.values() {
            hold!(row(serial).is_some_and(|claim| claim.payload == *payload), "lost: {serial} is not there any more");
        }
        for claim in shards.iter().flat_map(|shard| shard.claims.values()) {
            let by = if let State::Redeemed { by, .. } = &claim.state { Some(by.clone()) } else { None };
            hold!(by == self.holder(claim.serial), "row: {} is not as the list has it", claim.serial);
        }
        Ok(())
    }
}

fn key(spend: &SpendRequest) -> ReceiptKey {
    ReceiptKey { till: spend.till.clone(), receipt: spend.receipt.clone() }
}
