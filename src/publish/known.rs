//! What a reader knows, and how it learns of more: nothing that is refused changes it.

use alloc::string::String;

use super::fault::Document;
use super::head::{Head, Maker};
use super::{Authority, Fault, MOST_STEPS};
use crate::token::signed::Trust;
use crate::value::Timestamp;

/// What a page, an edge or a publisher knows of what a shop published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    trust: Trust,
    authority: Option<(Authority, Maker)>,
    head: Option<Head>,
}

impl Known {
    /// Knows nothing but the roots of the authority of that version, 1 or a later one.
    pub const fn new(trust: Trust) -> Self {
        Self { trust, authority: None, head: None }
    }

    /// Returns the last good head.
    pub const fn head(&self) -> Option<&Head> {
        self.head.as_ref()
    }

    /// Returns the authority of that head, or the last that was taken without one.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref().map(|(authority, _)| authority)
    }

    /// Returns how a head names that authority.
    pub fn maker(&self) -> Option<Maker> {
        self.authority.as_ref().map(|(_, maker)| *maker)
    }

    /// Takes a head at `now`, and the authorities on the way to it, which `fetch` finds by their versions.
    ///
    /// The head that is known already may come again; every other has to be newer.
    pub fn take(
        &mut self,
        text: &str,
        now: Timestamp,
        fetch: impl FnMut(u32) -> Option<String>,
    ) -> Result<&Head, Fault> {
        let version = Head::parse(text)?.entry.authority.version;
        let (authority, maker) = self.climbed(version, fetch)?;
        let head = Head::open(text, (&authority, maker), self.head.as_ref(), now)?;
        self.authority = Some((authority, maker));
        let head = self.head.take().filter(|known| known.text == head.text).unwrap_or(head);
        Ok(self.head.insert(head))
    }

    /// Takes the authority that comes next, without a head.
    pub fn take_authority(&mut self, text: &str) -> Result<&Authority, Fault> {
        let next = self.next()?;
        let followed = self.step(self.authority.as_ref(), text, next)?;
        Ok(&self.authority.insert(followed).0)
    }

    /// Returns the version of the authority that comes next.
    pub fn next(&self) -> Result<u32, Fault> {
        let version = self.authority().map_or(Some(self.trust.version), |known| known.version.checked_add(1));
        version.ok_or(Fault::TooManySteps)
    }

    fn climbed(&self, version: u32, mut fetch: impl FnMut(u32) -> Option<String>) -> Result<(Authority, Maker), Fault> {
        let (mut reached, next) = (self.authority.clone(), self.next()?);
        if version < self.authority().map_or(next, |known| known.version) {
            return Err(Fault::OtherAuthority { got: version, known: next.saturating_sub(1) });
        }
        if version.saturating_sub(next) >= MOST_STEPS {
            return Err(Fault::TooManySteps);
        }
        for step in next..=version {
            let text = fetch(step).ok_or(Fault::NoAuthority(step))?;
            reached = Some(self.step(reached.as_ref(), &text, step)?);
        }
        reached.ok_or(Fault::Unreadable(Document::Authority))
    }

    fn step(&self, from: Option<&(Authority, Maker)>, text: &str, version: u32) -> Result<(Authority, Maker), Fault> {
        let roots = from.map_or(&self.trust.roots, |(before, _)| &before.roots);
        let (next, sha256) = Authority::open(text, roots, version)?;
        match from {
            Some((before, _)) if before.shop != next.shop => {
                Err(Fault::OtherShop { got: next.shop, known: before.shop.clone() })
            }
            _ => Ok((next, Maker { version, sha256 })),
        }
    }
}
