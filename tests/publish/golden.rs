//! The same small publication for every reader: a folder as a static host serves it, which Rust and TypeScript both open.
//!
//! `UPDATE_GOLDEN=1 cargo test --features cli --test publish golden` writes it anew; read what changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tactful::publish::{Authority, Claims, Known, Publisher};
use tactful::value::Span;

use super::shop::{Shop, catalog, key, minutes, offer, pack, roots, staged, trust};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/publish/golden");

/// Three heads: one pack for everybody; then another for a share, an offer stopped, by a new authority; then that for all.
fn golden() -> (Shop, BTreeMap<String, Vec<u8>>) {
    let mut shop = Shop::new();
    let first = pack(&catalog(40), 1);
    let one = shop.store(&first, &[]);
    shop.publish(&shop.entry(1, minutes(0), &[&one]), 11);

    let without_ben: Vec<Publisher> = shop.authority.publishers.iter().take(1).cloned().collect();
    let carla = Publisher { key: key(13).public(), name: "carla".into(), ..without_ben[0].clone() };
    let publishers = [without_ben, [carla].into()].concat();
    let second = Authority { version: 2, issued: minutes(5), publishers, ..shop.authority.clone() };
    shop.rule(second, &[2, 3], &roots());

    let mut changed = catalog(41);
    changed["offers"][7]["creative"] = offer(107)["creative"].clone();
    let next = pack(&changed, 2);
    let two = shop.store(&next, &[&first]);
    let mut entry = shop.entry(2, minutes(10), &[&one]);
    entry.staged = Some(staged(100, &two));
    entry.stopped = ["offer-3".into()].into();
    entry.claims = Claims { jitter_ms: 30_000 };
    entry.note = "lights out".into();
    entry.publisher = key(13).public();
    shop.publish(&entry, 13);

    let mut entry = shop.entry(3, minutes(20), &[&two]);
    entry.note = "für alle".into();
    shop.publish(&entry, 11);

    let mut files = shop.files.clone();
    for (head, version) in shop.heads.iter().zip(1..) {
        files.insert(format!("heads/{version}"), head.clone().into_bytes());
    }
    let names: Vec<String> = trust().roots.keys.iter().map(|root| root.to_url()).collect();
    let trust = json!({"version": 1, "roots": names, "threshold": 2});
    files.insert("trust.json".into(), format!("{trust}\n").into_bytes());
    (shop, files)
}

fn on_disk(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<PathBuf> = [folder.into()].into();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

#[test]
fn the_golden_publication_is_as_it_was() {
    let (_, files) = golden();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let _ = fs::remove_dir_all(FOLDER);
        for (name, bytes) in &files {
            let path = Path::new(FOLDER).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let found = on_disk(Path::new(FOLDER));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&files));
    let differs: Vec<&String> =
        files.iter().filter(|(name, bytes)| found[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(differs.is_empty(), "{differs:?}");
}

#[test]
fn a_reader_follows_all_three_heads() {
    let (shop, _) = golden();
    let mut known = Known::new(trust());
    for (head, version) in shop.heads.iter().zip(1..) {
        assert_eq!(shop.take(&mut known, head, minutes(30)), Ok(version));
        assert_eq!(shop.take(&mut known, head, minutes(30)), Ok(version), "the same again");
    }
    assert_eq!(known.head().unwrap().log.size, 3);
    assert_eq!(known.head().unwrap().entry.expires, minutes(20).after(Span::days(7)));
    assert_eq!(known.authority().unwrap().publishers[1].name, "carla");
}
