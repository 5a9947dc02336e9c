//! `tactful token issue`: tokens without a ledger, for tests and for shops that print a handful.

use std::io::{self, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;

use serde_json::json;
use tactful::token::keys::TokenKey;
use tactful::token::signed::PrivateKey;
use tactful::token::{Audience, Benefit, Campaign, Holder, Minimum, Payload, Serial, Token, Window, text};
use tactful::value::{BasisPoints, Minor, Seed, Span};

use super::keys::open;
use crate::failure::Failure;
use crate::files;
use crate::help;
use crate::keyring::{clock, private_key};

/// Sign tokens of a coupon, one line of JSON each; nothing counts them, so keep to a budget yourself
#[derive(clap::Args)]
#[command(after_help = help!("tactful token issue keys --coupon oat-milk --percent 20 --store 12 --count 10"))]
pub struct Args {
    /// The folder that `tactful token keys new` made
    folder: PathBuf,
    /// Id of the coupon's offer
    #[arg(long, value_name = "ID")]
    coupon: String,
    /// Percent off, in steps of a hundredth; without it and without an amount, as the offer's terms say
    #[arg(long, value_name = "PERCENT", conflicts_with = "amount", value_parser = percent)]
    percent: Option<BasisPoints>,
    /// Amount off, minor units
    #[arg(long, value_name = "MINOR")]
    amount: Option<u64>,
    /// Least that has to be bought, minor units
    #[arg(long, value_name = "MINOR", default_value_t = 0)]
    minimum: u64,
    /// The store, or group of stores, where they count; without it, all
    #[arg(long, value_name = "N")]
    store: Option<NonZeroU16>,
    /// Days that they are valid
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=45))]
    days: u32,
    /// A till without a network may honour them
    #[arg(long)]
    offline: bool,
    /// They may be combined with other coupons
    #[arg(long)]
    stackable: bool,
    /// Tag of the device that alone may show them (base64url of 8 bytes)
    #[arg(long, value_name = "TAG", value_parser = holder, allow_hyphen_values = true)]
    holder: Option<Holder>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,
    /// Draw the same serials again: for tests alone
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    now: Option<jiff::Timestamp>,
}

/// Signs tokens.
pub fn issue(args: &Args) -> Result<(), Failure> {
    let set = open(&args.folder.join("keys.json"), &args.folder.join("trust.json"))?;
    let now = clock(args.now);
    let signs = |key: &&TokenKey| key.not_before <= now && now < key.not_after && !set.revoked_keys.contains(&key.kid);
    let signing = set.keys.iter().find(signs).ok_or_else(|| Failure::NoCurrentKey(files::name(&args.folder)))?;
    let private = private_key(&args.folder.join(signing.kid.to_string()).with_extension("jwk"))?;
    let mut seed = args.seed.map(Seed);
    let mut output = io::BufWriter::new(io::stdout().lock());
    for _ in 0..args.count {
        let payload = args.payload(signing, now, serial(seed.as_mut())?)?;
        writeln!(output, "{}", line(&payload, &private))?;
    }
    Ok(output.flush()?)
}

fn line(payload: &Payload, private: &PrivateKey) -> serde_json::Value {
    let token = Token::sign(payload, private).bytes();
    json!({
        "token": text::url(&token),
        "qr": text::qr(&token),
        "code": payload.serial.to_string(),
        "from_ms": payload.window.from().ms(),
        "until_ms": payload.window.until().ms(),
    })
}

impl Args {
    fn payload(&self, key: &TokenKey, now: tactful::value::Timestamp, serial: Serial) -> Result<Payload, Failure> {
        let amount = self.amount.map(|of| Benefit::amount(Minor::new(of)));
        let window = Window::new(now, Span::days(self.days));
        Ok(Payload {
            environment: key.environment,
            offline: self.offline,
            stackable: self.stackable,
            kid: key.kid,
            campaign: Campaign::of(&self.coupon),
            serial,
            window: window.ok_or_else(|| Failure::NoToken("it would not be valid for 1 minute to 45 days".into()))?,
            merchant: key.merchant,
            audience: self.store.map_or(Audience::All, Audience::Stores),
            benefit: self.percent.map(Benefit::Percent).or(amount).unwrap_or(Benefit::Terms),
            minimum: Minimum::of(Minor::new(self.minimum)),
            holder: self.holder,
        })
    }
}

fn serial(seed: Option<&mut Seed>) -> Result<Serial, Failure> {
    let mut chance = [0; 9];
    match seed {
        Some(seed) => {
            let drawn = [seed.draw().to_le_bytes(), seed.draw().to_le_bytes()].concat();
            chance.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        }
        None => getrandom::fill(&mut chance).map_err(|cause| Failure::Chance(cause.to_string()))?,
    }
    Ok(Serial::new(0, chance))
}

fn percent(text: &str) -> Result<BasisPoints, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let number = |text: &str| text.parse::<u16>().ok();
    let rate = (part.len() <= 2).then(|| Some(number(whole)?.checked_mul(100)? + number(&format!("{part:0<2}"))?));
    let rate = rate.flatten().filter(|rate| *rate <= 10_000);
    rate.map(BasisPoints::new).ok_or_else(|| "a percentage is 0 to 100, with two decimals at most".into())
}

fn holder(tag: &str) -> Result<Holder, String> {
    let bytes = text::of_url(tag).and_then(|bytes| bytes.try_into().ok());
    bytes.and_then(Holder::new).ok_or_else(|| "a tag is the base64url of 8 bytes, not all 0: 11 letters".into())
}
