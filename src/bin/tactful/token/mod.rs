//! `tactful token`: coupon tokens of a shop: their keys, issuing, checking, reading and exporting.

mod export;
mod issue;
mod keys;
mod show;
mod verify;

use clap::Subcommand;
use serde_json::{Value, json};
use tactful::token::{Audience, Benefit, LENGTH, Minimum, Payload, Token, text};

use crate::failure::Failure;
use crate::help;

/// Make, check and read coupon tokens: 114 bytes that a till honours once, without asking anybody
#[derive(clap::Args)]
#[command(after_help = help!(
    "tactful token keys new keys --merchant 77\n  \
     tactful token issue keys --coupon oat-milk --percent 20 > tokens.jsonl\n  \
     tactful token verify tokens.jsonl --keys keys/keys.json --merchant 77"
))]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Keys(keys::Args),
    Issue(issue::Args),
    Verify(verify::Args),
    Show(show::Args),
    Export(export::Args),
}

/// Does what is asked of tokens.
pub fn token(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Keys(args) => keys::keys(args),
        Command::Issue(args) => issue::issue(args),
        Command::Verify(args) => verify::verify(args),
        Command::Show(args) => show::show(args),
        Command::Export(args) => export::export(args),
    }
}

/// The token in a text, which may have the word of a device behind it.
fn read(shown: &str) -> Result<Token, Failure> {
    let bytes =
        text::read(shown).ok_or_else(|| Failure::NoToken("it is neither `CT1:` and base 45 nor base64url".into()))?;
    let token = bytes.get(..LENGTH).and_then(Token::of);
    token.ok_or_else(|| Failure::NoToken(format!("it has {} bytes, and a token has {LENGTH}", bytes.len())))
}

/// What a token says.
fn payload(token: &Token) -> Result<Payload, Failure> {
    Payload::parse(&token.payload).map_err(|fault| Failure::NoToken(fault.to_string()))
}

/// What a token says, for programs.
fn json(payload: &Payload) -> Value {
    let (kind, value) = match payload.benefit {
        Benefit::Terms => ("terms", 0),
        Benefit::Percent(rate) => ("percent", rate.get().into()),
        Benefit::Amount(of) => ("amount", of.units()),
    };
    let stores = match payload.audience {
        Audience::All => 0,
        Audience::Stores(group) => group.get(),
    };
    let minimum = if let Minimum::Spend(units) = payload.minimum { json!(units) } else { json!("terms") };
    json!({
        "code": payload.serial.to_string(),
        "campaign": payload.campaign.to_string(),
        "env": payload.environment.name(),
        "kid": payload.kid.to_string(),
        "merchant": payload.merchant.0,
        "stores": stores,
        "from_ms": payload.window.from().ms(),
        "until_ms": payload.window.until().ms(),
        "benefit": {"kind": kind, "value": value},
        "minimum": minimum,
        "offline": payload.offline,
        "stackable": payload.stackable,
        "holder": payload.holder.map(|holder| text::url(&holder.tag())),
    })
}
