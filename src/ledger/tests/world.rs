//! The world of one seed: shards, a root for each coupon, a bad network, devices and tills that try again.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::super::*;
use super::mutants::{Careless, careless};
use super::oracle::Oracle;
use crate::token::{Benefit, Environment, Kid, Merchant, Serial};
use crate::value::{BasisPoints, Minor, Timestamp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_795_363_200_000;

/// How far time goes at once.
const STRIDES: [i64; 12] =
    [1, 1_000, 1_000, 10_000, MINUTE, MINUTE, 6 * MINUTE, 6 * MINUTE, HOUR, 3 * HOUR, DAY, 4 * DAY];

/// Chance: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
pub struct Luck(u64);

impl Luck {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize]
    }
}

/// What a shard has on disk, and what it holds in memory.
#[derive(Debug, Default)]
pub struct Shard {
    pub claims: BTreeMap<Serial, Claim>,
    pub accounts: BTreeMap<String, Account>,
    tills: BTreeMap<String, Guesses>,
    queue: Vec<(Request, Option<usize>)>,
    offset: i64,
    /// What was on disk before the last turn.
    stale: Option<(BTreeMap<Serial, Claim>, BTreeMap<String, Account>)>,
}

/// A message, by whom it is for.
#[derive(Clone, Debug)]
enum Message {
    Shard(usize, Request, Option<usize>),
    Root(Renewal),
    Client(usize, Answer),
}

/// What a device or till wants; it asks until it is answered, and sometimes once more.
#[derive(Clone, Debug)]
pub struct Wish {
    shard: usize,
    pub request: Request,
    pub answer: Option<Answer>,
}

pub struct World {
    luck: Luck,
    book: Book,
    /// What of it is published now: a coupon may be withdrawn for a while.
    published: Book,
    pub shards: Vec<Shard>,
    pub roots: BTreeMap<String, Root>,
    root_offset: i64,
    network: Vec<Message>,
    /// Shards that the roots do not hear.
    cut: BTreeSet<usize>,
    now: i64,
    wishes: Vec<Wish>,
    people: u64,
    /// How many different serials a shard can have.
    serials: u64,
    healed: bool,
    pub oracle: Oracle,
    /// Every kind and reason of an answer that there was.
    pub answered: BTreeSet<String>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut luck = Luck(seed);
        let shards = luck.of(&[1, 2, 8]);
        let budget = luck.of(&[1, 3, 10, 40, 200]);
        let terms = |coupon: &str, luck: &mut Luck, budget: Budget| Terms {
            coupon: coupon.into(),
            campaign: [coupon.len() as u8; 8],
            title: BTreeMap::new(),
            benefit: Benefit::Percent(BasisPoints::percent(20)),
            minimum_spend: Minor::ZERO,
            maximum_discount: None,
            value: serde_json::Value::Null,
            except: serde_json::Value::Null,
            categories: vec![],
            products: vec![],
            stacking_group: None,
            stackable: false,
            from: luck.percent(10).then(|| Timestamp::from_ms(START + DAY)),
            until: luck.percent(40).then(|| Timestamp::from_ms(START + 4 * DAY)),
            budget,
        };
        let plain = Budget {
            coupons: budget,
            per_person: 1 + luck.below(2) as u16,
            per_store: None,
            per_hour: None,
            valid_days: 1 + luck.below(3) as u16,
            offline: None,
            all_stores: true,
        };
        let narrow = Budget {
            per_store: luck.percent(70).then(|| 1 + luck.below(3) as u32),
            per_hour: luck.percent(70).then(|| 1 + luck.below(3) as u32),
            all_stores: false,
            ..plain
        };
        let store = |(id, number): (&str, u16)| StoreNumber { id: id.into(), number: number.try_into().unwrap() };
        let coupons = vec![terms("wide", &mut luck, plain), terms("narrow", &mut luck, narrow)];
        let book = Book { stores: vec![store(("north", 1)), store(("south", 2))], coupons, ..Book::default() };
        Self {
            roots: book.coupons.iter().map(|terms| (terms.coupon.clone(), Root::default())).collect(),
            shards: (0..shards).map(|_| Shard::default()).collect(),
            people: luck.of(&[2, 10, 60]),
            serials: luck.of(&[8, 1 << 40]),
            oracle: Oracle::new(&book),
            published: book.clone(),
            book,
            root_offset: 0,
            network: vec![],
            cut: BTreeSet::new(),
            now: START,
            wishes: vec![],
            healed: false,
            answered: BTreeSet::new(),
            luck,
        }
    }

    /// One thing happens, good or bad; then every promise is looked at.
    pub fn step(&mut self) -> Result<(), String> {
        match self.luck.below(100) {
            0..14 => self.ask(),
            14..56 => self.deliver()?,
            56..86 => self.turn_somewhere()?,
            86..92 => self.alarm(),
            92..94 => self.now += self.luck.of(&STRIDES),
            94 => self.jump(),
            95 => self.partition(),
            96 => self.publish(),
            97 => self.word_of_the_shop(),
            _ => self.cut.clear(),
        }
        self.oracle.check(&self.shards, &self.roots)
    }

    fn shard(&mut self) -> usize {
        self.luck.below(self.shards.len() as u64) as usize
    }

    /// A device or till asks for something new, or again.
    fn ask(&mut self) {
        let again = !self.wishes.is_empty() && self.luck.percent(40);
        let at = if again { self.luck.below(self.wishes.len() as u64) as usize } else { self.wish() };
        let Wish { shard, mut request, .. } = self.wishes[at].clone();
        if let Request::Claim(claim) = &mut request {
            claim.chance = chance(self.luck.below(self.serials));
        }
        self.network.push(Message::Shard(shard, request, Some(at)));
    }

    fn wish(&mut self) -> usize {
        let (shard, request) =
            if self.luck.percent(60) || self.oracle.serials().is_empty() { self.claim() } else { self.spend() };
        self.wishes.push(Wish { shard, request, answer: None });
        self.wishes.len() - 1
    }

    fn claim(&mut self) -> (usize, Request) {
        let person = self.luck.below(self.people);
        // NOTE: few keys, so that one is sometimes used for two different requests.
        let key = format!("key-of-the-device-{person}-{}", self.luck.below(4));
        let claim = ClaimRequest {
            key: key.try_into().unwrap(),
            coupon: self.luck.of(&["wide", "narrow"]).into(),
            person: format!("{person:022}").try_into().unwrap(),
            store: (!self.luck.percent(5)).then(|| label(self.luck.of(&["north", "south"]))),
            // NOTE: fixed for each person, so that a request that is sent again is the same.
            holder: (person % 5 == 4).then_some([7; 8]),
            chance: [0; 9],
        };
        (person as usize % self.shards.len(), Request::Claim(claim))
    }

    fn spend(&mut self) -> (usize, Request) {
        let known = self.oracle.serials();
        let known = self.luck.of(&known);
        let row = self.shards[usize::from(known.shard())].claims.get(&known);
        let token = row.map(|claim| claim.payload).filter(|_| self.luck.percent(80));
        let serial = if self.luck.percent(3) { Serial::new(known.shard(), [0xee; 9]) } else { known };
        let at = self.luck.percent(20).then(|| Timestamp::from_ms(self.now - self.luck.below(DAY as u64) as i64));
        let spend = SpendRequest {
            serial,
            payload: token.filter(|_| serial == known),
            till: label(self.luck.of(&["till-1", "till-2", "till-3"])),
            receipt: label(self.luck.of(&["1", "2"])),
            store: label(self.luck.of(&["north", "north", "north", "south"])),
            at,
            amount: None,
        };
        let request = match self.luck.below(10) {
            0..6 => Request::Redeem(spend),
            6..8 => Request::RollBack(spend),
            8 => Request::Reserve(spend),
            _ => Request::Release(spend),
        };
        (usize::from(serial.shard()), request)
    }

    /// A message arrives, or is lost, or comes twice; in any order.
    fn deliver(&mut self) -> Result<(), String> {
        if self.network.is_empty() {
            return Ok(());
        }
        let at = self.luck.below(self.network.len() as u64) as usize;
        let message = self.network.swap_remove(at);
        let fate = if self.healed { 99 } else { self.luck.below(100) };
        if fate < 8 || self.is_cut(&message) {
            return Ok(());
        }
        if fate < 16 {
            self.network.push(message.clone());
        }
        match message {
            Message::Shard(shard, request, wish) => self.shards[shard].queue.push((request, wish)),
            Message::Root(renewal) => self.renew(&renewal)?,
            Message::Client(wish, answer) => {
                let request = self.wishes[wish].request.clone();
                self.oracle.answered(&request, &answer)?;
                self.wishes[wish].answer = Some(answer);
            }
        }
        Ok(())
    }

    fn is_cut(&self, message: &Message) -> bool {
        let with_root = |request: &Request| matches!(request, Request::Granted { .. } | Request::Stand { .. });
        match message {
            Message::Shard(shard, request, _) => with_root(request) && self.cut.contains(shard),
            Message::Root(renewal) => self.cut.contains(&usize::from(renewal.shard)),
            Message::Client(..) => false,
        }
    }

    /// A root carries out a renewal; it may die before it has written, or before it has answered.
    fn renew(&mut self, renewal: &Renewal) -> Result<(), String> {
        let now = self.instant(self.root_offset);
        let mut root = self.roots[&renewal.coupon].clone();
        let terms = self.published.terms(&renewal.coupon);
        let granted = root.renew((terms, self.shards.len() as u8), renewal, now);
        let fate = if self.healed { 99 } else { self.luck.below(100) };
        if fate < 5 && !careless(Careless::GrantedFirst) {
            return Ok(());
        }
        if fate >= 5 {
            self.roots.insert(renewal.coupon.clone(), root);
        }
        match granted {
            Ok(grant) if !(5..10).contains(&fate) => {
                let request = Request::Granted { coupon: renewal.coupon.clone(), grant };
                self.network.push(Message::Shard(renewal.shard.into(), request, None));
            }
            Err(RootFault::Gap { .. }) => return Err("gap: a root or shard has lost what it kept".into()),
            Ok(_) | Err(RootFault::Late { .. }) => {}
        }
        Ok(())
    }

    fn turn_somewhere(&mut self) -> Result<(), String> {
        let busy: Vec<usize> = (0..self.shards.len()).filter(|shard| !self.shards[*shard].queue.is_empty()).collect();
        if busy.is_empty() {
            return Ok(());
        }
        let shard = self.luck.of(&busy);
        self.turn(shard)
    }

    /// A shard decides some of what it was asked; it may die before it has written, or before it has answered.
    fn turn(&mut self, shard: usize) -> Result<(), String> {
        let group = 1 + self.luck.below(8) as usize;
        let queue = &mut self.shards[shard].queue;
        let batch: Vec<_> = queue.drain(..group.min(queue.len())).collect();
        let requests: Vec<Request> = batch.iter().map(|(request, _)| request.clone()).collect();
        let now = self.instant(self.shards[shard].offset);
        let issuer = self.issuer(shard);
        let found = self.shards[shard].found(&wanted(&issuer, &requests));
        let turned =
            super::super::turn((&self.published, &issuer), found, &requests, now).map_err(|fault| fault.to_string())?;
        let fate = if self.healed { 99 } else { self.luck.below(100) };
        if fate < 6 {
            self.shards[shard].queue.clear();
            self.leave_early(turned, &batch);
            return Ok(());
        }
        self.answered.extend(turned.answers.iter().flat_map(words));
        self.oracle.turned((shard, &self.shards[shard]), (&requests, &turned), now)?;
        self.shards[shard].write(&turned)?;
        if fate < 12 {
            self.shards[shard].queue.clear();
            return Ok(());
        }
        for renewal in turned.renewals {
            self.network.push(Message::Root(renewal));
        }
        for ((request, wish), answer) in batch.into_iter().zip(turned.answers) {
            match (wish, answer) {
                (wish, Answer::Wait { .. }) if self.luck.percent(80) => self.shards[shard].queue.push((request, wish)),
                (Some(wish), answer) => self.network.push(Message::Client(wish, answer)),
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// What must never leave a turn that was not written.
    fn leave_early(&mut self, turned: Turn, batch: &[(Request, Option<usize>)]) {
        if careless(Careless::SentFirst) {
            self.network.extend(turned.renewals.into_iter().map(Message::Root));
        }
        if careless(Careless::AnsweredFirst) {
            let answers = batch.iter().zip(turned.answers).filter_map(|((_, wish), answer)| Some(((*wish)?, answer)));
            self.network.extend(answers.map(|(wish, answer)| Message::Client(wish, answer)));
        }
    }

    fn issuer(&self, shard: usize) -> Issuer {
        // NOTE: another key signs each day.
        let kid = Kid(((self.now / DAY) as u32).to_be_bytes());
        Issuer { environment: Environment::Test, kid, merchant: Merchant(1), shard: shard as u8 }
    }

    /// An alarm comes: of an account, of a claim, or of a root; too early, late, or for nothing.
    fn alarm(&mut self) {
        let shard = self.shard();
        let coupon: String = self.luck.of(&["wide", "narrow"]).into();
        let claims: Vec<Serial> = self.shards[shard].claims.keys().copied().collect();
        let requests: Vec<(usize, Request)> = match self.luck.below(3) {
            0 => (0..self.shards.len()).map(|shard| (shard, Request::Renew { coupon: coupon.clone() })).collect(),
            1 => claims.into_iter().map(|serial| (shard, Request::Expire { serial })).collect(),
            _ => {
                let overdue = self.roots[&coupon].overdue(self.instant(self.root_offset));
                overdue
                    .into_iter()
                    .map(|shard| (usize::from(shard), Request::Renew { coupon: coupon.clone() }))
                    .collect()
            }
        };
        for (shard, request) in requests {
            self.shards[shard].queue.push((request, None));
        }
    }

    /// A clock jumps, or is put right.
    fn jump(&mut self) {
        let by = self.luck.of(&[-3 * DAY, -DAY, -2 * HOUR, -MINUTE, 0, 0, 0, MINUTE, 2 * HOUR, DAY, 3 * DAY]);
        let shard = self.shard();
        if self.luck.percent(30) { self.root_offset = by } else { self.shards[shard].offset = by }
    }

    fn partition(&mut self) {
        let shard = self.shard();
        if !self.cut.remove(&shard) {
            self.cut.insert(shard);
        }
    }

    /// Another catalog: with more coupons or fewer, or without one of them.
    fn publish(&mut self) {
        for terms in &mut self.book.coupons {
            if self.luck.percent(30) {
                terms.budget.coupons = self.luck.of(&[1, 3, 10, 40]);
            }
        }
        self.oracle.publish(&self.book);
        self.published = self.book.clone();
        if self.luck.percent(30) {
            let gone = self.luck.below(2) as usize;
            self.published.coupons.remove(gone);
        }
    }

    fn word_of_the_shop(&mut self) {
        let coupon: String = self.luck.of(&["wide", "narrow"]).into();
        let now = self.instant(self.root_offset);
        let root = self.roots.get_mut(&coupon).unwrap();
        let standing = if self.luck.percent(40) { root.pause(Pause::Shop) } else { root.resume(now) };
        for shard in 0..self.shards.len() {
            let request = Request::Stand { coupon: coupon.clone(), standing };
            self.network.push(Message::Shard(shard, request, None));
        }
    }

    fn instant(&self, offset: i64) -> Timestamp {
        Timestamp::from_ms(self.now + offset)
    }

    /// Everything works again: what was lent comes back to the last coupon, and whoever may have one gets one.
    pub fn heal(&mut self) -> Result<(), String> {
        self.healed = true;
        self.published = self.book.clone();
        self.cut.clear();
        self.root_offset = 0;
        self.shards.iter_mut().for_each(|shard| shard.offset = 0);
        // NOTE: later than any clock ever was.
        self.now += 10 * DAY;
        for _ in 0..12 {
            self.now += 6 * MINUTE;
            self.renew_all()?;
        }
        for (coupon, root) in &self.roots {
            if root.leased() > 0 {
                return Err(format!("idle: {} of `{coupon}` stay lent", root.leased()));
            }
            let live = self.oracle.live(coupon);
            if root.taken_in_all() != live {
                return Err(format!(
                    "books: {} of `{coupon}` are taken, but {live} are given out",
                    root.taken_in_all()
                ));
            }
        }
        self.oracle.check(&self.shards, &self.roots)?;
        self.claim_one_more()
    }

    fn renew_all(&mut self) -> Result<(), String> {
        for shard in 0..self.shards.len() {
            for coupon in ["wide", "narrow"] {
                self.shards[shard].queue.push((Request::Renew { coupon: coupon.into() }, None));
            }
        }
        self.settle_down()
    }

    fn settle_down(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let busy: Vec<usize> =
                (0..self.shards.len()).filter(|shard| !self.shards[*shard].queue.is_empty()).collect();
            if busy.is_empty() && self.network.is_empty() {
                return Ok(());
            }
            busy.into_iter().try_for_each(|shard| self.turn(shard))?;
            self.deliver()?;
        }
        Err("messages never end".into())
    }

    /// A newcomer gets a coupon that is not used up.
    fn claim_one_more(&mut self) -> Result<(), String> {
        let now = self.instant(0);
        let terms = self.book.terms("wide").unwrap().clone();
        self.roots.get_mut("wide").unwrap().resume(now);
        self.renew_all()?;
        let free = self.roots["wide"].taken_in_all() < terms.budget.coupons;
        if !free || terms.until.is_some() {
            return Ok(());
        }
        let claim = ClaimRequest {
            key: String::from("key-of-a-newcomer").try_into().unwrap(),
            coupon: "wide".into(),
            person: format!("{:022}", 999_999).try_into().unwrap(),
            store: None,
            holder: None,
            chance: [0xaa; 9],
        };
        self.wishes.push(Wish { shard: 0, request: Request::Claim(claim.clone()), answer: None });
        let wish = self.wishes.len() - 1;
        for _ in 0..4 {
            // NOTE: a shard that was told that nothing is left asks again after a minute.
            self.now += 2 * MINUTE;
            self.network.push(Message::Shard(0, Request::Claim(claim.clone()), Some(wish)));
            self.settle_down()?;
        }
        match &self.wishes[wish].answer {
            Some(Answer::Issued { .. }) => Ok(()),
            other => Err(format!("newcomer: one gets no coupon of those that are left: {other:?}")),
        }
    }
}

impl Shard {
    /// Loads what is wanted, as it is on disk.
    fn found(&mut self, wanted: &Wanted) -> Found {
        if !careless(Careless::LoadedBefore) {
            return self.load(wanted);
        }
        let now = (self.claims.clone(), self.accounts.clone());
        let before = self.stale.replace(now.clone()).unwrap_or_else(|| now.clone());
        (self.claims, self.accounts) = before;
        let found = self.load(wanted);
        (self.claims, self.accounts) = now;
        found
    }

    fn load(&self, wanted: &Wanted) -> Found {
        let by_key = |key: &String| self.claims.values().find(|claim| claim.key.as_str() == key).cloned();
        let had = |one: &String| {
            let of = |claim: &&Claim| {
                claim.state != State::Expired && format!("{} {}", claim.coupon, claim.person.as_str()) == **one
            };
            let mut had = Had::default();
            self.claims.values().filter(of).for_each(|claim| had.add(claim));
            had
        };
        let serials = wanted.serials.iter().map(|code| Serial::of_code(code).unwrap());
        let keys: BTreeMap<_, _> = wanted.keys.iter().map(|key| (key.clone(), by_key(key))).collect();
        let serials: BTreeMap<_, _> = serials.map(|serial| (serial, self.claims.get(&serial).cloned())).collect();
        let found = keys.values().chain(serials.values()).flatten().map(|claim| &claim.coupon);
        let accounts = wanted.accounts.iter().chain(found);
        Found {
            accounts: accounts.map(|coupon| (coupon.clone(), self.accounts.get(coupon).cloned())).collect(),
            tills: wanted.tills.iter().map(|till| (till.clone(), self.tills.get(till).copied())).collect(),
            persons: wanted.persons.iter().map(|one| (one.clone(), had(one))).collect(),
            keys,
            serials,
        }
    }

    /// Writes a turn, as a storage would that holds serials and keys to be unique.
    fn write(&mut self, turned: &Turn) -> Result<(), String> {
        self.tills.extend(turned.tills.clone());
        if !careless(Careless::AccountsNotWritten) || turned.insert.is_empty() {
            self.accounts.extend(turned.accounts.clone());
        }
        if careless(Careless::RowsNotWritten) {
            return Ok(());
        }
        for claim in &turned.insert {
            if self.claims.values().any(|known| known.key == claim.key) {
                return Err(format!("unique: the key {:?} is there already", claim.key));
            }
            if self.claims.insert(claim.serial, claim.clone()).is_some() {
                return Err(format!("unique: the serial {} is there already", claim.serial));
            }
        }
        for claim in &turned.update {
            if self.claims.insert(claim.serial, claim.clone()).is_none() {
                return Err(format!("there is no {} to change", claim.serial));
            }
        }
        Ok(())
    }
}

fn label(text: &str) -> Label {
    text.to_string().try_into().unwrap()
}

fn chance(number: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = (number << 8).to_be_bytes();
    [0, a, b, c, d, e, f, g, h]
}

/// The kind of an answer and its reason, as they are written.
fn words(answer: &Answer) -> Vec<String> {
    let written = serde_json::to_value(answer).unwrap();
    let word = |name: &str| Some(written.get(name)?.as_str()?.to_string());
    ["kind", "reason"].into_iter().filter_map(word).collect()
}
