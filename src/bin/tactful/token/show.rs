//! `tactful token show`: what a token says, in words. Whether it counts is for `tactful token verify`.

use std::io::{self, Write};

use tactful::token::{Audience, Benefit, Environment, Minimum, Payload};

use super::{json, payload, read};
use crate::failure::Failure;
use crate::help;
use crate::keyring::rfc3339;

/// Show what a token says, in words; its signature is not looked at
#[derive(clap::Args)]
#[command(after_help = help!("tactful token show \"CT1:…\""))]
pub struct Args {
    /// The text of the QR code, or base64url
    token: String,
    /// Print it as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Shows what a token says.
pub fn show(args: &Args) -> Result<(), Failure> {
    let payload = payload(&read(&args.token)?)?;
    let told = if args.json { json(&payload).to_string() } else { words(&payload) };
    writeln!(io::stdout(), "{told}")?;
    Ok(())
}

fn words(payload: &Payload) -> String {
    let worth = match payload.benefit {
        Benefit::Terms => "what the offer's terms say".into(),
        Benefit::Percent(rate) => format!("{}.{:02} % off", rate.get() / 100, rate.get() % 100),
        Benefit::Amount(of) => format!("{} minor units off", of.units()),
    };
    let minimum = match payload.minimum {
        Minimum::Spend(0) => String::new(),
        Minimum::Spend(units) => format!(", from {units} minor units on"),
        Minimum::Terms => ", with a minimum spend as in the offer's terms".into(),
    };
    let stores = match payload.audience {
        Audience::All => "in all stores".into(),
        Audience::Stores(group) => format!("in store or group {group}"),
    };
    let yes = |is: bool, yes: &'static str, no: &'static str| if is { yes } else { no };
    format!(
        "Coupon {}{}\n  worth    {worth}{minimum}\n  valid    {} to {} (without it), UTC\n  where    merchant {}, {stores}\n  \
         offline  {}\n  others   {}\n  shown by {}\n  campaign {}, signed by key {}\nThe signature was not checked; `tactful token verify` does.",
        payload.serial,
        yes(payload.environment == Environment::Test, ", a test", ""),
        rfc3339(payload.window.from()),
        rfc3339(payload.window.until()),
        payload.merchant.0,
        yes(payload.offline, "a till without a network may honour it", "no"),
        yes(payload.stackable, "may be combined", "not combined"),
        yes(payload.holder.is_some(), "one device alone", "anybody"),
        payload.campaign,
        payload.kid,
    )
}
