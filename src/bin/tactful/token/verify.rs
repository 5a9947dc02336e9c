//! `tactful token verify`: would a till honour it? One token, or many with doubles found.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tactful::token::keys::KeySet;
use tactful::token::signed::of_hex;
use tactful::token::verify::{Caps, Known, Reject, Till};
use tactful::token::{Campaign, Merchant, Payload, Serial, text};
use tactful::value::{Minor, Timestamp};

use super::keys::{Env, open};
use super::{payload, read};
use crate::failure::Failure;
use crate::files::{self, Lines};
use crate::help;
use crate::keyring::{clock, rfc3339};

/// Tell whether a till may honour tokens, and why not, in words that a cashier can read aloud
///
/// A line of a file is a token (the text of its QR code, or base64url) or JSON: {"token", "now_ms"?, "receipt"?}. What was accepted in
/// one line is spent in those that follow, unless they have the same receipt. With `--terms`, the file of `tactful compile --terms`, a
/// campaign has to be known, and its caps hold for `--offline`. Exit code 1 where any was refused.
#[derive(clap::Args)]
#[command(after_help = help!("tactful token verify \"CT1:…\" --keys keys/keys.json --merchant 77 --store 12"))]
pub struct Args {
    /// A token, or a file of them, one a line; `-` is standard input
    token: String,
    /// The key set (keys.json), or the folder that has it
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// The roots that the till was set up with; without it, trust.json beside the key set
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The till's shop
    #[arg(long, value_name = "N")]
    merchant: u32,
    /// The till's store, and each group that it is in
    #[arg(long, value_name = "N")]
    store: Vec<u16>,
    /// Are tokens worth money here?
    #[arg(long, value_enum, default_value_t = Env::Production)]
    env: Env,
    /// The till does not reach the ledger
    #[arg(long)]
    offline: bool,
    /// What `tactful compile --terms` wrote
    #[arg(long, value_name = "FILE")]
    terms: Option<PathBuf>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
    /// Language of the sentences
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    language: String,
    /// Print one line of JSON for each
    #[arg(long)]
    json: bool,
}

/// A line of JSON.
#[derive(Deserialize)]
struct Line {
    token: String,
    now_ms: Option<i64>,
    receipt: Option<String>,
}

/// As much of the terms as a till needs.
#[derive(Deserialize)]
struct Terms {
    coupons: Vec<Coupon>,
}

#[derive(Deserialize)]
struct Coupon {
    campaign: String,
    budget: Budget,
}

#[derive(Deserialize)]
struct Budget {
    offline: Option<Offline>,
}

#[derive(Deserialize)]
struct Offline {
    per_till: u32,
    value_per_day: Option<u64>,
}

/// Each serial that was accepted, with its line and receipt.
type Spent = BTreeMap<Serial, (usize, Option<String>)>;

struct Desk<'a> {
    args: &'a Args,
    keys: KeySet,
    known: Option<Vec<Known>>,
    now: Timestamp,
    spent: Spent,
    refused: usize,
}

/// Tells what a till would.
pub fn verify(args: &Args) -> Result<(), Failure> {
    let keys = if args.keys.is_dir() { args.keys.join("keys.json") } else { args.keys.clone() };
    let beside = keys.with_file_name("trust.json");
    let keys = open(&keys, args.trust.as_deref().unwrap_or(&beside))?;
    let known = args.terms.as_deref().map(terms).transpose()?;
    let mut desk = Desk { args, keys, known, now: clock(args.now), spent: Spent::new(), refused: 0 };
    if args.token == "-" || Path::new(&args.token).exists() {
        desk.file(Path::new(&args.token))?;
    } else {
        desk.line(1, &args.token)?;
    }
    if desk.refused > 0 { Err(Failure::Told) } else { Ok(()) }
}

fn terms(path: &Path) -> Result<Vec<Known>, Failure> {
    let json = |cause: serde_json::Error| Failure::Json { file: files::name(path), line: cause.line(), cause };
    let terms: Terms = serde_json::from_str(&files::text(path)?).map_err(json)?;
    let known = |coupon: Coupon| {
        let caps = |offline: Offline| Caps {
            count: offline.per_till,
            value: offline.value_per_day.map(Minor::new),
            counted: 0,
            given: Minor::ZERO,
        };
        let campaign = of_hex(&coupon.campaign).map(|of| Campaign(u64::from_be_bytes(of)));
        let campaign = campaign.ok_or_else(|| Failure::NoTerms { file: files::name(path) })?;
        Ok(Known { campaign, offline: coupon.budget.offline.map(caps) })
    };
    terms.coupons.into_iter().map(known).collect()
}

impl Desk<'_> {
    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let mut lines = Lines::open(path, &files::progress("checking"))?;
        let mut line = Vec::new();
        while let Some(number) = lines.next(&mut line)? {
            self.line(number, &String::from_utf8_lossy(&line))?;
        }
        Ok(())
    }

    fn line(&mut self, number: usize, text: &str) -> Result<(), Failure> {
        let line = if text.trim_start().starts_with('{') {
            let json = |cause| Failure::Json { file: "token".into(), line: number, cause };
            serde_json::from_str(text).map_err(json)?
        } else {
            Line { token: text.into(), now_ms: None, receipt: None }
        };
        let answer = self.ask(number, &line);
        self.refused += usize::from(answer.is_err());
        let told = if self.args.json {
            self.for_programs(number, &line, answer).to_string()
        } else {
            self.for_people(&line, answer)
        };
        writeln!(io::stdout(), "{told}")?;
        Ok(())
    }

    fn ask(&mut self, number: usize, line: &Line) -> Result<Payload, Reject> {
        let till = Till {
            merchant: Merchant(self.args.merchant),
            stores: &self.args.store,
            environment: self.args.env.into(),
            campaigns: self.known.as_deref(),
            paused: &[],
            newest: Timestamp::from_ms(0),
            is_online: !self.args.offline,
            worth: None,
        };
        let now = line.now_ms.map_or(self.now, Timestamp::from_ms);
        let shown = text::read(&line.token).ok_or(Reject::Damaged)?;
        let payload = tactful::token::verify::verify(&shown, &self.keys, &till, now)?;
        match self.spent.get(&payload.serial) {
            Some((_, receipt)) if receipt.is_none() || *receipt != line.receipt => return Err(Reject::Spent),
            Some(_) => return Ok(payload),
            None => self.spent.insert(payload.serial, (number, line.receipt.clone())),
        };
        let count = |known: &mut Known| known.offline.iter_mut().for_each(|caps| caps.counted += 1);
        self.known.iter_mut().flatten().filter(|known| known.campaign == payload.campaign).for_each(count);
        Ok(payload)
    }

    fn for_programs(&self, number: usize, line: &Line, answer: Result<Payload, Reject>) -> Value {
        match answer {
            Ok(payload) => json!({"line": number, "verdict": "accepted", "token": super::json(&payload)}),
            Err(why) => {
                let first = self.first(line, why);
                let sentence = why.sentence(&self.args.language);
                json!({"line": number, "verdict": "refused", "reason": why.name(), "sentence": sentence, "first_line": first})
            }
        }
    }

    fn for_people(&self, line: &Line, answer: Result<Payload, Reject>) -> String {
        match answer {
            Ok(payload) => format!("accepted: {}, until {}", payload.serial, rfc3339(payload.window.until())),
            Err(why) => {
                let first = self.first(line, why).map(|first| format!(", first in line {first}")).unwrap_or_default();
                format!("refused ({}{first}): {}", why.name(), why.sentence(&self.args.language))
            }
        }
    }

    /// The line in which a double was first accepted.
    fn first(&self, line: &Line, why: Reject) -> Option<usize> {
        let payload = || payload(&read(&line.token).ok()?).ok();
        (why == Reject::Spent).then(payload).flatten().and_then(|payload| Some(self.spent.get(&payload.serial)?.0))
    }
}
