//! `tactful token` as a user sees it: keys, issuing, verifying many with doubles found, showing.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tactful::token::Campaign;

/// A folder of one test, in which `tactful token` runs.
struct Folder(PathBuf);

const NOW: &str = "2026-11-23T08:00:00Z";

impl Folder {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("token-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn with_keys(test: &str) -> Self {
        let folder = Self::new(test);
        folder.succeeds(&["keys", "new", "keys", "--merchant", "77", "--now", NOW]);
        folder
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_tactful")).current_dir(&self.0).arg("token").args(args).output().unwrap()
    }

    fn succeeds(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    }

    fn fails(&self, args: &[&str]) -> (Option<i32>, String) {
        let ran = self.run(args);
        (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
    }

    /// What a line of JSON says of a token that is verified at this time.
    fn verdict(&self, token: &str, now: &str) -> Value {
        let args = ["verify", token, "--keys", "keys/keys.json", "--merchant", "77", "--now", now, "--json"];
        serde_json::from_slice(&self.run(&args).stdout).unwrap()
    }

    fn issue(&self, more: &[&str]) -> Value {
        let args = [&["issue", "keys", "--coupon", "oat-milk", "--percent", "20"], more].concat();
        serde_json::from_str(&self.succeeds(&args)).unwrap()
    }
}

#[test]
fn what_is_issued_is_verified_until_it_is_over_called_back_or_spent() {
    let folder = Folder::with_keys("life");
    let issued = folder.issue(&["--now", NOW]);
    let token = issued["token"].as_str().unwrap();
    for text in [token, issued["qr"].as_str().unwrap()] {
        let told = folder.verdict(text, "2026-11-23T08:00:01Z");
        assert_eq!((&told["verdict"], &told["token"]["code"]), (&json!("accepted"), &issued["code"]));
    }
    assert_eq!(folder.verdict(token, "2026-12-07T08:00:00Z")["reason"], "expired");
    folder.succeeds(&["keys", "revoke", "keys", "--coupon", "oat-milk", "--now", "2026-11-24T08:00:00Z"]);
    let refused =
        folder.run(&["verify", token, "--keys", "keys/keys.json", "--merchant", "77", "--now", "2026-11-24T08:00:01Z"]);
    let said = String::from_utf8(refused.stdout).unwrap();
    assert_eq!((refused.status.code(), said.as_str()), (Some(1), "refused (paused): This offer has ended.\n"));
}

#[test]
fn a_stolen_key_is_replaced_and_what_it_signed_refused() {
    let folder = Folder::with_keys("stolen");
    let issued = folder.issue(&["--now", NOW]);
    let token = issued["token"].as_str().unwrap();
    let kid = folder.verdict(token, NOW)["token"]["kid"].as_str().unwrap().to_owned();
    folder.succeeds(&["keys", "revoke", "keys", "--kid", &kid, "--now", NOW]);
    assert_eq!(folder.verdict(token, NOW)["reason"], "revoked_key");
    let next = folder.issue(&["--now", NOW]);
    assert_eq!(folder.verdict(next["token"].as_str().unwrap(), NOW)["verdict"], "accepted");
    let (code, said) = folder.fails(&["keys", "revoke", "keys", "--kid", "00000000"]);
    assert_eq!((code, said.as_str()), (Some(1), "error: there is no key `00000000`\n"));
}

#[test]
fn keys_rotate_ahead_of_need_and_leave_when_their_tokens_are_over() {
    let folder = Folder::with_keys("rotate");
    let epochs = || {
        let text = fs::read_to_string(folder.0.join("keys/keys.json")).unwrap();
        let envelope: Value = serde_json::from_str(&text).unwrap();
        let set: Value = serde_json::from_str(envelope["signed"].as_str().unwrap()).unwrap();
        let keys = set["keys"].as_array().unwrap().iter().map(|key| key["epoch"].as_u64().unwrap()).collect::<Vec<_>>();
        (set["version"].as_u64().unwrap(), keys)
    };
    assert_eq!(epochs(), (1, vec![0, 1, 2]));
    folder.succeeds(&["keys", "rotate", "keys", "--now", "2026-11-30T08:00:00Z"]);
    assert_eq!(epochs(), (2, vec![0, 1, 2, 3]));
    folder.succeeds(&["keys", "rotate", "keys", "--now", "2027-02-15T08:00:00Z"]);
    assert_eq!(epochs(), (3, vec![12, 13, 14]));
    let issued = folder.issue(&["--now", "2027-02-16T08:00:00Z"]);
    assert_eq!(folder.verdict(issued["token"].as_str().unwrap(), "2027-02-16T09:00:00Z")["verdict"], "accepted");
}

#[test]
fn doubles_are_found_and_told_with_their_first_line() {
    let folder = Folder::with_keys("doubles");
    let [one, two] = ["1", "2"].map(|seed| folder.issue(&["--now", NOW, "--seed", seed])["token"].clone());
    let line = |token: &Value, receipt: &str| json!({"token": token, "receipt": receipt}).to_string();
    let lines = [line(&one, "a"), line(&two, "b"), line(&one, "c"), line(&two, "b"), "no token".into()];
    fs::write(folder.0.join("day.jsonl"), lines.join("\n")).unwrap();
    let args = ["verify", "day.jsonl", "--keys", "keys/keys.json", "--merchant", "77", "--now", NOW, "--json"];
    let ran = folder.run(&args);
    let told = String::from_utf8(ran.stdout).unwrap();
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let verdicts: Vec<&str> = told.iter().map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["accepted", "accepted", "refused", "accepted", "refused"]);
    assert_eq!(
        (&told[2]["reason"], &told[2]["first_line"], &told[4]["reason"]),
        (&json!("spent"), &json!(1), &json!("damaged"))
    );
    assert_eq!(ran.status.code(), Some(1));
}

#[test]
fn the_terms_say_which_campaigns_there_are_and_how_many_may_be_taken_offline() {
    let folder = Folder::with_keys("terms");
    let issued: Vec<Value> = ["1", "2"].map(|seed| folder.issue(&["--now", NOW, "--seed", seed, "--offline"])).into();
    let lines: Vec<&str> = issued.iter().map(|issued| issued["token"].as_str().unwrap()).collect();
    fs::write(folder.0.join("day.txt"), lines.join("\n")).unwrap();
    let reasons = |campaign: Campaign, more: &[&str]| -> Vec<String> {
        let offline = json!({"per_till": 1});
        let terms = json!({"coupons": [{"campaign": campaign.to_string(), "budget": {"offline": offline}}]});
        fs::write(folder.0.join("terms.json"), terms.to_string()).unwrap();
        let args = [
            "verify",
            "day.txt",
            "--keys",
            "keys/keys.json",
            "--merchant",
            "77",
            "--now",
            NOW,
            "--terms",
            "terms.json",
        ];
        let told = String::from_utf8(folder.run(&[&args, more].concat()).stdout).unwrap();
        told.lines().map(|line| line.split([':', ')']).next().unwrap().to_owned()).collect()
    };
    assert_eq!(reasons(Campaign::of("oat-milk"), &["--offline"]), ["accepted", "refused (offline_limit"]);
    assert_eq!(reasons(Campaign::of("oat-milk"), &[]), ["accepted", "accepted"]);
    assert_eq!(reasons(Campaign::of("bread"), &[]), ["refused (unknown_campaign", "refused (unknown_campaign"]);
}

#[cfg(unix)]
#[test]
fn private_keys_are_their_owners_and_never_written_over() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with_keys("private");
    let files: Vec<_> = fs::read_dir(folder.0.join("keys")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let private: Vec<_> = files.iter().filter(|file| file.extension().is_some_and(|end| end == "jwk")).collect();
    assert_eq!(private.len(), 4);
    for file in private {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, _) = folder.fails(&["keys", "new", "keys", "--merchant", "77"]);
    assert_eq!(code, Some(3));
    let roots = ["keys", "new", "more", "--merchant", "77", "--roots", "2", "--threshold", "3"];
    assert_eq!(folder.fails(&roots).0, Some(2));
}

#[test]
fn two_of_three_roots_sign_and_one_does_not() {
    let folder = Folder::new("roots");
    folder.succeeds(&["keys", "new", "keys", "--merchant", "77", "--roots", "3", "--threshold", "2", "--now", NOW]);
    folder.succeeds(&[
        "keys",
        "rotate",
        "keys",
        "--root",
        "keys/root-1.jwk",
        "--root",
        "keys/root-3.jwk",
        "--now",
        NOW,
    ]);
    let (code, said) = folder.fails(&["keys", "rotate", "keys", "--root", "keys/root-1.jwk", "--now", NOW]);
    assert_eq!((code, said.contains("not signed by enough")), (Some(1), true), "{said}");
}

#[test]
fn show_says_in_words_what_a_token_says() {
    let folder = Folder::with_keys("show");
    let issued = folder.issue(&["--now", NOW, "--store", "12", "--minimum", "500", "--offline", "--seed", "1"]);
    let told = folder.succeeds(&["show", issued["qr"].as_str().unwrap()]);
    for part in
        ["20.00 % off, from 500 minor units on", "2026-11-23T08:00:00Z to 2026-12-07T08:00:00Z", "store or group 12"]
    {
        assert!(told.contains(part), "{told}");
    }
    let (code, said) = folder.fails(&["show", "CT1:BB8"]);
    assert_eq!((code, said.as_str()), (Some(1), "error: this is no token: it has 2 bytes, and a token has 114\n"));
}

#[test]
fn a_tag_may_begin_with_a_hyphen_as_one_in_64_does() {
    let folder = Folder::with_keys("hyphen");
    let issued = folder.issue(&["--now", NOW, "--holder", "-aaaaaaaaaA"]);
    let told = folder.verdict(issued["token"].as_str().unwrap(), NOW);
    assert_eq!(told["reason"], "no_device");
    let (code, said) =
        folder.fails(&["issue", "keys", "--coupon", "oat-milk", "--percent", "20", "--holder", "-short"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("a tag is the base64url of 8 bytes"), "{said}");
}
