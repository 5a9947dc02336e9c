//! What a reply teaches: about this offer for this shopper, and what they never want again.

use crate::catalog::{Catalog, Kind};
use crate::profile::{Impression, Profile};
use crate::signal::Reply;
use crate::value::{Key, Span, Timestamp};

/// How long "later" is, where the shopper does not say.
pub const LATER: Span = Span::hours(20);
/// Later than so is not later but never.
pub const LATEST: Span = Span::days(366);

/// Why a reply cannot be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownDecision;

/// Takes in what the shopper did with a shown offer.
///
/// Of several replies to one impression the last counts; but a late redemption takes back what a silence or a dismissal
/// taught, and a dismissal does not take back a redemption. Cost: one pass over the impressions.
pub fn reply(
    catalog: &Catalog,
    profile: &mut Profile,
    decision: Key,
    (reply, until): (Reply, Option<Timestamp>),
    at: Timestamp,
) -> Result<(), UnknownDecision> {
    let shown = profile.impressions.iter_mut().find(|shown| shown.decision == decision).ok_or(UnknownDecision)?;
    if shown.reply == Some(reply) {
        return Ok(());
    }
    shown.reply = Some(reply);
    shown.grounds.helped = helped(reply).unwrap_or(shown.grounds.helped);
    let shown = *shown;
    let rests = until.filter(|_| reply == Reply::Later).map(|until| until.min(at.after(LATEST)));
    let rests = rests.or_else(|| rest(catalog, reply).map(|rest| at.after(rest)));
    stand(profile, &shown, reply, rests);
    if reply == Reply::NeverAgain {
        never_again(profile, &shown);
    }
    Ok(())
}

fn stand(profile: &mut Profile, shown: &Impression, reply: Reply, rests_until: Option<Timestamp>) {
    let mut standing = profile.standing(shown.offer);
    if let Some(until) = rests_until {
        standing.rests_until = standing.rests_until.max(until);
        standing.later = reply == Reply::Later;
    }
    standing.done |= match shown.kind {
        Kind::Service => is_seen(reply),
        _ => reply == Reply::Redeemed,
    };
    // NOTE: an answer is done once it is shown, and whoever wants it later has it later.
    standing.done &= shown.kind != Kind::Service || reply != Reply::Later;
    if standing.done {
        standing.finish(shown.at);
    }
    profile.set_standing(shown.offer, standing);
}

/// Tells whether a reply says that help was seen. A card that is closed may be closed unread.
const fn is_seen(reply: Reply) -> bool {
    !matches!(reply, Reply::Dismissed | Reply::Later | Reply::LessLikeThis)
}

/// Tells whether an offer helped, where a reply says so: a coupon that was used did, even if its card is closed later.
const fn helped(reply: Reply) -> Option<bool> {
    match reply {
        Reply::Redeemed | Reply::Useful | Reply::Claimed | Reply::Saved => Some(true),
        Reply::NotUseful | Reply::LessLikeThis | Reply::NeverAgain => Some(false),
        Reply::Opened | Reply::Later | Reply::Dismissed => None,
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
    use crate::profile::Standing;
    use crate::value::Seed;

    /// Shows a coupon: its key is that of the decision, too.
    fn show(profile: &mut Profile, key: Key, at: Timestamp) {
        let (kind, group, about, grounds) = (Kind::Coupon, None, None, Default::default());
        profile.log(Impression {
            at,
            decision: key,
            offer: key,
            kind,
            group,
            about,
            reply: None,
            grounds,
            counted_hours: 0,
        });
    }

    /// What is known of an offer after these replies, and whether it helped; it cools off for 14 days.
    fn stands(replies: &[Reply]) -> (Standing, bool) {
        let mut profile = Profile::new(Seed(1));
        let (at, key) = (Timestamp::from_ms(1_000), Key(7));
        show(&mut profile, key, at);
        let catalog = crate::cadence::tests::shop();
        for said in replies {
            reply(&catalog, &mut profile, key, (*said, None), at).unwrap();
        }
        (profile.standing(key), profile.impressions[0].grounds.helped)
    }

    #[test]
    fn a_redeemed_coupon_was_useful_whatever_is_done_with_its_card() {
        for replies in [&[Reply::Claimed, Reply::Redeemed][..], &[Reply::Dismissed, Reply::Redeemed, Reply::Dismissed]]
        {
            let (standing, helped) = stands(replies);
            assert!(standing.done && helped);
        }
        assert!(!stands(&[Reply::Redeemed, Reply::NotUseful]).1 && !stands(&[Reply::Opened, Reply::Dismissed]).1);
    }

    #[test]
    fn what_is_done_does_not_rest_where_the_clock_is_set_back() {
        let (catalog, mut profile) = (crate::cadence::tests::shop(), Profile::new(Seed(1)));
        let (at, coupon) = (Timestamp::from_ms(0).after(Span::days(500)), Key(2));
        show(&mut profile, coupon, at);
        reply(&catalog, &mut profile, coupon, (Reply::Redeemed, None), at).unwrap();
        assert!(profile.standing(coupon).done && profile.standing(coupon).rests_until < at.before(Span::days(80)));
    }

    #[test]
    fn the_same_reply_twice_teaches_once() {
        assert_eq!(stands(&[Reply::Dismissed, Reply::Dismissed]), stands(&[Reply::Dismissed]));
    }

    #[test]
    fn a_dismissal_finds_room_among_offers_that_are_done() {
        let (catalog, mut profile) = (crate::cadence::tests::shop(), Profile::new(Seed(1)));
        for (day, nth) in (0..).zip(0..2 * crate::profile::limit::STANDINGS as u64) {
            let at = Timestamp::from_ms(0).after(Span::days(day));
            let [used, closed] = [Key(1_000 + nth), Key(9_000 + nth)];
            show(&mut profile, used, at);
            reply(&catalog, &mut profile, used, (Reply::Redeemed, None), at).unwrap();
            assert!(profile.standing(used).done, "{nth}");
            show(&mut profile, closed, at);
            reply(&catalog, &mut profile, closed, (Reply::Dismissed, None), at).unwrap();
            assert!(profile.standing(closed).rests_until > at, "{nth}");
        }
        assert_eq!(profile.standings.len(), crate::profile::limit::STANDINGS);
    }

    #[test]
    fn later_is_no_refusal() {
        let (standing, _) = stands(&[Reply::Later]);
        assert!(standing.later);
        assert_eq!(standing.rests_until, Timestamp::from_ms(1_000).after(LATER));
    }

    #[test]
    fn a_reply_to_nothing_is_told() {
        let (catalog, mut profile) = (crate::cadence::tests::shop(), Profile::new(Seed(1)));
        let told = reply(&catalog, &mut profile, Key(1), (Reply::Useful, None), Timestamp::from_ms(0));
        assert_eq!(told, Err(UnknownDecision));
    }
}
