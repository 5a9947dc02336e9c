//! Rules that the tests break on purpose, one at a time, to see that the simulator notices. Outside of them none is ever broken.

/// A rule that can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutant {
    /// What is left of a block comes back doubled.
    LeaseReclaimedTwice,
    /// What is left of a block never comes back.
    LeaseNotReclaimed,
    /// A renewal that comes twice is carried out twice.
    RenewalTwice,
    /// An answer that nothing waits for is taken in.
    AnyGrantTaken,
    /// A coupon is given out of a closed block.
    ClosedLeaseKept,
    /// A block is larger than what is left.
    BlockTooLarge,
    /// A coupon is not counted in its block.
    LeaseNotCounted,
    /// A full hour is forgotten while it lasts.
    HourForgotten,
    /// A clock that is set back is believed.
    ClockFollowed,
    /// What came back is told again.
    ReturnedTwice,
    /// A coupon goes back to the budget when it ends, though tills may still report it.
    ReturnedEarly,
    /// A coupon goes back to the budget at each look.
    ExpiredTwice,
    /// An old pause or resumption undoes a newer one.
    OldWordTaken,
    /// The limits are looked at before the idempotency key.
    LimitBeforeKey,
    /// The idempotency key is not looked up.
    KeyIgnored,
    /// Another request under the same key is answered like the first.
    RequestIgnored,
    /// The serial is not looked up.
    SerialIgnored,
    /// A batch does not see what it wrote before.
    BatchBlind,
    /// The people of a batch are not counted.
    PersonNotCounted,
    /// A pause is not looked at.
    PauseIgnored,
    /// A redeemed coupon is redeemed again.
    SpentIgnored,
    /// What another till holds is redeemed.
    HoldIgnored,
    /// A coupon that is bound to a device is redeemed by its letters.
    HolderIgnored,
    /// A receipt that was rolled back redeems again when its message comes late.
    VoidForgotten,
    /// Any till may roll back.
    AnyTill,
    /// The store of a coupon is not looked at.
    StoreIgnored,
    /// The end of a coupon is not looked at.
    EndIgnored,
    /// A retry is answered with the key that signs now.
    KidOfNow,
}

/// Tells whether a rule is broken: never.
#[cfg(not(test))]
pub(super) const fn broken(_: Mutant) -> bool {
    false
}

#[cfg(test)]
pub(super) use super::tests::mutants::broken;
