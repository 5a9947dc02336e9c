//! `tactful token export`: the same claims in a standard format, for web shops that read one.
//!
//! PASETO v4.public (<https://github.com/paseto-standard/paseto-spec>, Version 4): Ed25519, too, without a choice of algorithms, and
//! with a library in every language that web shops are written in. It is another signature over other bytes, so it needs the
//! private key; tills read `CT1` alone.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};
use tactful::token::signed::PrivateKey;
use tactful::token::{DOMAIN, text};

use super::{payload, read};
use crate::failure::Failure;
use crate::help;
use crate::keyring::{private_key, rfc3339};

/// Sign the claims of a token once more, in a format that web shops read: PASETO v4.public
#[derive(clap::Args)]
#[command(after_help = help!("tactful token export --paseto \"CT1:…\" --key keys/1a2b3c4d.jwk"))]
pub struct Args {
    /// The text of the QR code, or base64url
    token: String,
    /// As PASETO v4.public
    #[arg(long, required = true)]
    paseto: bool,
    /// The private key that signed the token (.jwk)
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

const HEADER: &str = "v4.public.";

/// Signs once more. A token of another key, or changed since, is refused.
pub fn export(args: &Args) -> Result<(), Failure> {
    let (token, key) = (read(&args.token)?, private_key(&args.key)?);
    if !key.public().has_signed(DOMAIN, &token.payload, &token.signature) {
        return Err(Failure::NoToken(format!("it is not signed by the key {}", key.public().kid())));
    }
    let payload = payload(&token)?;
    let mut claims = super::json(&payload);
    if let Value::Object(claims) = &mut claims {
        // The registered claims of PASETO, instead of those that mean the same.
        for other in ["code", "campaign", "merchant", "kid", "from_ms", "until_ms"] {
            claims.shift_remove(other);
        }
        claims.insert("iss".into(), payload.merchant.0.to_string().into());
        claims.insert("sub".into(), payload.campaign.to_string().into());
        claims.insert("jti".into(), payload.serial.to_string().into());
        claims.insert("iat".into(), rfc3339(payload.window.from()).into());
        claims.insert("nbf".into(), rfc3339(payload.window.from()).into());
        claims.insert("exp".into(), rfc3339(payload.window.until()).into());
    }
    let footer = json!({"kid": payload.kid.to_string()}).to_string();
    writeln!(io::stdout(), "{}", paseto(&claims.to_string(), &footer, &key))?;
    Ok(())
}

fn paseto(message: &str, footer: &str, key: &PrivateKey) -> String {
    let authenticated = authenticated(&[HEADER, message, footer, ""]);
    let signature = key.sign(&[], &authenticated);
    format!("{HEADER}{}.{}", text::url(&[message.as_bytes(), &signature].concat()), text::url(footer.as_bytes()))
}

/// Pre-authentication encoding: the number of pieces, and each with its length before it, all lowest byte first.
fn authenticated(pieces: &[&str]) -> Vec<u8> {
    let length = |count: usize| u64::try_from(count).unwrap_or(0).to_le_bytes();
    let piece = |piece: &&str| [&length(piece.len()), piece.as_bytes()].concat();
    [length(pieces.len()).to_vec(), pieces.iter().flat_map(piece).collect()].concat()
}
