//! The index against its dumb twin: every offer's conditions, one predicate after the other.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::cast_possible_wrap, clippy::indexing_slicing)]

use tactful::author;
use tactful::catalog::{Attribute, Catalog, Condition, Draft, Kind, OfferIx, Offers, OwnIx, PlacementIx};
use tactful::catalog::{Prior, Range, Scope, Text, Words};
use tactful::index::{Block, Cursor, Index, Question, Step, Values, refusal};
use tactful::product::CategoryIx;
use tactful::value::{Ppm, Seed, Timestamp};
use tactful::wire::pack;

const SOURCE: &str = include_str!("../examples/nordkorb/catalog.json");
const CATALOGS: u32 = 4_000;
const CONTEXTS: u32 = 250;

/// Values that an attribute may have in these tests; beyond 32 bits, too.
const VALUES: [i64; 12] = [i64::MIN, -3_000_000_000, -3, -1, 0, 1, 2, 5, 300, 2_147_483_645, 3_000_000_000, i64::MAX];

fn attributes() -> Vec<Attribute> {
    let plain =
        [Attribute::InStore, Attribute::Hour, Attribute::BasketTotal, Attribute::CareTopic, Attribute::Own(OwnIx(1))];
    let member = |place| Attribute::OwnMember(OwnIx(0), place);
    let category = |place| Attribute::BasketCategory(CategoryIx(place));
    plain.into_iter().chain((0..6).map(member)).chain((0..4).map(category)).collect()
}

struct Draw(Seed, u32);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(u32::try_from(bound).unwrap()) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn range(&mut self) -> Range {
        // What conditions tell apart ends at 2,147,483,645; a range is open beyond, or ends before.
        let (a, b) = (self.pick(&VALUES), self.pick(&VALUES));
        let end = |value: i64| value.clamp(-2_147_483_645, 2_147_483_645);
        let low = if a == i64::MIN { a } else { end(a.min(b)) };
        let high = if b == i64::MAX { b } else { end(a.max(b)) };
        Range { low: low.min(high), high }
    }

    fn condition(&mut self, attributes: &[Attribute]) -> Condition {
        let mut any = if self.below(3) == 0 { Condition::Always } else { Condition::NEVER };
        for _ in 0..self.below(4) {
            let mut all = Condition::Always;
            for _ in 0..self.below(4) {
                let attribute = self.pick(attributes);
                let (first, second) = (self.range(), self.range());
                let either = Condition::within(attribute, vec![first]).or(&Condition::within(attribute, vec![second]));
                all = all.and(&either);
            }
            any = if any == Condition::Always { all } else { any.or(&all) };
        }
        any
    }

    fn draft(&mut self, attributes: &[Attribute]) -> Draft {
        let placements = (0..self.below(3)).map(|_| PlacementIx(u16::try_from(self.below(3)).unwrap())).collect();
        let [eligible, applicable, suitable] = [(); 3].map(|()| self.condition(attributes));
        // As in every catalog, no two have the same id.
        self.1 += 1;
        Draft {
            id: Text(self.1),
            kind: self.pick(&[Kind::Coupon, Kind::Service]),
            placements,
            eligible,
            applicable,
            suitable,
            ..draft()
        }
    }
}

fn draft() -> Draft {
    Draft {
        id: Text(1),
        kind: Kind::Service,
        priority: 0,
        group: None,
        placements: vec![],
        title: Words::default(),
        text: Words::default(),
        picture: Text::default(),
        from: Timestamp::from_ms(0),
        until: Timestamp::from_ms(i64::MAX),
        scope: Scope::default(),
        eligible: Condition::Always,
        applicable: Condition::Always,
        suitable: Condition::Always,
        value: None,
        caps: vec![],
        prior: Prior { mean: Ppm::new(200_000), weight: 10 },
        margin: Ppm::ZERO,
        pacing: None,
        once: false,
        adult: false,
        reach: None,
    }
}

/// The first question that fails, asked one predicate after the other.
fn dumb(draft: &Draft, value: impl Fn(Attribute) -> Option<i64> + Copy) -> Option<Question> {
    let asked = [
        (Question::Eligible, &draft.eligible),
        (Question::Applicable, &draft.applicable),
        (Question::Suitable, &draft.suitable),
    ];
    asked.into_iter().find(|(_, condition)| !condition.holds(value)).map(|(question, _)| question)
}

fn candidates(catalog: &Catalog, block: &Block, values: &Values) -> Vec<OfferIx> {
    let mut cursor = Cursor::default();
    block.search(&mut cursor, values);
    let next = || match block.next(&mut cursor, &catalog.offers.rules, values) {
        Step::Offer(offer) => Some(offer),
        Step::End => None,
        Step::Untold(attribute) => panic!("{attribute:?} was asked for and not told"),
    };
    let mut found: Vec<_> = core::iter::from_fn(next).collect();
    found.dedup();
    found
}

#[test]
fn the_index_agrees_with_a_linear_scan_on_a_million_catalogs_and_contexts() {
    let mut draw = Draw(Seed(20_261_122), 0);
    let mut catalog = author::compile(SOURCE).unwrap();
    let attributes = attributes();
    let (mut pairs, mut fitting) = (0_u64, 0_u64);
    for _ in 0..CATALOGS {
        // Many catalogs ask about few things, so that bitmaps and single predicates both get their share.
        let asked = &attributes[..2 + draw.below(attributes.len() - 1)];
        let offers = draw.pick(&[0, 1, 2, 3, 5, 8, 13, 40, 90]);
        let drafts: Vec<Draft> = (0..offers).map(|_| draw.draft(asked)).collect();
        catalog.offers = Offers::of(&drafts, vec![]).unwrap();
        let placement = PlacementIx(u16::try_from(draw.below(3)).unwrap());
        let takes = catalog.placement(placement).unwrap().kinds;
        let index = Index::new(&catalog);
        let block = index.block(&catalog, placement).unwrap();
        for _ in 0..CONTEXTS {
            let known: Vec<Option<i64>> =
                attributes.iter().map(|_| Some(draw.pick(&VALUES)).filter(|_| draw.below(8) > 0)).collect();
            let value = |attribute| known[attributes.iter().position(|known| *known == attribute).unwrap()];
            let values = Values::of(&catalog, block, value);
            let fits = |draft: &Draft| dumb(draft, value).is_none();
            let here = |draft: &Draft| {
                takes.has(draft.kind) && (draft.placements.is_empty() || draft.placements.contains(&placement))
            };
            let expected: Vec<OfferIx> = (0..)
                .map(OfferIx)
                .zip(&drafts)
                .filter(|(_, draft)| here(draft) && fits(draft))
                .map(|(at, _)| at)
                .collect();
            assert_eq!(candidates(&catalog, block, &values), expected, "placement {placement:?}, {known:?}");
            if pairs.is_multiple_of(100) {
                for (place, draft) in (0..).map(OfferIx).zip(&drafts).filter(|(_, draft)| here(draft)) {
                    assert_eq!(refusal(&catalog, place, &values), dumb(draft, value));
                }
            }
            pairs += 1;
            fitting += u64::from(!expected.is_empty());
        }
    }
    println!("{pairs} pairs, {fitting} with a candidate");
    assert!(pairs >= 1_000_000 && fitting > pairs / 10 && fitting < pairs * 9 / 10);
}

#[test]
fn the_order_of_offers_changes_only_the_order_of_candidates() {
    let mut draw = Draw(Seed(7), 0);
    let mut catalog = author::compile(SOURCE).unwrap();
    let attributes = attributes();
    for _ in 0..300 {
        let drafts: Vec<Draft> = (0..60).map(|_| draw.draft(&attributes)).collect();
        let mut order: Vec<usize> = (0..drafts.len()).collect();
        (1..order.len()).rev().for_each(|at| order.swap(at, draw.below(at + 1)));
        let known: Vec<i64> = attributes.iter().map(|_| draw.pick(&VALUES)).collect();
        let value = |attribute| attributes.iter().position(|known| *known == attribute).map(|at| known[at]);
        let mut fitting = |drafts: &[Draft]| {
            catalog.offers = Offers::of(drafts, vec![]).unwrap();
            let index = Index::new(&catalog);
            let block = index.block(&catalog, PlacementIx(0)).unwrap();
            candidates(&catalog, block, &Values::of(&catalog, block, value))
        };
        let mut direct: Vec<usize> = fitting(&drafts).iter().map(|at| at.0 as usize).collect();
        let shuffled: Vec<Draft> = order.iter().map(|at| drafts[*at].clone()).collect();
        let mut back: Vec<usize> = fitting(&shuffled).iter().map(|at| order[at.0 as usize]).collect();
        direct.sort_unstable();
        back.sort_unstable();
        assert_eq!(direct, back);
    }
}

#[test]
fn what_is_read_from_a_pack_matches_the_same() {
    let catalog = author::compile(SOURCE).unwrap();
    let bytes = pack::encode(&catalog);
    let read = pack::decode(&bytes, Timestamp::from_ms(0), 0).unwrap();
    assert_eq!(read, catalog);
    assert_eq!(pack::encode(&read), bytes, "the same catalog gives the same bytes");
}
