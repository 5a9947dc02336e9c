//! Purchase histories of real households, in the categories of a catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use tactful::catalog::Catalog;
use tactful::product::CategoryIx;
use tactful::simulate::history::{History, Mapping};
use tactful::value::Key;

use crate::failure::Failure;
use crate::predict::find;
use crate::table;

#[derive(Deserialize)]
struct Purchase {
    household: u32,
    day: u16,
    product: u32,
}

#[derive(Deserialize)]
struct Product {
    product: u32,
    category: String,
}

/// What every household bought on each day, by the place of the name of a category.
type Bought = BTreeMap<u32, BTreeMap<u16, BTreeSet<usize>>>;

/// Reads the households of a folder. A category is taken for the catalog's of that name; what the catalog has no name for,
/// for the one of the same rank of popularity among those that got none.
pub fn read(folder: &Path, catalog: &Catalog) -> Result<(Vec<History>, Mapping), Failure> {
    let [purchases, products] =
        find(folder, "households", ["next_need/purchases.csv.gz", "next_need/products.csv.gz"])?;
    let (mut names, mut of_product) = (Vec::new(), BTreeMap::new());
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    table::rows(&products, "products", |row: Product| {
        let place = *places.entry(row.category.clone()).or_insert_with(|| {
            names.push(row.category);
            names.len() - 1
        });
        of_product.insert(row.product, place);
    })?;
    let mut bought = Bought::new();
    table::rows(&purchases, "purchases", |row: Purchase| {
        let Some(place) = of_product.get(&row.product).filter(|_| row.day < History::DAYS) else { return };
        bought.entry(row.household).or_default().entry(row.day).or_default().insert(*place);
    })?;
    let (taken, mapping) = map(catalog, &names, &bought);
    let categories = |places: BTreeSet<usize>| {
        let known: BTreeSet<CategoryIx> = places.iter().filter_map(|place| taken.get(place).copied()).collect();
        known.into_iter().collect::<Vec<_>>()
    };
    let history = |days: BTreeMap<u16, BTreeSet<usize>>| {
        let days = days.into_iter().map(|(day, places)| (day, categories(places)));
        History(days.filter(|(_, known)| !known.is_empty()).collect())
    };
    let histories = bought.into_values().map(history).filter(|history| !history.0.is_empty());
    Ok((histories.collect(), mapping))
}

fn map(catalog: &Catalog, names: &[String], bought: &Bought) -> (BTreeMap<usize, CategoryIx>, Mapping) {
    let named =
        names.iter().enumerate().filter_map(|(place, name)| Some((place, catalog.category_by_key(Key::of(name))?)));
    let mut taken: BTreeMap<usize, CategoryIx> = named.collect();
    let by_name = taken.len();
    let mut days = vec![0_usize; names.len()];
    for place in bought.values().flat_map(BTreeMap::values).flatten() {
        days.get_mut(*place).into_iter().for_each(|count| *count += 1);
    }
    let mut others: Vec<usize> = (0..names.len()).filter(|place| !taken.contains_key(place)).collect();
    others.sort_by_key(|place| std::cmp::Reverse(days.get(*place).copied().unwrap_or(0)));
    let has_name: BTreeSet<CategoryIx> = taken.values().copied().collect();
    let kinds = (0..).map(CategoryIx).zip(&catalog.categories);
    // Where the catalog has no statistics, what lasts shortest is bought most.
    let popularity = |place| u32::from(catalog.need.usual(place).share);
    let mut free: Vec<_> = kinds
        .filter(|(place, _)| !has_name.contains(place))
        .map(|(place, kind)| (std::cmp::Reverse(popularity(place)), kind.interval, place))
        .collect();
    free.sort_unstable();
    taken.extend(others.iter().copied().zip(free.iter().map(|(.., place)| *place)));
    let by_rank = taken.len() - by_name;
    (taken, Mapping { by_name, by_rank, left_out: names.len() - by_name - by_rank })
}
