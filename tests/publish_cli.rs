//! `tactful authority`, `publish`, `rollback`, `stop` and `log` as a shop sees them, into a folder.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tactful::publish::{Content, Entry, Head, Known, PackOf};
use tactful::token::signed::{PublicKey, Roots, Trust};
use tactful::value::Timestamp;
use tactful::wire::pack;

const CATALOG: &str = include_str!("../examples/nordkorb/catalog.json");
const NOW: &str = "2026-11-23T08:00:00Z";

/// A folder of one test, in which `tactful` runs.
struct Shop(PathBuf);

impl Shop {
    /// Has keys of Anna and Ben, and the example as its catalog, without its bounds.
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("publish-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let shop = Self(folder);
        let new = "authority new keys --shop nordkorb --publisher anna --publisher ben --now";
        shop.succeeds(&[&words(new)[..], &[NOW]].concat());
        shop.write(|_| {});
        shop
    }

    fn write(&self, change: impl Fn(&mut Value)) {
        let mut catalog: Value = serde_json::from_str(CATALOG).unwrap();
        catalog.as_object_mut().unwrap().remove("simulation");
        change(&mut catalog);
        fs::write(self.0.join("catalog.json"), catalog.to_string()).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tactful")).current_dir(&self.0).args(args).output().unwrap()
    }

    fn succeeds(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Runs a command of Anna's at a minute after the beginning.
    fn at(&self, minute: u32, command: &str) -> Output {
        let now = format!("2026-11-23T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60);
        let by = if command.contains("--publisher") { "" } else { " --publisher anna" };
        // Who does not ask for it is spared the simulated year of two catalogs.
        let spared = command.starts_with("publish catalog") && !command.contains("--people");
        let command = if spared { format!("{command} --allow-worse") } else { command.into() };
        let command = format!("{command} --to site --keys keys{by} --now {now}");
        self.run(&words(&command))
    }

    fn done(&self, minute: u32, command: &str) -> String {
        let ran = self.at(minute, command);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    fn fails(&self, minute: u32, command: &str) -> String {
        let ran = self.at(minute, command);
        assert_eq!(ran.status.code(), Some(1), "{}", String::from_utf8_lossy(&ran.stdout));
        String::from_utf8(ran.stderr).unwrap()
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap()
    }

    /// What a reader takes, who knows the roots alone.
    fn read(&self) -> Entry {
        let trust: Value = serde_json::from_str(&self.text("keys/trust.json")).unwrap();
        let key = |root: &Value| PublicKey::of_url(root.as_str().unwrap()).unwrap();
        let keys = trust["roots"].as_array().unwrap().iter().map(key).collect();
        let mut known = Known::new(Trust { version: 1, roots: Roots { keys, threshold: 2 } });
        let head = self.text("site/v1/head");
        let issued = Head::parse(&head).unwrap().entry.issued;
        let fetch = |version| fs::read_to_string(self.0.join(format!("site/v1/authority/{version}"))).ok();
        known.take(&head, issued, fetch).unwrap().entry.clone()
    }

    /// An index of regions that was published.
    fn index(&self, content: Option<&Content>) -> Value {
        serde_json::from_str(&self.text(&format!("site/v1/packs/{}", content.unwrap().sha256))).unwrap()
    }

    /// The ids of the offers that everybody gets, and the version of their pack.
    fn offers(&self, entry: &Entry) -> (Vec<String>, u64) {
        let content = &entry.packs[0].content;
        let bytes = fs::read(self.0.join(format!("site/v1/packs/{}", content.sha256))).unwrap();
        content.check(&bytes).unwrap();
        let catalog = pack::open(bytes, Timestamp::from_ms(0), 0).unwrap();
        (catalog.offers().map(|(_, offer)| catalog.text(offer.id).into()).collect(), catalog.version)
    }
}

/// An index of this version leads to packs that there are.
fn is_whole(packs: &[PackOf], index: &Value, version: u64) -> bool {
    let rows = [&index["elsewhere"]].into_iter().chain(index["regions"].as_array().unwrap());
    let rows: Vec<(Option<&str>, String)> =
        rows.map(|row| (row["name"].as_str(), row["file"].as_str().unwrap().into())).collect();
    let is_there = |name: Option<&str>, file: &str| {
        let mut packs = packs.iter();
        packs.any(|pack| pack.region.as_deref() == name && pack.content.sha256.to_string() == file)
    };
    rows.len() > 1 && index["version"] == version && rows.iter().all(|(name, file)| is_there(*name, file))
}

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

#[test]
fn a_change_is_published_with_a_delta_and_the_log_tells_who_did_it() {
    let shop = Shop::new("change");
    let first = shop.done(0, "publish catalog.json");
    assert!(first.starts_with("site: version 1 published, until 2026-11-30T08:00:00Z"), "{first}");
    assert!(first.contains("coupons take off at most"), "{first}");
    shop.write(|catalog| catalog["offers"][0]["creative"]["en"]["title"] = json!("The lights are out"));
    let dry = shop.done(1, "publish catalog.json --dry-run");
    assert!(dry.contains("version 2 would be published"), "{dry}");
    assert_eq!(shop.read().version, 1);
    let second = shop.done(1, "publish catalog.json --publisher ben --note -lights --claim-jitter 30");
    assert!(second.contains("a delta of ") && second.contains("claims   after up to 30 s"), "{second}");
    let entry = shop.read();
    assert_eq!((entry.version, entry.claims.jitter_ms, shop.offers(&entry).1), (2, 30_000, 2));
    let log = shop.succeeds(&words("log --from site --trust keys/trust.json --now 2026-11-23T09:00:00Z"));
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].starts_with("   1  2026-11-23T08:00:00Z  anna: "), "{log}");
    assert!(lines[1].starts_with("   2  2026-11-23T08:01:00Z  ben: ") && lines[1].ends_with("(-lights)"), "{log}");
}

#[test]
fn going_back_is_a_new_version_with_old_content() {
    let shop = Shop::new("back");
    shop.done(0, "publish catalog.json");
    let whole = shop.offers(&shop.read()).0;
    shop.write(|catalog| drop(catalog["offers"].as_array_mut().unwrap().remove(1)));
    shop.done(1, "publish catalog.json");
    assert_eq!(shop.offers(&shop.read()).0.len(), whole.len() - 1);
    shop.done(2, "rollback 1");
    assert_eq!((shop.read().version, shop.offers(&shop.read())), (3, (whole, 3)));
    assert!(shop.fails(3, "rollback 9").contains("version 9 was never published"));
}

#[test]
fn a_share_goes_first_then_more_then_everybody() {
    let shop = Shop::new("stage");
    assert!(shop.fails(0, "publish --promote").contains("nothing is published at `site` yet"));
    shop.done(0, "publish catalog.json");
    assert!(shop.fails(1, "publish --promote").contains("nothing is staged now"));
    shop.write(|catalog| catalog["offers"][0]["priority"] = json!(3));
    let told = shop.done(1, "publish catalog.json --stage 10");
    assert!(told.contains("10 of 100 devices"), "{told}");
    let entry = shop.read();
    let staged = entry.staged.unwrap();
    assert_eq!((staged.permille, entry.packs[0].content == staged.packs[0].content), (100, false));
    assert!(shop.fails(2, "publish --promote --stage 5").contains("10 of 100 devices have what is staged"));
    shop.done(2, "publish --promote --stage 50");
    shop.done(3, "publish --renew");
    assert_eq!(shop.read().staged.unwrap().salt, staged.salt);
    // Another catalog is staged instead: who had the first one takes what everybody has, which is newer than that.
    shop.write(|catalog| catalog["offers"][0]["priority"] = json!(4));
    shop.done(4, "publish catalog.json --stage 1");
    assert_eq!(shop.offers(&shop.read()).1, 5);
    shop.done(5, "publish --promote");
    let entry = shop.read();
    assert_eq!((entry.version, entry.staged, shop.offers(&shop.read()).1), (6, None, 5));
}

#[test]
fn an_offer_is_stopped_at_once_and_left_out_next_time() {
    let shop = Shop::new("stop");
    shop.done(0, "publish catalog.json");
    assert!(shop.fails(1, "stop welcom-basket").contains("no offer `welcom-basket`"));
    shop.done(1, "stop welcome-basket");
    let entry = shop.read();
    assert_eq!((entry.version, &entry.stopped[..]), (2, &["welcome-basket".to_owned()][..]));
    assert_eq!(shop.offers(&entry).1, 1, "the pack is the same");
    shop.done(2, "publish catalog.json");
    let left = shop.offers(&shop.read()).0;
    assert!(!left.contains(&"welcome-basket".into()) && shop.read().stopped.len() == 1);
    shop.done(3, "stop welcome-basket --resume");
    shop.done(4, "publish catalog.json");
    assert!(shop.offers(&shop.read()).0.contains(&"welcome-basket".into()));
}

#[test]
fn a_bound_that_does_not_hold_stops_it() {
    let shop = Shop::new("bound");
    shop.write(|catalog| catalog["simulation"] = json!({"most_messages_a_week": 0.001}));
    let told = shop.fails(0, "publish catalog.json --people 3");
    assert!(
        told.contains("catalog.json:1:")
            && told.contains("/simulation/most_messages_a_week")
            && !shop.0.join("site/v1/head").exists(),
        "{told}"
    );
    shop.done(0, "publish catalog.json --skip-simulation");
    shop.write(|catalog| catalog["offers"][0]["kind"] = json!("gift"));
    assert!(shop.fails(1, "publish catalog.json").contains("1 problem found"));
    assert_eq!(shop.read().version, 1);
}

#[test]
fn people_are_not_left_worse_off_unless_the_shop_says_so() {
    let shop = Shop::new("worse");
    shop.done(0, "publish catalog.json");
    let told = shop.done(1, "publish catalog.json --people 2");
    assert!(told.contains("version 2"), "the same again is no worse: {told}");
    shop.write(|catalog| {
        catalog["cadence"]["interruption_cost"] = json!(0.9);
    });
    let told = shop.fails(2, "publish catalog.json --people 24");
    assert!(
        told.contains("people would be worse off, so nothing was published: ") && told.contains("--allow-worse"),
        "{told}"
    );
    let ran = shop.at(2, "publish catalog.json --people 24 --json");
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((ran.status.code(), &told["code"]), (Some(1), &json!("worse")));
    assert_eq!(shop.read().version, 2);
    shop.done(3, "publish catalog.json --people 24 --allow-worse");
    assert_eq!(shop.read().version, 3);
}

#[test]
fn programs_are_told_what_was_published_as_values() {
    let shop = Shop::new("json");
    let told = |ran: Output| -> Vec<Value> {
        String::from_utf8(ran.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let one = |minute, command: &str| {
        let ran = shop.at(minute, &format!("{command} --json"));
        assert!(ran.status.success(), "{ran:?}");
        let [one] = <[Value; 1]>::try_from(told(ran)).unwrap();
        one
    };
    let is_there = |sent: &Value| {
        let bytes = fs::read(shop.0.join(sent["address"].as_str().unwrap())).unwrap();
        assert_eq!(sent["bytes"], bytes.len(), "{sent}");
    };
    let dry = one(0, "publish catalog.json --dry-run");
    assert!(dry["dry_run"] == true && !shop.0.join("site/v1/head").exists(), "{dry}");
    let first = one(0, "publish catalog.json --claim-jitter 30");
    assert_eq!((&first["dry_run"], &first["entry"]), (&json!(false), &serde_json::to_value(shop.read()).unwrap()));
    is_there(&first["sent"]["head"]);
    is_there(&first["sent"]["packs"][0]);
    assert!(first["coupons"]["most"].as_u64() > Some(0) && first["overspend_a_day"].as_u64() > Some(0), "{first}");
    shop.write(|catalog| {
        for corner in catalog["stores"][0]["geometry"]["coordinates"][0].as_array_mut().unwrap() {
            corner.as_array_mut().unwrap().reverse();
        }
    });
    let second = one(1, "publish catalog.json --stage 10");
    assert_eq!((&second["entry"]["version"], &second["entry"]["staged"]["permille"]), (&json!(2), &json!(100)));
    is_there(&second["sent"]["deltas"][0]);
    assert!(second["notices"][0].as_str().unwrap().contains("GeoJSON has longitude first"), "{second}");
    assert_eq!(one(2, "stop welcome-basket")["entry"]["stopped"], json!(["welcome-basket"]));
    assert_eq!(one(3, "rollback 1")["entry"]["packs"][0]["bytes"], first["entry"]["packs"][0]["bytes"]);

    let fails = |minute, command: &str| {
        let ran = shop.at(minute, &format!("{command} --json"));
        assert_eq!(ran.status.code(), Some(1), "{command}");
        told(ran)
            .iter()
            .map(|one| [&one["code"], &one["path"]].map(|of| of.as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    let nobody = shop.run(&words("publish catalog.json --to site --keys nowhere --json"));
    assert_eq!((nobody.status.code(), &told(nobody)[0]["code"]), (Some(3), &json!("no-authority")));
    let whole = |code: &str| vec![[code.to_owned(), String::new()]];
    assert_eq!(fails(4, "rollback 9"), whole("unknown-version"));
    assert_eq!(fails(4, "stop neither nor"), whole("unknown-offer"));
    let misspelt = told(shop.at(4, "stop welcom-basket nor --json"))[0]["message"].clone();
    assert_eq!(misspelt, "the pack has no offer `welcom-basket`, `nor`; did you mean `welcome-basket`?");
    assert_eq!(fails(4, "stop birthday-cake --resume"), whole("not-stopped"));
    shop.write(|catalog| catalog["simulation"] = json!({"most_messages_a_week": 0.001, "least_useful_share": 1}));
    let bounds =
        ["most_messages_a_week", "least_useful_share"].map(|name| ["bounds".into(), format!("/simulation/{name}")]);
    assert_eq!(fails(4, "publish catalog.json --people 3"), bounds);
}

#[test]
fn a_thief_is_taken_out_and_the_shop_goes_on_above_them() {
    let shop = Shop::new("thief");
    shop.done(0, "publish catalog.json");
    shop.succeeds(&words("authority remove keys ben --now 2026-11-23T08:01:00Z"));
    assert!(shop.fails(2, "publish --renew --publisher ben").contains("lets nobody with the key"));
    assert_eq!(shop.read().version, 1);
    shop.done(2, "publish --renew");
    let entry = shop.read();
    let ahead = 86_400 - 300;
    assert_eq!((entry.authority.version, entry.version), (2, 1_795_420_920 + ahead));
    shop.done(3, "publish --renew");
    assert_eq!(shop.read().version, entry.version + 1);
}

#[test]
fn roots_are_replaced_one_by_one_and_one_alone_signs_nothing() {
    let shop = Shop::new("roots");
    shop.succeeds(&words("authority rotate keys --replace root-2 --now 2026-11-23T08:01:00Z"));
    fs::remove_file(shop.0.join("keys/root-2.jwk")).unwrap();
    shop.succeeds(&words("authority add keys carla --now 2026-11-23T08:02:00Z"));
    shop.done(3, "publish catalog.json --publisher carla");
    assert_eq!(shop.read().authority.version, 3);
    let alone = shop.run(&words("authority rotate keys --root keys/root-1.jwk"));
    let told = String::from_utf8(alone.stderr).unwrap();
    assert!(told.contains("not signed by enough of the roots"), "{told}");
    assert!(!shop.0.join("keys/authority/4").exists());
}

#[test]
fn a_public_key_may_begin_with_a_hyphen_as_one_in_64_does() {
    let shop = Shop::new("hyphen");
    let key = PublicKey([0xf8; 32]).to_url();
    assert!(key.starts_with('-'));
    shop.succeeds(&["authority", "add", "keys", "carla", "--key", &key, "--now", "2026-11-23T08:01:00Z"]);
    shop.succeeds(&["authority", "remove", "keys", &key, "--now", "2026-11-23T08:02:00Z"]);
    let told = shop.run(&["authority", "add", "keys", "carla", "--key", key.trim_start_matches('-')]);
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&told.stderr).contains("the base64url of 32 bytes"), "{told:?}");
}

#[test]
fn a_log_that_was_changed_is_noticed() {
    let shop = Shop::new("log");
    shop.done(0, "publish catalog.json");
    shop.done(1, "publish --renew");
    let log = words("log --from site --trust keys/trust.json --now 2026-11-23T09:00:00Z");
    shop.succeeds(&log);
    let path = shop.0.join("site/v1/log");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("\\\"version\\\":1,", "\\\"version\\\":0,", 1)).unwrap();
    let told = String::from_utf8(shop.run(&log).stderr).unwrap();
    assert!(told.contains("entries were changed, left out or added"), "{told}");
    fs::write(&path, text).unwrap();
    // The site is put back to what it was before.
    let head = shop.0.join("site/v1/head");
    let newer = fs::read(&head).unwrap();
    shop.done(2, "publish --renew");
    shop.succeeds(&log);
    fs::write(&head, newer).unwrap();
    let told = String::from_utf8(shop.run(&log).stderr).unwrap();
    assert!(told.contains("entries were changed, left out or added"), "{told}");
    assert!(shop.fails(3, "publish --renew").contains("entries were changed, left out or added"));
}

#[test]
fn of_two_at_once_one_is_refused_and_told_what_to_do() {
    let shop = Shop::new("two");
    shop.done(0, "publish catalog.json");
    fs::write(shop.0.join("site/.publishing"), "").unwrap();
    let told = shop.fails(1, "publish --renew");
    assert!(told.contains("remove `site/.publishing` and run this again"), "{told}");
    fs::remove_file(shop.0.join("site/.publishing")).unwrap();
    shop.done(1, "publish --renew");
}

#[test]
fn packs_for_languages_are_smaller_and_have_their_own_words() {
    let shop = Shop::new("languages");
    shop.done(0, "publish catalog.json --languages");
    let entry = shop.read();
    let sizes: Vec<(Option<&str>, u64)> =
        entry.packs.iter().map(|pack| (pack.language.as_deref(), pack.content.bytes)).collect();
    assert_eq!(sizes.iter().map(|(language, _)| *language).collect::<Vec<_>>(), [None, Some("en"), Some("de")]);
    assert!(sizes[1..].iter().all(|(_, bytes)| bytes * 100 < sizes[0].1 * 80), "{sizes:?}");
}

#[test]
fn regions_and_languages_together_are_a_pack_for_each_of_both() {
    let shop = Shop::new("both");
    let both = "publish catalog.json --regions --region-stores 2 --languages";
    shop.done(0, both);
    let first = shop.read();
    assert!(is_whole(&first.packs, &shop.index(first.regions.as_ref()), 1), "{first:?}");
    let bytes = |region: Option<&str>, language: Option<&str>| {
        let is_for = |pack: &&PackOf| pack.region.as_deref() == region && pack.language.as_deref() == language;
        let mut found = first.packs.iter().filter(is_for);
        (found.next().map(|pack| pack.content.bytes), found.count())
    };
    let regions: BTreeSet<Option<&str>> = first.packs.iter().map(|pack| pack.region.as_deref()).collect();
    assert_eq!(first.packs.len(), regions.len() * 3, "each region once in each language, and once in all of them");
    for region in regions {
        let (all, _) = bytes(region, None);
        for language in ["en", "de"] {
            let (own, more) = bytes(region, Some(language));
            assert!(more == 0 && own.unwrap() * 100 < all.unwrap() * 80, "{region:?} {language}: {own:?} of {all:?}");
        }
    }
    // A share takes other packs and has the index of those; the others keep theirs.
    shop.write(|catalog| drop(catalog["stores"].as_array_mut().unwrap().pop()));
    shop.done(1, &format!("{both} --stage 10"));
    let staged = shop.read();
    let share = staged.staged.as_ref().unwrap();
    assert_eq!((&staged.packs, &staged.regions), (&first.packs, &first.regions));
    assert!(is_whole(&share.packs, &shop.index(share.regions.as_ref()), 2), "{staged:?}");
    // Another share instead: all others take what they had, as something newer, with an index that says so.
    shop.write(|catalog| catalog["offers"][0]["priority"] = json!(3));
    shop.done(2, &format!("{both} --stage 20"));
    let next = shop.read();
    assert!(is_whole(&next.packs, &shop.index(next.regions.as_ref()), 3), "{next:?}");
    shop.done(3, "publish --promote");
    let all = shop.read();
    let share = next.staged.unwrap();
    assert_eq!((all.packs, &all.regions, all.staged), (share.packs, &share.regions, None));
    shop.done(4, "rollback 1");
    let back = shop.read();
    assert!(is_whole(&back.packs, &shop.index(back.regions.as_ref()), 5), "{back:?}");
    let sizes = |packs: &[PackOf]| packs.iter().map(|pack| pack.content.bytes).collect::<Vec<_>>();
    assert_eq!(sizes(&back.packs), sizes(&first.packs));
}

#[cfg(unix)]
#[test]
fn private_keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::new("private");
    let files = fs::read_dir(shop.0.join("keys")).unwrap().map(|entry| entry.unwrap().path());
    let private: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "jwk")).collect();
    assert_eq!(private.len(), 5);
    assert!(private.iter().all(|file| fs::metadata(file).unwrap().permissions().mode() & 0o777 == 0o600));
    let odd = shop.run(&words("authority add keys root-9"));
    assert!(String::from_utf8(odd.stderr).unwrap().contains("cannot be a publisher's name"));
}

#[test]
fn regions_are_published_with_their_index_and_go_back_with_it() {
    let shop = Shop::new("regions");
    shop.done(0, "publish catalog.json --regions --region-stores 2");
    let first = shop.read();
    assert!(is_whole(&first.packs, &shop.index(first.regions.as_ref()), 1), "{first:?}");
    shop.write(|catalog| catalog["offers"][0]["priority"] = json!(3));
    let told = shop.done(1, "publish catalog.json --regions --region-stores 2");
    assert!(told.contains("2 deltas of "), "{told}");
    shop.done(2, "rollback 1");
    let back = shop.read();
    assert!(is_whole(&back.packs, &shop.index(back.regions.as_ref()), 3), "{back:?}");
    assert_eq!(back.packs.len(), first.packs.len());
}

mod http {
    //! An address that answers from a folder, and takes what is posted apart.

    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What was posted: the path and the body.
    pub type Posted = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

    /// Serves until the test ends; whatever is posted is answered with this status.
    pub fn serve(folder: PathBuf, status: &'static str) -> (String, Posted) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, posted) = (format!("http://{}", listener.local_addr().unwrap()), Posted::default());
        let kept = posted.clone();
        std::thread::spawn(move || {
            listener.incoming().for_each(|stream| answer(&stream.unwrap(), &folder, status, &kept))
        });
        (address, posted)
    }

    fn answer(mut stream: &TcpStream, folder: &Path, status: &str, posted: &Posted) {
        let mut input = BufReader::new(stream);
        let (mut first, mut length) = (String::new(), 0);
        input.read_line(&mut first).unwrap();
        loop {
            let mut line = String::new();
            input.read_line(&mut line).unwrap();
            if let Some(bytes) = line.to_lowercase().strip_prefix("content-length:") {
                length = bytes.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body).unwrap();
        let path = first.split([' ', '?']).nth(1).unwrap().trim_start_matches('/');
        let (status, body) = if first.starts_with("POST") {
            posted.lock().unwrap().push((path.into(), body));
            (status, br#"{"code":"missing-pack","issues":[{"message":"a pack was not sent"}]}"#.to_vec())
        } else {
            fs::read(folder.join(path)).map_or(("404 Not Found", Vec::new()), |bytes| ("200 OK", bytes))
        };
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
    }

    /// Frames: what kind, and the bytes.
    pub fn frames(mut body: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut found = Vec::new();
        while let Some((kind, rest)) = body.split_first() {
            let (length, rest) = rest.split_first_chunk().unwrap();
            let (bytes, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
            found.push((*kind, bytes.into()));
            body = rest;
        }
        found
    }
}

#[test]
fn an_address_is_sent_the_authorities_and_one_body_of_frames() {
    let shop = Shop::new("address");
    let (address, posted) = http::serve(shop.0.join("site"), "201 Created");
    let to = |minute: &str, address: &str| {
        let command = format!(
            "publish catalog.json --to {address} --keys keys --publisher anna --now 2026-11-23T08:{minute}:00Z"
        );
        shop.run(&words(&command))
    };
    assert!(to("00", &address).status.success());
    let first = posted.lock().unwrap().clone();
    assert_eq!(first.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["v1/authority", "v1/head"]);
    let kinds = |body: &[u8]| http::frames(body).iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
    assert_eq!(kinds(&first[1].1), [1, 2]);
    // As the folder has it, so that there is something to follow.
    fs::remove_file(shop.0.join("keys/seen.json")).unwrap();
    shop.done(0, "publish catalog.json");
    shop.write(|catalog| catalog["offers"][0]["priority"] = json!(3));
    assert!(to("01", &address).status.success());
    let second = posted.lock().unwrap()[2].clone();
    assert_eq!(kinds(&second.1), [1, 2, 3]);
    let [head, pack, delta] = http::frames(&second.1).try_into().unwrap();
    let entry = Head::parse(&String::from_utf8(head.1).unwrap()).unwrap().entry;
    assert_eq!((entry.version, entry.packs[0].content.check(&pack.1)), (2, Ok(())));
    let (to_hash, rest) = delta.1.split_at(32);
    let (from, delta) = rest.split_at(32);
    assert_eq!((to_hash, from == shop.read().packs[0].content.sha256.0), (&entry.packs[0].content.sha256.0[..], true));
    let before = fs::read(shop.0.join(format!("site/v1/packs/{}", shop.read().packs[0].content.sha256))).unwrap();
    assert_eq!(tactful::publish::delta::apply(&before, delta, pack.1.len()), Ok(pack.1));
}

#[test]
fn an_address_that_refuses_is_told_with_its_reason() {
    let shop = Shop::new("refused");
    let told = |status: &'static str| {
        let (address, _) = http::serve(shop.0.join("site"), status);
        let ran =
            shop.run(&words(&format!("publish catalog.json --to {address} --keys keys --publisher anna --now {NOW}")));
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    };
    let (code, said) = told("409 Conflict");
    assert_eq!((code, said.contains("somebody else published meanwhile")), (Some(1), true), "{said}");
    let (code, said) = told("422 Unprocessable Content");
    assert_eq!((code, said.contains("answered 422: a pack was not sent")), (Some(3), true), "{said}");
    let ran = shop.run(&words("publish catalog.json --to http://127.0.0.1:9 --keys keys --publisher anna"));
    assert!(String::from_utf8(ran.stderr).unwrap().contains("cannot reach `http://127.0.0.1:9`"));
    assert!(!shop.0.join("keys/seen.json").exists());
}
