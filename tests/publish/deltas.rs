//! How little it takes from one pack to the next, and that whatever is no delta makes nothing.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tactful::publish::delta;

use super::shop::{catalog, offer, pack};

/// Checks that the delta leads where it should, and returns its length.
fn length(from: &[u8], to: &[u8]) -> usize {
    let made = delta::make(from, to);
    assert_eq!(delta::apply(from, &made, to.len()).as_deref(), Ok(to));
    made.len()
}

/// The delta from a catalog of 1,000 offers to the same with a change.
fn of_change(what: &str, change: impl Fn(&mut Value)) -> usize {
    let mut changed = catalog(1_000);
    change(&mut changed);
    static FROM: LazyLock<Vec<u8>> = LazyLock::new(|| pack(&catalog(1_000), 1));
    let to = pack(&changed, 2);
    let length = length(&FROM, &to);
    println!("{what}: {length} bytes, of a pack of {}", to.len());
    length
}

#[test]
fn a_change_in_a_catalog_of_1_000_offers_takes_at_most_2_kb() {
    let sizes = [
        of_change("a changed offer", |catalog| catalog["offers"][500] = added()),
        of_change("a changed text", |catalog| {
            catalog["offers"][500]["creative"]["en"]["text"] = json!("The lights are out.")
        }),
        of_change("a changed price", |catalog| catalog["products"][500]["price"] = json!(1.23)),
        of_change("an offer withdrawn", |catalog| {
            catalog["offers"].as_array_mut().unwrap().remove(500);
        }),
        of_change("an offer added at the end", |catalog| catalog["offers"].as_array_mut().unwrap().push(added())),
        of_change("an offer added in the middle", |catalog| {
            catalog["offers"].as_array_mut().unwrap().insert(500, added())
        }),
    ];
    assert!(sizes.iter().all(|size| *size <= 2_048), "{sizes:?}");
}

/// Offer 1,500 for a product that there is.
fn added() -> Value {
    let mut offer = offer(1_500);
    offer["scope"] = json!({"products": ["p-500"]});
    offer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_two_packs_apply(from in vec(0_u8..4, 0..600), cuts in vec((0_usize..600, 0_usize..60, vec(any::<u8>(), 0..9)), 0..9)) {
        let mut to = from.clone();
        for (at, length, new) in cuts {
            let at = at.min(to.len());
            to.splice(at..(at + length).min(to.len()), new);
        }
        length(&from, &to);
        length(&to, &from);
        length(&[], &to);
    }

    #[test]
    fn random_bytes_make_nothing_above_the_cap(from in vec(any::<u8>(), 0..300), bytes in vec(prop_oneof![0_u8..8, any::<u8>()], 0..300), most in 0_usize..400) {
        if let Ok(made) = delta::apply(&from, &bytes, most) {
            prop_assert!(made.len() <= most);
        }
    }
}
