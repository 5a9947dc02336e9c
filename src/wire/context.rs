//! What a placement asks a host about, so that the host can encode a context by itself: places of values, and the names
//! and numbers of what conditions compare with.

use alloc::vec::Vec;

use super::codec::{to_bytes, written};
use super::columns::attribute_code;
use crate::catalog::rules::AttributeIx;
use crate::catalog::{Attribute, Catalog, OwnAttribute, PlacementIx};
use crate::index::Index;

/// What a placement asks about, without what the clock answers.
pub struct QuestionsView<'a> {
    asked: Vec<AskedView<'a>>,
}

written!(QuestionsView<'a> { asked });

/// One attribute: the place of its value, the place where it stands that it was told (its own where that is before the
/// search begins), its code, what it is about
/// (a category, a product, the name of a declared attribute), its member, and the texts whose places are its values.
struct AskedView<'a> {
    place: u16,
    first: bool,
    told_at: u16,
    code: u8,
    name: &'a str,
    member: &'a str,
    kind: u8,
    values: Vec<&'a str>,
}

written!(AskedView<'a> { place, first, told_at, code, name, member, kind, values });

impl<'a> QuestionsView<'a> {
    /// Views what `placement` asks about; compiles its conditions where that was not done yet.
    pub fn new(catalog: &'a Catalog, index: &Index, placement: PlacementIx) -> Self {
        let rules = &catalog.offers.rules;
        let Some(block) = index.block(catalog, placement) else { return Self { asked: Vec::new() } };
        let mut places: Vec<(AttributeIx, bool, u16)> =
            block.begins_with().map(|place| (place, true, place.0)).collect();
        for (place, told_at) in block.may_ask() {
            if places.iter().all(|(known, ..)| *known != place) {
                places.push((place, false, told_at));
            }
        }
        let view = |asked_at: &(AttributeIx, bool, u16)| asked(catalog, *asked_at, rules.attribute(asked_at.0)?);
        Self { asked: places.iter().filter_map(view).collect() }
    }

    /// Returns the view as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }
}

fn asked(
    catalog: &Catalog,
    (AttributeIx(place), first, told_at): (AttributeIx, bool, u16),
    attribute: Attribute,
) -> Option<AskedView<'_>> {
    if attribute.is_of_the_clock() {
        return None;
    }
    let (code, _) = attribute_code(attribute);
    let plain = AskedView { place, first, told_at, code, name: "", member: "", kind: 0, values: Vec::new() };
    let texts = |own: &OwnAttribute| own.values.iter().map(|value| catalog.text(*value)).collect();
    Some(match attribute {
        Attribute::StoreAt => {
            AskedView { values: catalog.stores.iter().map(|store| catalog.text(store.id)).collect(), ..plain }
        }
        Attribute::Own(own) => {
            let own = catalog.attribute(own)?;
            AskedView { name: catalog.text(own.name), kind: own.kind as u8, values: texts(own), ..plain }
        }
        Attribute::OwnMember(own, member) => {
            let own = catalog.attribute(own)?;
            let member = catalog.text(*own.values.get(usize::from(member))?);
            AskedView { name: catalog.text(own.name), kind: own.kind as u8, member, ..plain }
        }
        Attribute::BasketProduct(product) => AskedView { member: catalog.text(catalog.product(product)?.id), ..plain },
        Attribute::IntentIn(category)
        | Attribute::DueIn(category)
        | Attribute::BasketCategory(category)
        | Attribute::BoughtCount(category)
        | Attribute::BoughtSince(category)
        | Attribute::MemoryIn(category) => AskedView { member: catalog.text(catalog.category(category)?.id), ..plain },
        _ => plain,
    })
}
