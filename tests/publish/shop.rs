//! A small shop that publishes, from fixed seeds: what its readers are given, and how to change that.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tactful::publish::log::Tree;
use tactful::publish::{Authority, Claims, Content, Entry, Hash, Head, Known, Maker, PackOf, Publisher, Staged, delta};
use tactful::token::signed::{PrivateKey, Roots, Trust};
use tactful::value::{Span, Timestamp};

/// 2026-11-23, 08:00 UTC.
pub const START: Timestamp = Timestamp::from_ms(1_795_420_800_000);

/// The key number `n`.
pub fn key(n: u8) -> PrivateKey {
    PrivateKey::new([n; 32])
}

pub fn minutes(n: u32) -> Timestamp {
    START.after(Span::minutes(n))
}

/// Roots 1, 2 and 3, two of which have to sign.
pub fn roots() -> Roots {
    Roots { keys: [1, 2, 3].map(|n| key(n).public()).into(), threshold: 2 }
}

pub fn trust() -> Trust {
    Trust { version: 1, roots: roots() }
}

/// Everything that is served, by its path, and what the publisher keeps.
pub struct Shop {
    pub files: BTreeMap<String, Vec<u8>>,
    pub heads: Vec<String>,
    pub entries: Vec<String>,
    pub log: Tree,
    pub authority: Authority,
    pub maker: Maker,
}

impl Shop {
    /// Has an authority and no head yet. Anna (key 11) and Ben (key 12) may publish.
    pub fn new() -> Self {
        let publishers = [(11, "anna"), (12, "ben")].map(|(n, name)| Publisher {
            key: key(n).public(),
            name: name.into(),
            not_before: START,
            not_after: START.after(Span::days(365)),
        });
        let authority = Authority {
            shop: "nordkorb".into(),
            version: 1,
            issued: START,
            expires: START.after(Span::days(365)),
            roots: roots(),
            publishers: publishers.into(),
        };
        let maker = Maker { version: 1, sha256: Hash([0; 32]) };
        let mut shop = Self {
            files: BTreeMap::new(),
            heads: Vec::new(),
            entries: Vec::new(),
            log: Tree::default(),
            authority: authority.clone(),
            maker,
        };
        shop.rule(authority, &[1, 2], &roots());
        shop
    }

    /// Signs an authority with these keys; `before` are the roots that are trusted so far.
    pub fn rule(&mut self, authority: Authority, by: &[u8], before: &Roots) {
        let text = authority.sign(&by.iter().copied().map(key).collect::<Vec<_>>()).unwrap();
        let (authority, sha256) = Authority::open(&text, before, authority.version).unwrap();
        self.files.insert(format!("v1/authority/{}", authority.version), text.into_bytes());
        (self.maker, self.authority) = (Maker { version: authority.version, sha256 }, authority);
    }

    /// Stores bytes under their hash, with a delta from each of the others.
    pub fn store(&mut self, bytes: &[u8], from: &[&[u8]]) -> Content {
        let content = Content::of(bytes);
        self.files.insert(format!("v1/packs/{}", content.sha256), bytes.into());
        for old in from {
            let path = format!("v1/deltas/{}/{}", content.sha256, Hash::of(old));
            self.files.insert(path, delta::make(old, bytes));
        }
        content
    }

    /// What the next head would say at `now`.
    pub fn entry(&self, version: u64, now: Timestamp, packs: &[&Content]) -> Entry {
        let pack = |content: &&Content| PackOf { region: None, language: None, content: (*content).clone() };
        Entry {
            version,
            authority: self.maker,
            publisher: key(11).public(),
            issued: now,
            expires: now.after(Span::days(7)),
            note: String::new(),
            packs: packs.iter().map(pack).collect(),
            regions: None,
            staged: None,
            stopped: Vec::new(),
            claims: Claims::default(),
        }
    }

    /// Publishes: signed by the key number `by`.
    pub fn publish(&mut self, entry: &Entry, by: u8) -> String {
        let head = Head::sign(entry, &mut self.log, &key(by)).unwrap();
        self.entries.push(serde_json::to_string(entry).unwrap());
        self.files.insert("v1/head".into(), head.clone().into_bytes());
        let log = json!({"entries": self.entries});
        self.files.insert("v1/log".into(), log.to_string().into_bytes());
        self.heads.push(head.clone());
        head
    }

    pub fn text(&self, path: &str) -> Option<String> {
        self.files.get(path).map(|bytes| String::from_utf8(bytes.clone()).unwrap())
    }

    /// What a reader makes of a head.
    pub fn take(&self, known: &mut Known, head: &str, now: Timestamp) -> Result<u64, tactful::publish::Fault> {
        let fetch = |version| self.text(&format!("v1/authority/{version}"));
        known.take(head, now, fetch).map(|head| head.entry.version)
    }
}

/// A catalog of so many coupons, of as many products, with texts in two languages and conditions that differ.
pub fn catalog(offers: u32) -> Value {
    const WORDS: [&str; 8] =
        ["oat milk", "rye bread", "blueberries", "salmon", "butter", "coffee", "dark chocolate", "apples"];
    let word = |n: u32| WORDS[n as usize % WORDS.len()];
    let category =
        |n: u32| json!({"id": format!("shelf-{n}"), "name": {"en": format!("Shelf {n}"), "de": format!("Regal {n}")}});
    let product = |n: u32| {
        let name = json!({"en": format!("{} {n}", word(n)), "de": format!("{} Nr. {n}", word(n))});
        let price = f64::from(100 + n * 37 % 900) / 100.0;
        json!({"id": format!("p-{n}"), "name": name, "category": format!("shelf-{}", n % 20), "price": price})
    };
    json!({
        "name": "Nordkorb", "version": 1, "purpose": "Help our neighbours to eat well.", "currency": "EUR",
        "goals": {"usefulness": 70, "margin": 20, "reach": 10}, "languages": ["en", "de"], "timezone": "Europe/Helsinki",
        "attributes": {"vegetarian": {"type": "boolean"}},
        "categories": (0..20).map(category).collect::<Vec<_>>(),
        "products": (0..offers).map(product).collect::<Vec<_>>(),
        "placements": (0..10).map(|n| json!({"id": format!("place-{n}")})).collect::<Vec<_>>(),
        "cadence": {"gap_minutes": 60, "caps": [{"impressions": 3, "hours": 24, "kind": "coupon"}]},
        "offers": (0..offers).map(offer).collect::<Vec<_>>(),
    })
}

/// The coupon number `n`.
pub fn offer(n: u32) -> Value {
    let hours = format!("occasion.hour >= {} && occasion.weekday <= {}", 6 + n % 12, 1 + n % 7);
    let mut offer = json!({
        "id": format!("offer-{n}"), "kind": "coupon", "placements": [format!("place-{}", n % 10)],
        "creative": {
            "en": {"title": format!("{} % off number {n}", 5 + n % 20), "text": format!("Number {n} of the shelf costs less this week.")},
            "de": {"title": format!("{} % Rabatt auf Nummer {n}", 5 + n % 20), "text": format!("Nummer {n} im Regal kostet diese Woche weniger.")},
        },
        "scope": {"products": [format!("p-{n}")]}, "value": {"percent": 5 + n % 20}, "priority": n % 50,
        "usefulness": {"mean": f64::from(5 + n % 30) / 100.0, "weight": 15}, "margin": f64::from(n % 40) / 100.0,
        "applicable": hours,
    });
    if n.is_multiple_of(3) {
        offer["suitable"] = json!("!attributes.vegetarian");
    }
    if n.is_multiple_of(4) {
        offer["eligible"] = json!(format!("bought.total < {}", 1 + n % 9));
    }
    offer
}

/// The pack of a catalog, published as this version.
pub fn pack(catalog: &Value, version: u64) -> Vec<u8> {
    let compiled = tactful::author::compile(&catalog.to_string()).unwrap();
    let mut bytes = tactful::wire::pack::encode(&compiled);
    tactful::wire::pack::stamp(&mut bytes, version).unwrap();
    bytes
}

/// A staged share for a test.
pub fn staged(permille: u16, pack: &Content) -> Staged {
    let packs = [PackOf { region: None, language: None, content: pack.clone() }].into();
    Staged { permille, salt: "lights".into(), packs, regions: None }
}
