//! What a reply teaches: about this offer for this shopper, and what they never want again.

use crate::catalog::{Catalog, Kind};
use crate::profile::{Impression, Profile};
use crate::signal::Reply;
use crate::value::{Key, Span, Timestamp};

/// How long "later" is.
pub const LATER: Span = Span::hours(20);

/// Why a reply cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDecision;

/// Takes in what the shopper did with a shown offer.
///
/// A reply that says the same as the one before teaches nothing new. Cost: one pass over the impressions.
pub fn reply(
    catalog: &Catalog,
    profile: &mut Profile,
    decision: Key,
    reply: Reply,
    at: Timestamp,
) -> Result<(), UnknownDecision> {
    let shown = profile.impressions.iter_mut().find(|shown| shown.decision == decision).ok_or(UnknownDecision)?;
    if shown.reply == Some(reply) {
        return Ok(());
    }
    shown.reply = Some(reply);
    let shown = *shown;
    stand(catalog, profile, &shown, reply, at);
    if reply == Reply::NeverAgain {
        never_again(profile, &shown);
    }
    Ok(())
}

fn stand(catalog: &Catalog, profile: &mut Profile, shown: &Impression, reply: Reply, at: Timestamp) {
    let mut standing = profile.standing(shown.offer);
    let (useful, useless) = evidence(reply);
    standing.useful = standing.useful.saturating_add(useful);
    standing.useless = standing.useless.saturating_add(useless);
    if let Some(rest) = rest(catalog, reply) {
        standing.rests_until = standing.rests_until.max(at.after(rest));
        standing.later = reply == Reply::Later;
    }
    standing.redeemed |= reply == Reply::Redeemed;
    profile.set_standing(shown.offer, standing);
}

/// Returns how much a reply counts for and against usefulness, in thousandths of a full reply.
const fn evidence(reply: Reply) -> (u32, u32) {
    match reply {
        Reply::Redeemed | Reply::Useful => (1_000, 0),
        Reply::Claimed | Reply::Saved => (800, 0),
        Reply::Opened => (300, 0),
        Reply::Later => (0, 0),
        Reply::Dismissed => (0, 500),
        Reply::LessLikeThis => (0, 2_000),
        Reply::NeverAgain | Reply::NotUseful => (0, 1_000),
    }
}

fn rest(catalog: &Catalog, reply: Reply) -> Option<Span> {
    match reply {
        Reply::Later => Some(LATER),
        Reply::Dismissed | Reply::NotUseful => Some(catalog.cadence.cool_off),
        Reply::LessLikeThis => Some(Span::from_ms(catalog.cadence.cool_off.ms().saturating_mul(4))),
        _ => None,
    }
}

/// A refused memory takes its product with it, so that no other reminder brings it up.
fn never_again(profile: &mut Profile, shown: &Impression) {
    profile.never_again(shown.offer);
    if let Some(about) = shown.about.filter(|_| shown.kind == Kind::Reminder) {
        profile.never_again(about);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Seed;

    /// What is known of an offer after these replies; it cools off for 14 days.
    fn stands(replies: &[Reply]) -> crate::profile::Standing {
        let mut profile = Profile::new(Seed(1));
        let (at, key) = (Timestamp::from_ms(1_000), Key(7));
        let kind = Kind::Coupon;
        profile.log(Impression { at, decision: key, offer: key, kind, group: None, about: None, reply: None });
        let catalog = crate::cadence::tests::shop();
        for said in replies {
            reply(&catalog, &mut profile, key, *said, at).unwrap();
        }
        profile.standing(key)
    }

    #[test]
    fn a_redeemed_coupon_is_known_as_redeemed_and_useful() {
        let standing = stands(&[Reply::Claimed, Reply::Redeemed]);
        assert_eq!((standing.redeemed, standing.useful, standing.useless), (true, 1_800, 0));
    }

    #[test]
    fn the_same_reply_twice_teaches_once() {
        assert_eq!(stands(&[Reply::Dismissed, Reply::Dismissed]), stands(&[Reply::Dismissed]));
    }

    #[test]
    fn later_is_no_refusal() {
        let standing = stands(&[Reply::Later]);
        assert_eq!((standing.later, standing.useless), (true, 0));
        assert_eq!(standing.rests_until, Timestamp::from_ms(1_000).after(LATER));
    }

    #[test]
    fn a_reply_to_nothing_is_told() {
        let (catalog, mut profile) = (crate::cadence::tests::shop(), Profile::new(Seed(1)));
        let told = reply(&catalog, &mut profile, Key(1), Reply::Useful, Timestamp::from_ms(0));
        assert_eq!(told, Err(UnknownDecision));
    }
}
