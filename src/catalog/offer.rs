//! What can be shown: offers as an author drafts them, and as a device reads them from the pack, where they lie.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::condition::Condition;
use super::rules::{Gathering, RuleIx, Rules};
use super::{Kind, OwnCap, Pacing, PlacementIx, Prior, Reach, ReachIx, Scope, Text, Texts, Value, Words};
use crate::value::part::{Part, all_below, extend_u16, extend_u32};
use crate::value::{Key, Now, Ppm, Timestamp};

/// An offer's place in the catalog; offers lie in falling priority, equals by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfferIx(pub u32);

/// Anything that can be shown, as it was drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Id.
    pub id: Text,
    /// Coupon, reminder or service.
    pub kind: Kind,
    /// Among equals, the higher wins.
    pub priority: u16,
    /// Key of its group, where it has one.
    pub group: Option<Key>,
    /// Where it may appear; everywhere where empty.
    pub placements: Vec<PlacementIx>,
    /// Headline.
    pub title: Words,
    /// One or two sentences.
    pub text: Words,
    /// Emoji or image URL, or empty.
    pub picture: Text,
    /// Runs in `[from, until)`, whole seconds.
    pub from: Timestamp,
    /// First instant after the end.
    pub until: Timestamp,
    /// What it is about.
    pub scope: Scope,
    /// May they have it?
    pub eligible: Condition,
    /// Does it make sense now?
    pub applicable: Condition,
    /// Is it good for the person?
    pub suitable: Condition,
    /// What a coupon takes off.
    pub value: Option<Value>,
    /// Its own caps.
    pub caps: Vec<OwnCap>,
    /// Expected usefulness before anybody replied.
    pub prior: Prior,
    /// What it earns the shop.
    pub margin: Ppm,
    /// When a device gets its turn.
    pub pacing: Option<Pacing>,
    /// It stops once it has done what it is for: a coupon is redeemed, help seen.
    pub once: bool,
    /// Something in its scope is for adults only.
    pub adult: bool,
    /// Whom alone it is for.
    pub reach: Option<ReachIx>,
}

/// Anything that can be shown, as the pack has it.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// Hash of the id.
    pub key: Key,
    /// Id.
    pub id: Text,
    /// Coupon, reminder or service.
    pub kind: Kind,
    /// Among equals, the higher wins.
    pub priority: u16,
    /// Key of its group, where it has one.
    pub group: Option<Key>,
    /// Runs in `[from, until)`.
    pub from: Timestamp,
    /// First instant after the end.
    pub until: Timestamp,
    /// What it is about.
    pub scope: &'a Scope,
    /// What a coupon takes off.
    pub value: Option<&'a Value>,
    /// Its own caps.
    pub caps: &'a [OwnCap],
    /// Expected usefulness before anybody replied.
    pub prior: Prior,
    /// What it earns the shop.
    pub margin: Ppm,
    /// When a device gets its turn.
    pub pacing: Option<Pacing>,
    /// It stops once it has done what it is for: a coupon is redeemed, help seen.
    pub once: bool,
    /// Something in its scope is for adults only.
    pub adult: bool,
    /// Whom alone it is for.
    pub reach: Option<&'a Reach>,
}

/// What is read and seen of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Creative {
    /// Headline.
    pub title: Words,
    /// One or two sentences.
    pub text: Words,
    /// Emoji or image URL, or empty.
    pub picture: Text,
}

impl Offer<'_> {
    /// Tells whether it runs at `now`, in `[from, until)`.
    pub fn runs(&self, now: &Now) -> bool {
        is_on((self.from, self.until), now)
    }

    /// Tells whether it calls something back.
    pub const fn is_recall(&self) -> bool {
        matches!(self.reach, Some(Reach::Recall(_)))
    }

    /// Tells whether it answers those who asked.
    pub const fn is_answer(&self) -> bool {
        matches!(self.reach, Some(Reach::Answer(_)))
    }
}

/// What several offers share, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Placements, one bit each; everywhere where 0.
    pub placements: Vec<u64>,
    /// Keys of groups.
    pub groups: Vec<Option<Key>>,
    /// What offers are about.
    pub scopes: Vec<Scope>,
    /// What coupons take off.
    pub values: Vec<Option<Value>>,
    /// Own caps.
    pub caps: Vec<Vec<OwnCap>>,
    /// Usefulness before anybody replied, and margin.
    pub worths: Vec<(Prior, Ppm)>,
    /// Whom some are for.
    pub reaches: Vec<Reach>,
}

/// All offers of a catalog, in falling priority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// The columns of 32 bits, in the order of `Wide`. A column that is the same for all offers is there once.
    pub wide: Vec<Part>,
    /// The columns of 16 bits, in the order of `Narrow`, likewise.
    pub narrow: Vec<Part>,
    /// What several offers share.
    pub shared: Shared,
    /// Their conditions.
    pub rules: Rules,
}

/// The columns of 32 bits.
#[derive(Clone, Copy)]
enum Wide {
    Id,
    TitleDe,
    TitleEn,
    TextDe,
    TextEn,
    Picture,
    From,
    /// How many seconds it runs from then on, or [`NEVER`] does it end.
    Lasts,
}

/// Columns of 16 bits. First come kind, whether it is for once and for adults, and its pacing, all in the flags; then
/// priority, group, placements, scope, value, own caps, worth, and the place of its reach, counted from 1, or 0 for everybody.
#[derive(Clone, Copy)]
enum Narrow {
    Flags = 0,
    Placements = 3,
    Caps = 6,
    Reach = 8,
    Eligible = 9,
    Applicable,
    Suitable,
    Fit,
}

impl Offers {
    /// How many columns of 32 bits there are.
    pub const WIDE: usize = Wide::Lasts as usize + 1;
    /// How many columns of 16 bits there are.
    pub const NARROW: usize = Narrow::Fit as usize + 1;

    /// Packs drafts in the order in which they lie, with those that their reaches name. `None` where they have more than 65,536 different comparisons,
    /// conditions or other shared parts.
    pub fn of(drafts: &[Draft], reaches: Vec<Reach>) -> Option<Self> {
        let mut gathering = Gathering::default();
        let mut rows = Vec::with_capacity(drafts.len());
        let (mut groups, mut placements, mut scopes) = (Interned::default(), Interned::default(), Interned::default());
        let (mut values, mut caps, mut worths) = (Interned::default(), Interned::default(), Interned::default());
        for draft in drafts {
            let mask = draft.placements.iter().fold(0_u64, |mask, place| mask | 1 << (place.0 & 63));
            let flags = draft.kind as u16 | u16::from(draft.once) << 2 | u16::from(draft.adult) << 3;
            let flags = flags | draft.pacing.map_or(0, |pacing| (pacing as u16) << 4);
            let [eligible, applicable, suitable, fit] = conditions(draft, &mut gathering)?;
            rows.push([
                flags,
                draft.priority,
                groups.place(draft.group)?,
                placements.place(mask)?,
                scopes.place(draft.scope.clone())?,
                values.place(draft.value.clone())?,
                caps.place(draft.caps.clone())?,
                worths.place((draft.prior, draft.margin))?,
                draft.reach.map_or(0, |reach| reach.0 + 1),
                eligible,
                applicable,
                suitable,
                fit,
            ]);
        }
        let texts_and_times: Vec<_> = drafts.iter().map(texts_and_times).collect();
        let wide = columns(&texts_and_times, extend_u32);
        let narrow = columns(&rows, extend_u16);
        let (groups, placements, scopes) = (groups.list, placements.list, scopes.list);
        let (values, caps, worths) = (values.list, caps.list, worths.list);
        let shared = Shared { placements, groups, scopes, values, caps, worths, reaches };
        Some(Self { wide, narrow, shared, rules: gathering.finish() })
    }

    /// Returns how many offers there are.
    pub const fn len(&self) -> usize {
        match self.wide.as_slice() {
            [ids, ..] => ids.len() / 4,
            [] => 0,
        }
    }

    /// Tells whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the offer at a place. Cost: one look into most columns, and the hash of the id.
    pub fn get(&self, place: OfferIx, texts: &Texts) -> Option<Offer<'_>> {
        let [flags, priority, group, _, scope, value, caps, worth, reach] = self.row(place)?;
        let at = usize::from;
        let (prior, margin) = *self.shared.worths.get(at(worth))?;
        let id = self.text(place, Wide::Id)?;
        let (from, until) = self.time(place);
        Some(Offer {
            key: texts.key(id),
            id,
            kind: Kind::ALL.get(usize::from(flags & 3)).map(|(kind, _)| *kind)?,
            priority,
            group: *self.shared.groups.get(at(group))?,
            from,
            until,
            scope: self.shared.scopes.get(at(scope))?,
            value: self.shared.values.get(at(value))?.as_ref(),
            caps: self.shared.caps.get(at(caps))?,
            prior,
            margin,
            pacing: match flags >> 4 {
                1 => Some(Pacing::Even),
                2 => Some(Pacing::Early),
                3 => Some(Pacing::Budget),
                _ => None,
            },
            once: flags & 4 != 0,
            adult: flags & 8 != 0,
            reach: at(reach).checked_sub(1).and_then(|at| self.shared.reaches.get(at)),
        })
    }

    /// Returns what the offer at a place has in the columns of 16 bits before those of its conditions.
    fn row(&self, OfferIx(place): OfferIx) -> Option<[u16; Narrow::Eligible as usize]> {
        let place = usize::try_from(place).ok().filter(|place| *place < self.len())?;
        let mut row = [0; Narrow::Eligible as usize];
        for (number, column) in row.iter_mut().zip(&self.narrow) {
            *number = column.u16_at(if column.len() == 2 { 0 } else { place })?;
        }
        Some(row)
    }

    /// Returns what is read and seen of the offer at a place.
    pub fn creative(&self, place: OfferIx) -> Option<Creative> {
        let words = |de, en| Some(Words { de: self.text(place, de)?, en: self.text(place, en)? });
        let (title, text) = (words(Wide::TitleDe, Wide::TitleEn)?, words(Wide::TextDe, Wide::TextEn)?);
        Some(Creative { title, text, picture: self.text(place, Wide::Picture)? })
    }

    /// Returns what the offer at a place is.
    pub fn kind(&self, place: OfferIx) -> Option<Kind> {
        let code = self.narrow(place, Narrow::Flags)? & 3;
        Kind::ALL.get(usize::from(code)).map(|(kind, _)| *kind)
    }

    /// Tells whether the offer at a place is for some devices alone.
    pub fn is_for_some(&self, place: OfferIx) -> bool {
        self.narrow(place, Narrow::Reach) != Some(0)
    }

    /// Tells whether any of them calls something back.
    pub fn have_recalls(&self) -> bool {
        self.shared.reaches.iter().any(|reach| matches!(reach, Reach::Recall(_)))
    }

    /// Returns the own caps of the offer at a place.
    pub fn caps(&self, place: OfferIx) -> &[OwnCap] {
        let caps = self.narrow(place, Narrow::Caps).and_then(|at| self.shared.caps.get(usize::from(at)));
        caps.map_or(&[], Vec::as_slice)
    }

    /// Tells whether something in its scope is for adults only.
    pub fn is_adult(&self, place: OfferIx) -> bool {
        self.narrow(place, Narrow::Flags).is_none_or(|flags| flags & 8 != 0)
    }

    /// Tells whether the offer at a place names `placement`, or none.
    pub fn names(&self, place: OfferIx, placement: PlacementIx) -> bool {
        let mask = self.narrow(place, Narrow::Placements).and_then(|at| self.shared.placements.get(usize::from(at)));
        mask.is_some_and(|mask| *mask == 0 || mask >> (placement.0 & 63) & 1 == 1)
    }

    /// Tells whether the offer at a place runs at `now`, in `[from, until)`.
    #[inline(never)]
    pub fn runs(&self, place: OfferIx, now: &Now) -> bool {
        is_on(self.time(place), now)
    }

    /// Lets every offer run at any time, to find out what the schedules change.
    pub fn run_always(&mut self) {
        for (column, always) in [(Wide::From, 0), (Wide::Lasts, NEVER)] {
            let column = self.wide.iter_mut().skip(column as usize).take(1);
            column.for_each(|part| *part = Part::whole(always.to_le_bytes().to_vec()));
        }
    }

    /// Lets no offer wait for a device's turn, to find out what that changes.
    pub fn pace_never(&mut self) {
        for part in self.narrow.iter_mut().skip(Narrow::Flags as usize).take(1) {
            let flags = part.bytes().chunks_exact(2);
            let unpaced = flags.flat_map(|flags| [flags.first().copied().unwrap_or(0) & 15, 0]);
            *part = Part::whole(unpaced.collect());
        }
    }

    /// Returns the condition that joins the three questions, `None` where there is no such offer.
    pub fn fit(&self, place: OfferIx) -> Option<RuleIx> {
        self.narrow(place, Narrow::Fit).map(RuleIx)
    }

    /// Returns the conditions of the three questions, in the order in which they are asked.
    pub fn questions(&self, place: OfferIx) -> [Option<RuleIx>; 3] {
        [Narrow::Eligible, Narrow::Applicable, Narrow::Suitable].map(|column| self.narrow(place, column).map(RuleIx))
    }

    /// Returns the first instant at which the offer at a place runs, and the first at which it does not any more.
    #[inline(always)]
    fn time(&self, place: OfferIx) -> (Timestamp, Timestamp) {
        let from = i64::from(self.wide(place, Wide::From).unwrap_or(NEVER));
        let lasts = self.wide(place, Wide::Lasts).unwrap_or(0);
        let until = if lasts == NEVER { i64::MAX } else { (from + i64::from(lasts)) * 1_000 };
        (Timestamp::from_ms(from * 1_000), Timestamp::from_ms(until))
    }

    fn text(&self, place: OfferIx, column: Wide) -> Option<Text> {
        self.wide(place, column).map(Text)
    }

    #[inline(never)]
    fn wide(&self, OfferIx(place): OfferIx, column: Wide) -> Option<u32> {
        let (place, column) = (usize::try_from(place).ok()?, self.wide.get(column as usize)?);
        column.u32_at(if column.len() == 4 { 0 } else { place })
    }

    #[inline(never)]
    fn narrow(&self, OfferIx(place): OfferIx, column: Narrow) -> Option<u16> {
        let (place, column) = (usize::try_from(place).ok()?, self.narrow.get(column as usize)?);
        column.u16_at(if column.len() == 2 { 0 } else { place })
    }

    /// Tells whether everything that is named is there. Cost: one pass over the columns of 16 bits.
    pub fn is_whole(&self) -> bool {
        let Shared { placements, groups, scopes, values, caps, worths, reaches } = &self.shared;
        let rules = self.rules.rule_ends.len() / 4;
        let most = [
            64,
            usize::MAX,
            groups.len(),
            placements.len(),
            scopes.len(),
            values.len(),
            caps.len(),
            worths.len(),
            reaches.len() + 1,
            rules,
            rules,
            rules,
            rules,
        ];
        let count = self.len();
        let is_long = |column: &Part, width| column.len() == count * width || column.len() == width;
        self.wide.iter().all(|column| is_long(column, 4))
            && self.narrow.iter().all(|column| is_long(column, 2))
            && self.narrow.iter().zip(most).all(|(column, most)| all_below(column.bytes(), most))
            && self.rules.is_whole()
    }
}

/// Tells whether `now` is in `[from, until)`.
#[inline(never)]
fn is_on((from, until): (Timestamp, Timestamp), now: &Now) -> bool {
    now.has_reached(from) && !now.has_reached(until)
}

/// Stands for an offer without end.
const NEVER: u32 = u32::MAX;

fn texts_and_times(draft: &Draft) -> [u32; Offers::WIDE] {
    let Draft { title, text, .. } = draft;
    let seconds = |at: Timestamp| u32::try_from((at.ms() / 1_000).max(0)).unwrap_or(NEVER);
    let (from, until) = (seconds(draft.from), seconds(draft.until));
    [
        draft.id.0,
        title.de.0,
        title.en.0,
        text.de.0,
        text.en.0,
        draft.picture.0,
        from,
        if until == NEVER { NEVER } else { until.saturating_sub(from) },
    ]
}

/// Turns rows into columns. A column that is the same in all rows is written once.
fn columns<T: Copy + PartialEq, const N: usize>(rows: &[[T; N]], write: fn(&mut Vec<u8>, Vec<T>)) -> Vec<Part> {
    let part = |column: usize| {
        let mut numbers: Vec<T> = rows.iter().filter_map(|row| row.get(column).copied()).collect();
        if numbers.windows(2).all(|pair| pair.first() == pair.last()) {
            numbers.truncate(1);
        }
        let mut bytes = Vec::new();
        write(&mut bytes, numbers);
        Part::whole(bytes)
    };
    (0..N).map(part).collect()
}

/// The three questions, and all of them at once.
fn conditions(draft: &Draft, gathering: &mut Gathering) -> Option<[u16; 4]> {
    let Draft { eligible, applicable, suitable, .. } = draft;
    let fit = eligible.and(applicable).and(suitable);
    let mut place = |condition| gathering.add(condition).map(|rule| rule.0);
    Some([place(eligible)?, place(applicable)?, place(suitable)?, place(&fit)?])
}

/// Things in the order of their first appearance, each once.
struct Interned<T> {
    places: BTreeMap<T, u16>,
    list: Vec<T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), list: Vec::new() }
    }
}

impl<T: Ord + Clone> Interned<T> {
    fn place(&mut self, thing: T) -> Option<u16> {
        let next = u16::try_from(self.list.len()).ok()?;
        let place = *self.places.entry(thing.clone()).or_insert(next);
        if place == next {
            self.list.push(thing);
        }
        Some(place)
    }
}
