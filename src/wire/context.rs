//! What a placement asks a host about, so that the host can encode a context by itself: places of values, and the names
//! and numbers of what conditions compare with.

use alloc::vec::Vec;

use super::codec::{ToWire, write_list};
use super::columns::attribute_code;
use crate::catalog::rules::AttributeIx;
use crate::catalog::{Attribute, Catalog, PlacementIx, Text};
use crate::index::Index;

/// Returns what a placement asks about, without what the clock answers; compiles its conditions where that was not done
/// yet. For each attribute: the place of its value, whether it is asked for before the search begins, the place where it
/// stands that it was told (its own where that is before the search begins), its code, what it is about (a category, a
/// product, the name of a declared attribute), its member, its kind, and the texts whose places are its values.
pub fn questions(catalog: &Catalog, index: &Index, placement: PlacementIx) -> Vec<u8> {
    let mut bytes = Vec::new();
    let asked = index.block(catalog, placement).map(|block| {
        let mut asked: Vec<(AttributeIx, bool, u16)> =
            block.begins_with().map(|place| (place, true, place.0)).collect();
        for (place, told_at) in block.may_ask() {
            if asked.iter().all(|(known, ..)| *known != place) {
                asked.push((place, false, told_at));
            }
        }
        asked.retain(|(place, ..)| !attribute(catalog, *place).is_of_the_clock());
        asked
    });
    write_list(&asked.unwrap_or_default(), &mut bytes, |(place, first, told_at), out| {
        (place.0, *first, *told_at).write(out);
        write_attribute(catalog, attribute(catalog, *place), out);
    });
    bytes
}

fn attribute(catalog: &Catalog, place: AttributeIx) -> Attribute {
    // NOTE: an attribute that is nowhere is not asked about; this one the host cannot tell.
    catalog.offers.rules.attribute(place).unwrap_or(Attribute::Hour)
}

fn write_attribute(catalog: &Catalog, attribute: Attribute, out: &mut Vec<u8>) {
    let (mut name, mut member, mut kind, mut values) = (Text::default(), Text::default(), 0, Vec::new());
    match attribute {
        Attribute::StoreAt => values = catalog.stores.iter().map(|store| store.id).collect(),
        Attribute::Own(own) | Attribute::OwnMember(own, _) => {
            let own = catalog.attribute(own);
            name = own.map_or(name, |own| own.name);
            kind = own.map_or(0, |own| own.kind as u8);
            let known = own.map(|own| own.values.as_slice()).unwrap_or_default();
            match attribute {
                Attribute::OwnMember(_, place) => member = known.get(usize::from(place)).copied().unwrap_or(member),
                _ => values = known.to_vec(),
            }
        }
        Attribute::BasketProduct(product) | Attribute::Wanted(product) => {
            member = catalog.product(product).map_or(member, |product| product.id);
        }
        Attribute::IntentIn(category)
        | Attribute::DueIn(category)
        | Attribute::BasketCategory(category)
        | Attribute::BoughtCount(category)
        | Attribute::BoughtSince(category)
        | Attribute::MemoryIn(category) => {
            member = catalog.category(category).map_or(member, |category| category.id);
        }
        _ => {}
    }
    let (code, _) = attribute_code(attribute);
    (code, catalog.text(name), catalog.text(member), kind).write(out);
    write_list(&values, out, |value, out| catalog.text(*value).write(out));
}
