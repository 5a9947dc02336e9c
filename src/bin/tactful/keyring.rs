//! A folder with keys: private ones, which only their owner may read and which are never written over, and whom to trust.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tactful::token::signed::{PrivateKey, PublicKey, Roots, Trust};
use tactful::token::text;
use tactful::value::Timestamp;

use crate::failure::Failure;
use crate::files;

/// The time of the machine, where no other was named.
pub fn clock(now: Option<jiff::Timestamp>) -> Timestamp {
    Timestamp::from_ms(now.unwrap_or_else(jiff::Timestamp::now).as_millisecond())
}

/// An instant as RFC 3339, UTC.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default().to_string()
}

/// The roots that readers are set up with, as they are written.
#[derive(Serialize, Deserialize)]
struct WrittenTrust {
    version: u32,
    roots: Vec<String>,
    threshold: u8,
}

/// Reads the roots that readers are set up with.
pub fn trust(path: &Path) -> Result<Trust, Failure> {
    let no_trust = || Failure::NoTrust { file: files::name(path) };
    let known: WrittenTrust = serde_json::from_str(&files::text(path)?).map_err(|_| no_trust())?;
    let roots: Option<Vec<_>> = known.roots.iter().map(|root| PublicKey::of_url(root)).collect();
    let roots = Roots { keys: roots.ok_or_else(no_trust)?, threshold: known.threshold };
    Ok(Trust { version: known.version, roots })
}

/// Writes `trust.json` into a folder: roots of the document of that version.
pub fn write_trust(folder: &Path, version: u32, roots: &Roots) -> Result<(), Failure> {
    let names = roots.keys.iter().map(|root| root.to_url()).collect();
    let trust = json!(WrittenTrust { version, roots: names, threshold: roots.threshold });
    files::write(&folder.join("trust.json"), |file| writeln!(file, "{trust}"))
}

/// Returns the keys of these files; without any, every root-*.jwk of the folder.
pub fn roots(folder: &Path, named: &[PathBuf]) -> Result<Vec<PrivateKey>, Failure> {
    let mut files = named.to_vec();
    if files.is_empty() {
        files = private_keys(folder)?;
        files.retain(|file| is_root(file));
    }
    files.iter().map(|file| private_key(file)).collect()
}

/// Tells whether a file is named like that of a root.
pub fn is_root(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("root-"))
}

/// Returns the files of all private keys of a folder, by their names.
pub fn private_keys(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |cause| Failure::Read { file: files::name(folder), cause };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.retain(|file| file.extension().is_some_and(|extension| extension == "jwk"));
    found.sort();
    Ok(found)
}

/// A private key from a JSON Web Key (RFC 8037).
pub fn private_key(path: &Path) -> Result<PrivateKey, Failure> {
    let no_key = || Failure::NoPrivateKey { file: files::name(path) };
    let jwk: Value = serde_json::from_slice(&files::bytes(path)?).map_err(|_| no_key())?;
    let of = |name: &str| jwk.get(name).and_then(Value::as_str);
    let seed = of("d").filter(|_| of("crv") == Some("Ed25519")).and_then(text::of_url);
    let key = seed.and_then(|seed| seed.try_into().ok()).map(PrivateKey::new).ok_or_else(no_key)?;
    if of("x") == Some(&text::url(&key.public().0)) { Ok(key) } else { Err(no_key()) }
}

/// Makes a private key in a file of its own, which only its owner may read.
pub fn make_key(folder: &Path, name: impl FnOnce(PublicKey) -> String) -> Result<PrivateKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|cause| Failure::Chance(cause.to_string()))?;
    let key = PrivateKey::new(seed);
    let (x, kid) = (text::url(&key.public().0), key.public().kid().to_string());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x, "d": text::url(&seed)});
    let path = folder.join(name(key.public())).with_extension("jwk");
    write_private(&path, &format!("{jwk}\n")).map_err(|cause| Failure::Write { file: files::name(&path), cause })?;
    Ok(key)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
