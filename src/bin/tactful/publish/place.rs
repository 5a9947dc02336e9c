//! Where a shop publishes: an address that speaks `/v1/…`, or a folder that any static host serves under the same names.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tactful::publish::log::Checkpoint;
use tactful::publish::{Hash, LARGEST_CONTENT, LARGEST_DOCUMENT};

use crate::address::Address;
use crate::failure::Failure;
use crate::files;

/// Largest part of the log that is read at once, bytes.
const LARGEST_LOG: u64 = 64 << 20;

/// Where a shop publishes.
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// An address.
    Address(Address),
}

/// What is brought with a head.
pub struct Publication {
    /// The head, signed.
    pub head: String,
    /// The entry of the log.
    pub entry: String,
    /// Packs and region indexes.
    pub contents: Vec<Vec<u8>>,
    /// What a delta makes, what it is made from, and the delta.
    pub deltas: Vec<(Hash, Hash, Vec<u8>)>,
}

#[derive(Default, Serialize, Deserialize)]
struct Log {
    entries: Vec<String>,
}

impl Place {
    /// Names a place.
    pub fn named(name: &str) -> Self {
        Address::named(name).map_or_else(|| Self::Folder(name.into()), Self::Address)
    }

    /// Returns the head in force, as a text.
    pub fn head(&self) -> Result<Option<String>, Failure> {
        Ok(self.get("v1/head", LARGEST_DOCUMENT as u64)?.map(text))
    }

    /// Returns an authority, as a text.
    pub fn authority(&self, version: u32) -> Result<Option<String>, Failure> {
        Ok(self.get(&format!("v1/authority/{version}"), LARGEST_DOCUMENT as u64)?.map(text))
    }

    /// Returns a pack or a region index.
    pub fn content(&self, hash: Hash) -> Result<Option<Vec<u8>>, Failure> {
        self.get(&format!("v1/packs/{hash}"), LARGEST_CONTENT)
    }

    /// Returns the entries of the log from the one at `from` on (counted from 0), up to what a head says of it.
    pub fn entries(&self, from: u64, to: &Checkpoint) -> Result<Vec<String>, Failure> {
        let (mut next, mut found) = (from, Vec::new());
        while next < to.size {
            let bytes = self.get(&format!("v1/log?from={next}"), LARGEST_LOG)?.unwrap_or_default();
            let log: Log = serde_json::from_slice(&bytes).unwrap_or_default();
            // A static host does not count, and tells all.
            let told = log.entries.len() as u64;
            let before = if told >= to.size { next } else { 0 };
            let skip = usize::try_from(before).unwrap_or(usize::MAX);
            let most = usize::try_from(to.size - next).unwrap_or(usize::MAX);
            found.extend(log.entries.into_iter().skip(skip).take(most));
            if from + found.len() as u64 == next {
                break;
            }
            next = from + found.len() as u64;
        }
        Ok(found)
    }

    /// Puts the authority that comes next.
    pub fn put_authority(&self, version: u32, text: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => put(&folder.join(format!("v1/authority/{version}")), text.as_bytes()),
            Self::Address(address) => post(address, "v1/authority", text.as_bytes()),
        }
    }

    /// Publishes all of it, or nothing. `before` is the head that was in force when this one was made.
    pub fn publish(&self, publication: &Publication, before: Option<&str>) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => self.publish_into(folder, publication, before),
            Self::Address(address) => post(address, "v1/head", &publication.frames()),
        }
    }

    /// The head comes last, and names only what is there.
    fn publish_into(&self, folder: &Path, publication: &Publication, before: Option<&str>) -> Result<(), Failure> {
        let _turn = Turn::take(folder)?;
        if self.head()?.as_deref() != before {
            return Err(Failure::Meanwhile);
        }
        for bytes in &publication.contents {
            put(&folder.join(format!("v1/packs/{}", Hash::of(bytes))), bytes)?;
        }
        for (to, from, delta) in &publication.deltas {
            put(&folder.join(format!("v1/deltas/{to}/{from}")), delta)?;
        }
        let size = before.and_then(|head| Some(tactful::publish::Head::parse(head).ok()?.log.size)).unwrap_or(0);
        let log = self.get("v1/log", LARGEST_LOG)?.unwrap_or_default();
        let mut log: Log = serde_json::from_slice(&log).unwrap_or_default();
        log.entries.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        log.entries.push(publication.entry.clone());
        put(&folder.join("v1/log"), serde_json::to_string(&log).unwrap_or_default().as_bytes())?;
        put(&folder.join("v1/head"), publication.head.as_bytes())
    }

    /// Returns where something lies that readers ask for by this path.
    pub fn address(&self, path: &str) -> String {
        match self {
            Self::Folder(folder) => files::name(&folder.join(path)),
            Self::Address(address) => address.at(path),
        }
    }

    fn get(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(path.split('?').next().unwrap_or_default());
                match fs::read(&path) {
                    Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
                    read => read.map(Some).map_err(|cause| Failure::Read { file: files::name(&path), cause }),
                }
            }
            Self::Address(address) => address.get(path, most),
        }
    }
}

/// Sends what comes next; where something else came first, somebody was faster.
fn post(address: &Address, path: &str, body: &[u8]) -> Result<(), Failure> {
    address.post(path, body).map_err(|failure| match failure {
        Failure::Answered { status: 409, .. } => Failure::Meanwhile,
        other => other,
    })
}

impl Publication {
    /// Returns all of it as frames: `[kind u8][length u32, little-endian][bytes]`.
    fn frames(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let mut frame = |kind: u8, parts: &[&[u8]]| {
            let length: usize = parts.iter().map(|part| part.len()).sum();
            body.push(kind);
            body.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            parts.iter().for_each(|part| body.extend_from_slice(part));
        };
        frame(1, &[self.head.as_bytes()]);
        self.contents.iter().for_each(|bytes| frame(2, &[bytes]));
        self.deltas.iter().for_each(|(to, from, delta)| frame(3, &[&to.0, &from.0, delta]));
        body
    }
}

/// The right to publish into a folder, until it is dropped.
struct Turn(PathBuf);

impl Turn {
    fn take(folder: &Path) -> Result<Self, Failure> {
        let lock = folder.join(".publishing");
        let failed = |cause| Failure::Write { file: files::name(&lock), cause };
        fs::create_dir_all(folder).map_err(failed)?;
        match File::create_new(&lock) {
            Ok(_) => Ok(Self(lock)),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => Err(Failure::Busy(files::name(&lock))),
            Err(cause) => Err(failed(cause)),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|cause| Failure::Write { file: files::name(folder), cause })?;
    files::write(path, |file| file.write_all(bytes))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
