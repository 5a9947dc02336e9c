//! A publisher at work: what is published now, as far as it is signed and logged, and what comes next.

use std::path::{Path, PathBuf};

use tactful::author::Horizon;
use tactful::publish::log::Tree;
use tactful::publish::{Content, Entry, Fault, Hash, Head, Known, PackOf, delta};
use tactful::token::signed::PrivateKey;
use tactful::value::{Span, Timestamp};
use tactful::wire::pack;

use super::place::{Place, Publication};
use crate::check;
use crate::failure::Failure;
use crate::files;
use crate::keyring;

/// Of so many heads before there are deltas.
const DELTAS_FROM: usize = 4;
/// Room for clocks of readers that are slow, when a version has to go ahead of what a thief may have published.
const SLOW_CLOCKS: Span = Span::minutes(5);

/// Where to publish, with whose key, and when.
#[derive(clap::Args)]
pub struct At {
    /// Where: an address (https://…), or a folder that a static host serves
    #[arg(long, value_name = "URL|FOLDER")]
    pub to: String,
    /// The folder of `tactful authority`, with a publisher's private key
    #[arg(long, value_name = "DIR")]
    pub keys: PathBuf,
    /// Who publishes; needed where the folder has keys of several publishers
    #[arg(long, value_name = "NAME")]
    pub publisher: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "", allow_hyphen_values = true)]
    pub note: String,
    /// Days for which readers go by it; publish again, or `tactful publish --renew`, before they are over
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub expires: u32,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// When it is (RFC 3339); without it, now
    #[arg(long, value_name = "TIME")]
    pub now: Option<jiff::Timestamp>,
    /// Print what was published as one line of JSON (addresses, hashes, bytes, notices), or each problem as one
    #[arg(long)]
    pub json: bool,
}

/// A publisher at work.
pub struct Desk<'a> {
    at: &'a At,
    place: Place,
    key: PrivateKey,
    known: Known,
    /// The head in force, as it was read.
    before: Option<String>,
    log: Tree,
    /// The entries of the last heads, the newest last.
    recent: Vec<Entry>,
    /// Authorities that the place does not have yet.
    authorities: Vec<(u32, String)>,
    /// A publisher was taken out since the head in force.
    removed: bool,
    publication: Publication,
}

impl<'a> Desk<'a> {
    /// Reads and checks what is published.
    pub fn open(at: &'a At) -> Result<Self, Failure> {
        let (place, trust) = (Place::named(&at.to), at.keys.join("trust.json"));
        if !trust.exists() {
            return Err(Failure::NoAuthority(files::name(&at.keys)));
        }
        let mut known = Known::new(keyring::trust(&trust)?);
        let before = place.head()?;
        if let Some(text) = &before {
            take(&mut known, text, keyring::clock(at.now), |version| authority(&place, &at.keys, version))?;
        }
        let publishers = |known: &Known| known.authority().map(|by| by.publishers.clone()).unwrap_or_default();
        let (then, mut authorities) = (publishers(&known), Vec::new());
        while let Some(text) = authority(&place, &at.keys, known.next().map_err(Failure::Publish)?)? {
            let version = known.take_authority(&text).map_err(Failure::Publish)?.version;
            if place.authority(version)?.is_none() {
                authorities.push((version, text));
            }
        }
        let now = publishers(&known);
        let removed = then.iter().any(|by| !now.iter().any(|still| still.key == by.key));
        let publication =
            Publication { head: String::new(), entry: String::new(), contents: Vec::new(), deltas: Vec::new() };
        let key = own_key(at)?;
        let mut desk = Self {
            at,
            place,
            key,
            known,
            before,
            log: Tree::default(),
            recent: Vec::new(),
            authorities,
            removed,
            publication,
        };
        desk.follow_log()?;
        Ok(desk)
    }

    /// Holds the log to what was seen of it last, and reads the last entries.
    fn follow_log(&mut self) -> Result<(), Failure> {
        let Some(head) = self.known.head() else { return Ok(()) };
        let (seen, to) = (seen(&self.at.keys.join(SEEN))?, head.log);
        let from = seen.size().min(to.size.saturating_sub(DELTAS_FROM as u64));
        let entries = self.place.entries(from, &to)?;
        let new = usize::try_from(seen.size() - from).unwrap_or(usize::MAX);
        self.log = seen.follow(entries.iter().skip(new).map(String::as_str), &to).map_err(Failure::Publish)?;
        self.recent = entries.iter().filter_map(|entry| serde_json::from_str(entry).ok()).collect();
        Ok(())
    }

    /// Returns what is published now.
    pub fn current(&self) -> Result<&Entry, Failure> {
        self.known.head().map(|head| &head.entry).ok_or_else(|| Failure::NothingPublished(self.at.to.clone()))
    }

    /// Returns every entry of the log.
    pub fn history(&self) -> Result<Vec<Entry>, Failure> {
        let entries = self.place.entries(0, &self.log.checkpoint())?;
        let mut whole = Tree::default();
        entries.iter().for_each(|entry| whole.push(entry));
        if whole != self.log {
            return Err(Failure::Publish(Fault::WrongLog { size: self.log.size() }));
        }
        Ok(entries.iter().filter_map(|entry| serde_json::from_str(entry).ok()).collect())
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        keyring::clock(self.at.now)
    }

    /// Returns the years around now.
    pub fn horizon(&self) -> Horizon {
        check::horizon(
            jiff::Timestamp::from_millisecond(self.now().ms())
                .ok()
                .map(|now| now.to_zoned(jiff::tz::TimeZone::UTC).date()),
        )
    }

    /// Returns the version that comes next: one more, except where a publisher was taken out. Who had that key may have gone
    /// ahead by a day, so the shop does too, and nobody's device has to be reset.
    pub fn version(&self) -> u64 {
        let next = self.known.head().map_or(1, |head| head.entry.version + 1);
        let ahead = self.now().after(Span::days(1)).before(SLOW_CLOCKS).ms().unsigned_abs() / 1_000;
        if self.removed { next.max(ahead) } else { next }
    }

    /// Adds a pack, with deltas from those that were for the same before.
    pub fn add(&mut self, region: Option<&str>, language: Option<&str>, bytes: Vec<u8>) -> Result<PackOf, Failure> {
        let content = Content::of(&bytes);
        let pack = PackOf { region: region.map(Into::into), language: language.map(Into::into), content };
        if self.publication.contents.contains(&bytes) {
            return Ok(pack);
        }
        let same = |pack: &&PackOf| pack.region.as_deref() == region && pack.language.as_deref() == language;
        let mut before: Vec<Hash> = Vec::new();
        for entry in self.recent.iter().rev().take(DELTAS_FROM) {
            let staged = entry.staged.iter().flat_map(|staged| &staged.packs);
            before.extend(entry.packs.iter().chain(staged).filter(same).map(|old| old.content.sha256));
        }
        before.sort_unstable();
        before.dedup();
        for hash in before.into_iter().filter(|hash| *hash != pack.content.sha256) {
            let Some(old) = self.place.content(hash)? else { continue };
            let delta = delta::make(&old, &bytes);
            if delta.len() < bytes.len() {
                self.publication.deltas.push((pack.content.sha256, hash, delta));
            }
        }
        self.publication.contents.push(bytes);
        Ok(pack)
    }

    /// Adds a region index.
    pub fn add_index(&mut self, bytes: Vec<u8>) -> Content {
        let content = Content::of(&bytes);
        self.publication.contents.push(bytes);
        content
    }

    /// Returns a pack or an index that was published before.
    pub fn content(&self, content: &Content, version: u64) -> Result<Vec<u8>, Failure> {
        let bytes = self.place.content(content.sha256)?.ok_or(Failure::NotKept { version })?;
        content.check(&bytes).map_err(Failure::Publish)?;
        Ok(bytes)
    }

    /// Publishes packs of before again, as content of this version: devices that have seen another since then take it.
    pub fn again(&mut self, packs: &[PackOf], version: u64) -> Result<Vec<PackOf>, Failure> {
        let stamped = |pack: &PackOf| {
            let mut bytes = self.content(&pack.content, version)?;
            let stamp = pack::stamp(&mut bytes, version);
            stamp.map_err(|fault| Failure::Pack { file: pack.content.sha256.to_string(), fault })?;
            Ok::<_, Failure>((pack.region.clone(), pack.language.clone(), bytes))
        };
        let stamped: Result<Vec<_>, _> = packs.iter().map(stamped).collect();
        stamped?
            .into_iter()
            .map(|(region, language, bytes)| self.add(region.as_deref(), language.as_deref(), bytes))
            .collect()
    }

    /// Publishes what `says` makes of an entry that has everything but the packs.
    pub fn publish(mut self, says: impl FnOnce(&mut Entry)) -> Result<Done, Failure> {
        let (version, now) = (self.version(), self.now());
        let issued = now.max(Timestamp::from_ms(i64::try_from(version).unwrap_or(i64::MAX).saturating_mul(1_000)));
        let mut entry = Entry {
            version,
            authority: self.known.maker().ok_or_else(|| Failure::NoTrust { file: files::name(&self.at.keys) })?,
            publisher: self.key.public(),
            issued,
            expires: issued.after(Span::days(self.at.expires)),
            note: self.at.note.clone(),
            packs: Vec::new(),
            regions: None,
            staged: None,
            stopped: self.known.head().map(|head| head.entry.stopped.clone()).unwrap_or_default(),
            claims: self.known.head().map(|head| head.entry.claims).unwrap_or_default(),
        };
        says(&mut entry);
        let head = Head::sign(&entry, &mut self.log, &self.key).map_err(Failure::Publish)?;
        let read = self.known.take(&head, now, |_| None).map_err(Failure::Publish)?;
        (self.publication.entry, self.publication.head) = (read.text.clone(), head);
        if !self.at.dry_run {
            for (version, text) in &self.authorities {
                self.place.put_authority(*version, text)?;
            }
            self.place.publish(&self.publication, self.before.as_deref())?;
            see(&self.at.keys.join(SEEN), &self.log)?;
        }
        Ok(Done { entry, place: self.place, publication: self.publication })
    }
}

/// What was published.
pub struct Done {
    /// What the head says.
    pub entry: Entry,
    /// Where.
    pub place: Place,
    /// What was brought with the head.
    pub publication: Publication,
}

/// What was seen of the log, in the folder of the keys.
const SEEN: &str = "seen.json";

/// Reads what was seen of a log; nothing where there is no such file.
pub fn seen(path: &Path) -> Result<Tree, Failure> {
    if !path.exists() {
        return Ok(Tree::default());
    }
    let json = |cause: serde_json::Error| Failure::Json { file: files::name(path), line: cause.line(), cause };
    serde_json::from_slice(&files::bytes(path)?).map_err(json)
}

/// Keeps what was seen of a log.
pub fn see(path: &Path, log: &Tree) -> Result<(), Failure> {
    files::write(path, |file| Ok(serde_json::to_writer(file, log)?))
}

/// Takes the head in force, also one that is over: what comes next follows it all the same.
pub fn take(
    known: &mut Known,
    text: &str,
    now: Timestamp,
    authority: impl Fn(u32) -> Result<Option<String>, Failure>,
) -> Result<(), Failure> {
    let issued = Head::parse(text).map_err(Failure::Publish)?.entry.issued;
    let fetch = |version| authority(version).unwrap_or_default();
    known.take(text, now.min(issued), fetch).map(drop).map_err(Failure::Publish)
}

/// An authority from the folder of the keys, or else from the place.
fn authority(place: &Place, keys: &Path, version: u32) -> Result<Option<String>, Failure> {
    let path = keys.join(format!("authority/{version}"));
    if path.exists() { files::text(&path).map(Some) } else { place.authority(version) }
}

/// The publisher's key.
fn own_key(at: &At) -> Result<PrivateKey, Failure> {
    if let Some(name) = &at.publisher {
        return keyring::private_key(&at.keys.join(name).with_extension("jwk"));
    }
    let mut own = keyring::private_keys(&at.keys)?;
    own.retain(|file| !keyring::is_root(file));
    match own.as_slice() {
        [one] => keyring::private_key(one),
        _ => Err(Failure::WhichPublisher { keys: files::name(&at.keys), got: own.len() }),
    }
}
