//! What is published: packs by their hash, whom they are for, what is stopped, and where the log of all heads stands.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::envelope::Envelope;
use super::fault::{Document, Fault};
use super::form::ms;
use super::log::{Checkpoint, Tree};
use super::{Authority, Hash, LARGEST_CONTENT};
use crate::token::signed::{PrivateKey, PublicKey, Roots};
use crate::value::{Span, Timestamp};

/// Longest time for which a head is good: who keeps newer ones back gains no more than that.
pub const LONGEST_LIFE: Span = Span::days(30);

/// How far ahead of a reader's clock a head may be issued.
pub const MOST_AHEAD: Span = Span::days(1);

/// Most offers that a head stops.
pub const MOST_STOPPED: usize = 100;

/// Longest time that a page waits before it claims, ms.
pub const LONGEST_JITTER_MS: u32 = 600_000;

const MOST_PACKS: usize = 4_096;

/// Something that is fetched by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its hash.
    pub sha256: Hash,
    /// Its length.
    pub bytes: u64,
}

impl Content {
    /// Returns what these bytes are fetched by.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: Hash::of(bytes), bytes: bytes.len() as u64 }
    }

    /// Refuses bytes that are not the ones that were published.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Fault> {
        if *self == Self::of(bytes) { Ok(()) } else { Err(Fault::WrongContent(self.sha256)) }
    }
}

/// A pack, and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackOf {
    /// The region of the shop; everywhere without one.
    pub region: Option<String>,
    /// The language (BCP 47); all without one.
    pub language: Option<String>,
    /// The pack.
    #[serde(flatten)]
    pub content: Content,
}

impl PackOf {
    /// Tells whether it is the pack of all regions and languages.
    pub const fn is_whole(&self) -> bool {
        self.region.is_none() && self.language.is_none()
    }
}

/// Packs that a share of the devices takes first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Of a thousand devices, 0 to 1,000.
    pub permille: u16,
    /// Drawn anew for each staging, so that it is not always the same devices.
    pub salt: String,
    /// What they take.
    pub packs: Vec<PackOf>,
    /// Where the regions of these packs lie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Content>,
}

impl Staged {
    /// Tells whether a device is of the share: the first 4 bytes of SHA-256(device, salt), big-endian, mod 1,000.
    pub fn takes(&self, device: &[u8]) -> bool {
        let Hash([a, b, c, d, ..]) = Hash::of([device, self.salt.as_bytes()].concat());
        u32::from_be_bytes([a, b, c, d]) % 1_000 < u32::from(self.permille)
    }
}

/// How pages claim coupons while this head is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// A page waits uniformly up to so long before it claims, ms, 0 to [`LONGEST_JITTER_MS`].
    pub jitter_ms: u32,
}

/// The authority that a head goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// Its version.
    pub version: u32,
    /// The hash of its signed text.
    pub sha256: Hash,
}

/// What one head says, and what the log has of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Above that of every head before; at most the seconds since 1970 at `issued`.
    pub version: u64,
    /// Who says that the publisher may.
    pub authority: Maker,
    /// Who published it.
    pub publisher: PublicKey,
    /// When.
    #[serde(rename = "issued_ms", with = "ms")]
    pub issued: Timestamp,
    /// When it is not to be acted on any more; at most [`LONGEST_LIFE`] later.
    #[serde(rename = "expires_ms", with = "ms")]
    pub expires: Timestamp,
    /// Why, in the publisher's words.
    #[serde(default)]
    pub note: String,
    /// What devices take.
    pub packs: Vec<PackOf>,
    /// Where the regions of the packs lie: an index as `tactful compile --regions` makes it.
    #[serde(default)]
    pub regions: Option<Content>,
    /// What a share of them takes first.
    #[serde(default)]
    pub staged: Option<Staged>,
    /// Ids of offers that no card shows any more, from now on; at most [`MOST_STOPPED`].
    #[serde(default)]
    pub stopped: Vec<String>,
    /// How pages claim.
    #[serde(default)]
    pub claims: Claims,
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it says.
    pub entry: Entry,
    /// The same as it is in the log.
    pub text: String,
    /// The log of all heads, this one included.
    pub log: Checkpoint,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    entry: String,
    log: Checkpoint,
}

impl Head {
    /// Reads a head that goes by this authority, of which `known` is the last one, at `now`.
    pub fn open(
        text: &str,
        (authority, maker): (&Authority, Maker),
        known: Option<&Self>,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        let (envelope, head) = Self::parts(text)?;
        head.is_by(&envelope, authority, maker)?;
        head.is_of_now(authority, now)?;
        match known {
            Some(known) if head.text != known.text && !head.is_after(known) => {
                Err(Fault::Rollback { got: head.entry.version, known: known.entry.version })
            }
            _ => Ok(head),
        }
    }

    /// Reads what a head says, before anybody trusts it.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Ok(Self::parts(text)?.1)
    }

    /// Makes the head of an entry, appends it to the log and signs it.
    pub fn sign(entry: &Entry, log: &mut Tree, publisher: &PrivateKey) -> Result<String, Fault> {
        let unreadable = |_| Fault::Unreadable(Document::Head);
        let text = serde_json::to_string(entry).map_err(unreadable)?;
        log.push(&text);
        let signed = Signed { entry: text, log: log.checkpoint() };
        let signed = serde_json::to_string(&signed).map_err(unreadable)?;
        Envelope::write(Document::Head, signed, core::slice::from_ref(publisher))
    }

    /// Returns the packs that a device takes.
    pub fn packs(&self, device: &[u8]) -> &[PackOf] {
        let staged = self.entry.staged.as_ref().filter(|staged| staged.takes(device));
        staged.map_or(&self.entry.packs, |staged| &staged.packs)
    }

    /// Returns the pack for a region and a language: the one for just these, else for the region, else for the language, else
    /// for everybody.
    pub fn pack(&self, region: Option<&str>, language: Option<&str>, device: &[u8]) -> Option<&Content> {
        let fits = |own: &Option<String>, wanted| own.is_none() || own.as_deref() == wanted;
        let fit = |pack: &&PackOf| fits(&pack.region, region) && fits(&pack.language, language);
        let best =
            self.packs(device).iter().filter(fit).max_by_key(|pack| (pack.region.is_some(), pack.language.is_some()));
        best.map(|pack| &pack.content)
    }

    fn parts(text: &str) -> Result<(Envelope, Self), Fault> {
        let unreadable = Fault::Unreadable(Document::Head);
        let envelope = Envelope::read(Document::Head, text)?;
        let signed: Signed = serde_json::from_str(&envelope.signed).map_err(|_| unreadable.clone())?;
        let entry: Entry = serde_json::from_str(&signed.entry).map_err(|_| unreadable.clone())?;
        let head = Self { entry, text: signed.entry, log: signed.log };
        if head.entry.is_bounded() { Ok((envelope, head)) } else { Err(unreadable) }
    }

    fn is_by(&self, envelope: &Envelope, authority: &Authority, maker: Maker) -> Result<(), Fault> {
        let Entry { authority: by, publisher, issued, .. } = &self.entry;
        if *by != maker {
            return Err(Fault::OtherAuthority { got: by.version, known: maker.version });
        }
        if authority.publisher(*publisher, *issued).is_none() {
            return Err(Fault::NoPublisher { authority: maker.version, key: publisher.to_url() });
        }
        let alone = Roots { keys: [*publisher].into(), threshold: 1 };
        if envelope.is_signed_by(Document::Head, &alone) { Ok(()) } else { Err(Fault::WrongSignature) }
    }

    fn is_of_now(&self, authority: &Authority, now: Timestamp) -> Result<(), Fault> {
        let Entry { version, issued, expires, .. } = self.entry;
        let seconds = issued.ms().unsigned_abs() / 1_000;
        if now >= authority.expires {
            Err(Fault::AuthorityExpired(authority.version))
        } else if now >= expires {
            Err(Fault::Expired { expires_ms: expires.ms() })
        } else if issued > now.after(MOST_AHEAD) || version > seconds {
            Err(Fault::Early { version })
        } else if expires <= issued || expires > issued.after(LONGEST_LIFE) {
            Err(Fault::LongLived)
        } else {
            Ok(())
        }
    }

    /// The version is bound to the time, the log's size to nothing: what a thief of a key said of it ends with the authority
    /// that let them.
    fn is_after(&self, known: &Self) -> bool {
        let is_ruled_anew = self.entry.authority.version > known.entry.authority.version;
        self.entry.version > known.entry.version && (self.log.size > known.log.size || is_ruled_anew)
    }
}

impl Entry {
    fn is_bounded(&self) -> bool {
        let staged = self.staged.as_ref();
        let packs = self.packs.iter().chain(staged.map_or(&[][..], |staged| &staged.packs));
        let indexes = self.regions.iter().chain(staged.and_then(|staged| staged.regions.as_ref()));
        let mut contents = packs.map(|pack| &pack.content).chain(indexes);
        self.packs.len() <= MOST_PACKS
            && staged.is_none_or(|staged| staged.permille <= 1_000 && staged.packs.len() <= MOST_PACKS)
            && self.stopped.len() <= MOST_STOPPED
            && self.claims.jitter_ms <= LONGEST_JITTER_MS
            && contents.all(|content| content.bytes <= LARGEST_CONTENT)
    }
}
