//! What is told of a publication, to people in a few lines and to programs in one of JSON.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde_json::{Value, json};
use tactful::publish::{Entry, Hash};

use super::desk::{At, Done};
use crate::failure::Failure;
use crate::keyring;
use crate::terms::Coupons;

/// What is told of a publication.
pub struct Told<'a> {
    /// Where and how it was asked for.
    at: &'a At,
    done: &'a Done,
    /// What is odd about the catalog.
    notices: Vec<String>,
    /// The coupons of the catalog, and how many tills the shop has.
    coupons: Option<(Coupons, u32)>,
}

impl<'a> Told<'a> {
    /// Begins with what was published, and no catalog.
    pub const fn new(at: &'a At, done: &'a Done) -> Self {
        Self { at, done, notices: Vec::new(), coupons: None }
    }

    /// Has what there is to tell of a new catalog, too.
    pub fn of_catalog(self, notices: Vec<String>, coupons: Coupons, tills: u32) -> Self {
        Self { notices, coupons: Some((coupons, tills)), ..self }
    }

    /// Tells on standard output.
    pub fn tell(&self) -> Result<(), Failure> {
        let told = if self.at.json { self.for_programs().to_string() } else { self.for_people() };
        Ok(writeln!(io::stdout(), "{told}")?)
    }

    fn for_people(&self) -> String {
        let Self { at, done: Done { entry, publication, .. }, .. } = self;
        let what = if at.dry_run { "would be published" } else { "published" };
        let bytes: usize = publication.contents.iter().map(Vec::len).sum();
        let (head, deltas) = (publication.head.len(), self.deltas_for_people());
        let mut said =
            format!("{}: version {} {what}, until {}", at.to, entry.version, keyring::rfc3339(entry.expires));
        let _ = write!(said, "\n  sent     a head of {head} bytes, {bytes} bytes of packs{deltas}");
        let _ = write!(said, "\n  seen by  {}", seen_by(entry));
        if !entry.stopped.is_empty() {
            let _ = write!(said, "\n  stopped  {}", entry.stopped.join(", "));
        }
        if entry.claims.jitter_ms > 0 {
            let _ = write!(said, "\n  claims   after up to {} s", entry.claims.jitter_ms / 1_000);
        }
        let coupons =
            self.coupons.iter().flat_map(|(coupons, tills)| [coupons.for_people(), coupons.overspend(*tills)]);
        coupons.flatten().for_each(|line| _ = write!(said, "\n{line}"));
        said
    }

    fn deltas_for_people(&self) -> String {
        let mut sizes: Vec<usize> = self.done.publication.deltas.iter().map(|(_, _, delta)| delta.len()).collect();
        sizes.sort_unstable();
        match sizes.as_slice() {
            [] => String::new(),
            [one] => format!(", a delta of {one} bytes"),
            [least, .., most] if least < most => format!(", {} deltas of {least} to {most} bytes", sizes.len()),
            [one, ..] => format!(", {} deltas of {one} bytes", sizes.len()),
        }
    }

    fn for_programs(&self) -> Value {
        let Self { at, done: Done { entry, place, publication }, notices, coupons } = self;
        let sent = |path: String, bytes: usize| json!({"address": place.address(&path), "bytes": bytes});
        let contents = publication.contents.iter();
        let contents = contents.map(|content| sent(format!("v1/packs/{}", Hash::of(content)), content.len()));
        let deltas = publication.deltas.iter();
        let deltas = deltas.map(|(to, from, delta)| sent(format!("v1/deltas/{to}/{from}"), delta.len()));
        json!({
            "dry_run": at.dry_run,
            "entry": entry,
            "sent": {
                "head": sent("v1/head".into(), publication.head.len()),
                "packs": contents.collect::<Vec<_>>(),
                "deltas": deltas.collect::<Vec<_>>(),
            },
            "coupons": coupons.as_ref().map(|(coupons, _)| coupons.for_programs()),
            "overspend_a_day": coupons.as_ref().and_then(|(coupons, tills)| coupons.most_overspent(*tills)?.units().into()),
            "notices": notices,
        })
    }
}

fn seen_by(entry: &Entry) -> String {
    match &entry.staged {
        Some(staged) => format!("{} of 100 devices, by chance; the others keep what they have", staged.permille / 10),
        None => "everybody".into(),
    }
}
