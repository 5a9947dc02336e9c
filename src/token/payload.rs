//! What a token says: 50 bytes, every one of which has one meaning, numbers with the highest byte first.
//!
//! | Offset | Bytes | Field | |
//! |---|---|---|---|
//! | 0 | 1 | version | 1 |
//! | 1 | 1 | flags | 1: production, 2: offline, 4: bound to a holder, 8: stackable; the others are 0 |
//! | 2 | 4 | key | first 4 bytes of SHA-256 of the public key |
//! | 6 | 8 | campaign | first 8 bytes of SHA-256 of the offer's id |
//! | 14 | 10 | serial | shard, 67 bits of chance, 5 bits of check |
//! | 24 | 4 | not before | minutes since 1970, UTC |
//! | 28 | 2 | lifetime | minutes, 1 to 64 800 (45 days) |
//! | 30 | 4 | merchant | |
//! | 34 | 2 | stores | 0: all of the merchant, else a store or group of stores |
//! | 36 | 1 | kind of benefit | 0: as in the terms, 1: percent, 2: amount |
//! | 37 | 3 | value of the benefit | 0, basis points to 10 000, or minor units |
//! | 40 | 2 | minimum spend | minor units; 65 535: as in the terms |
//! | 42 | 8 | holder | first 8 bytes of SHA-256 of the device's public key, or 0 |

use core::fmt;
use core::num::NonZeroU16;

use super::serial::Serial;
use crate::value::{BasisPoints, Minor, Span, Timestamp};

const VERSION: u8 = 1;
const PRODUCTION: u8 = 1;
const OFFLINE: u8 = 1 << 1;
const BOUND: u8 = 1 << 2;
const STACKABLE: u8 = 1 << 3;
const MS_PER_MINUTE: i64 = 60_000;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    /// Is it worth money?
    pub environment: Environment,
    /// May a till that reaches no ledger honour it, within the till's caps?
    pub offline: bool,
    /// May it be combined with other coupons?
    pub stackable: bool,
    /// The key that signs it.
    pub kid: Kid,
    /// The coupon offer that it is of.
    pub campaign: Campaign,
    /// Its own name.
    pub serial: Serial,
    /// When it is valid.
    pub window: Window,
    /// Who honours it.
    pub merchant: Merchant,
    /// Where.
    pub audience: Audience,
    /// What it is worth.
    pub benefit: Benefit,
    /// The least that has to be bought.
    pub minimum: Minimum,
    /// The device that alone may show it, where it is bound to one.
    pub holder: Option<Holder>,
}

/// Whether a token is worth money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Environment {
    /// For trying things out: no till of a shop honours it.
    Test,
    /// For shoppers.
    Production,
}

impl Environment {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Production => "production",
        }
    }

    /// Returns the one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Test, Self::Production].into_iter().find(|one| one.name() == name)
    }
}

/// The short name of a signing key: the first 4 bytes of SHA-256 of the public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kid(pub [u8; 4]);

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// A coupon offer: the first 8 bytes of SHA-256 of its id, as a number (highest byte first).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Campaign(pub u64);

impl fmt::Display for Campaign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Who honours a token: a number that whoever runs the ledger gives to each shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merchant(pub u32);

/// The device that alone may show a token: the first 8 bytes of SHA-256 of its public key, never all 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder([u8; 8]);

impl Holder {
    /// Returns the holder of this tag; all 0 is none.
    pub fn new(tag: [u8; 8]) -> Option<Self> {
        (tag != [0; 8]).then_some(Self(tag))
    }

    /// Returns the tag.
    pub const fn tag(self) -> [u8; 8] {
        self.0
    }
}

/// When a token is valid: whole minutes, from the first until the last, without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: u32,
    minutes: u16,
}

impl Window {
    /// Longest lifetime, minutes: 45 days.
    pub const LONGEST: u16 = 45 * 24 * 60;

    /// Returns the window that begins with the minute of `from` and lasts the whole minutes of `lifetime`.
    ///
    /// `None` where that is less than one minute or more than 45 days, or begins after the year 10 000 or so (2^32 minutes).
    pub fn new(from: Timestamp, lifetime: Span) -> Option<Self> {
        let from = u32::try_from(from.ms().div_euclid(MS_PER_MINUTE)).ok()?;
        let minutes = u16::try_from(lifetime.whole_minutes()).ok()?;
        (1..=Self::LONGEST).contains(&minutes).then_some(Self { from, minutes })
    }

    /// Returns the first instant.
    pub fn from(self) -> Timestamp {
        Timestamp::from_ms(i64::from(self.from) * MS_PER_MINUTE)
    }

    /// Returns the instant at which it is over.
    pub fn until(self) -> Timestamp {
        self.from().after(Span::minutes(self.minutes.into()))
    }
}

/// Where a token is honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// In all stores of the merchant.
    All,
    /// In one store, or one group of stores.
    Stores(NonZeroU16),
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benefit {
    /// What the terms of its campaign say.
    Terms,
    /// A share of what it applies to.
    Percent(BasisPoints),
    /// An amount, at most [`Benefit::MOST`].
    Amount(Minor),
}

impl Benefit {
    /// The largest amount that fits, minor units.
    pub const MOST: Minor = Minor::new(0xff_ffff);

    /// Returns an amount, or [`Benefit::Terms`] where it does not fit.
    pub fn amount(of: Minor) -> Self {
        if of <= Self::MOST { Self::Amount(of) } else { Self::Terms }
    }

    fn parts(self) -> (u8, u32) {
        match self {
            Self::Terms => (0, 0),
            Self::Percent(rate) => (1, rate.get().into()),
            Self::Amount(of) => (2, u32::try_from(of.min(Self::MOST).units()).unwrap_or(0)),
        }
    }

    fn parse(kind: u8, value: u32) -> Option<Self> {
        match (kind, u16::try_from(value)) {
            (0, Ok(0)) => Some(Self::Terms),
            (1, Ok(rate @ ..=10_000)) => Some(Self::Percent(BasisPoints::new(rate))),
            (2, _) => Some(Self::Amount(Minor::new(value.into()))),
            _ => None,
        }
    }
}

/// The least that has to be bought for a token to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minimum {
    /// Minor units, 0 to 65 534.
    Spend(u16),
    /// More than that: what the terms of its campaign say.
    Terms,
}

impl Minimum {
    /// Returns the minimum of this amount.
    pub fn of(spend: Minor) -> Self {
        u16::try_from(spend.units()).ok().filter(|units| *units < u16::MAX).map_or(Self::Terms, Self::Spend)
    }

    const fn number(self) -> u16 {
        match self {
            Self::Spend(units) => units,
            Self::Terms => u16::MAX,
        }
    }
}

/// What is wrong with 50 bytes that are no payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadFault {
    /// Made by a later version.
    #[error("the token is of version {0}; this program reads version 1")]
    Version(u8),
    /// A flag that has no meaning, or a holder without its flag, or the flag without a holder.
    #[error("the token has flags that do not fit")]
    Flags,
    /// The check bits of the serial.
    #[error("the token's serial is not one")]
    Serial,
    /// Shorter than a minute or longer than 45 days.
    #[error("the token is valid for {0} minutes; 1 to 64800 are allowed")]
    Lifetime(u16),
    /// A kind of benefit, or a value, that has no meaning.
    #[error("the token's benefit of kind {kind} and value {value} is not known")]
    Benefit {
        /// The kind.
        kind: u8,
        /// The value.
        value: u32,
    },
}

impl Payload {
    /// Length, bytes.
    pub const LENGTH: usize = 50;

    /// Returns the bytes that are signed (behind [`DOMAIN`](super::DOMAIN)).
    pub fn bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let (kind, value) = self.benefit.parts();
        let [_, value @ ..] = value.to_be_bytes();
        let stores = match self.audience {
            Audience::All => 0,
            Audience::Stores(group) => group.get(),
        };
        let fields: [&[u8]; 13] = [
            &[VERSION],
            &[self.flags()],
            &self.kid.0,
            &self.campaign.0.to_be_bytes(),
            &self.serial.bytes(),
            &self.window.from.to_be_bytes(),
            &self.window.minutes.to_be_bytes(),
            &self.merchant.0.to_be_bytes(),
            &stores.to_be_bytes(),
            &[kind],
            &value,
            &self.minimum.number().to_be_bytes(),
            &self.holder.map_or([0; 8], Holder::tag),
        ];
        bytes.iter_mut().zip(fields.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Returns what the bytes say. One payload has one spelling: `parse(bytes)` and then `bytes()` are the same bytes.
    pub fn parse(bytes: &[u8; Self::LENGTH]) -> Result<Self, PayloadFault> {
        let mut rest = Rest(bytes);
        let [version] = rest.take();
        let [flags] = rest.take();
        let read = |flag: u8| flags & flag != 0;
        if version != VERSION {
            return Err(PayloadFault::Version(version));
        }
        let (kid, campaign) = (Kid(rest.take()), Campaign(u64::from_be_bytes(rest.take())));
        let serial = Serial::parse(rest.take()).ok_or(PayloadFault::Serial)?;
        let (from, minutes) = (u32::from_be_bytes(rest.take()), u16::from_be_bytes(rest.take()));
        if !(1..=Window::LONGEST).contains(&minutes) {
            return Err(PayloadFault::Lifetime(minutes));
        }
        let merchant = Merchant(u32::from_be_bytes(rest.take()));
        let audience = NonZeroU16::new(u16::from_be_bytes(rest.take())).map_or(Audience::All, Audience::Stores);
        let [kind, high, middle, low] = rest.take();
        let value = u32::from_be_bytes([0, high, middle, low]);
        let benefit = Benefit::parse(kind, value).ok_or(PayloadFault::Benefit { kind, value })?;
        let units = u16::from_be_bytes(rest.take());
        let holder = Holder::new(rest.take());
        if flags >= STACKABLE << 1 || read(BOUND) != holder.is_some() {
            return Err(PayloadFault::Flags);
        }
        Ok(Self {
            environment: if read(PRODUCTION) { Environment::Production } else { Environment::Test },
            offline: read(OFFLINE),
            stackable: read(STACKABLE),
            kid,
            campaign,
            serial,
            window: Window { from, minutes },
            merchant,
            audience,
            benefit,
            minimum: Minimum::of(Minor::new(units.into())),
            holder,
        })
    }

    fn flags(&self) -> u8 {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        flag(self.environment == Environment::Production, PRODUCTION)
            | flag(self.offline, OFFLINE)
            | flag(self.holder.is_some(), BOUND)
            | flag(self.stackable, STACKABLE)
    }
}

/// What is left to read. Zeros follow the end, which no field reaches: the lengths of the fields add up to those of a payload.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (field, rest) = self.0.split_first_chunk().unwrap_or((&[0; N], &[]));
        self.0 = rest;
        *field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload {
            environment: Environment::Production,
            offline: true,
            stackable: false,
            kid: Kid([0xa1, 0xa2, 0xa3, 0xa4]),
            campaign: Campaign(0x0102_0304_0506_0708),
            serial: Serial::new(3, [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99]),
            window: Window::new(Timestamp::from_ms(1_795_363_260_000), Span::days(14)).unwrap(),
            merchant: Merchant(77),
            audience: Audience::Stores(NonZeroU16::new(12).unwrap()),
            benefit: Benefit::Percent(BasisPoints::percent(20)),
            minimum: Minimum::of(Minor::new(2_500)),
            holder: Holder::new([9; 8]),
        }
    }

    #[test]
    fn every_field_has_its_place() {
        let bytes = payload().bytes();
        assert_eq!(bytes[..14], [1, 0b0111, 0xa1, 0xa2, 0xa3, 0xa4, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(bytes[14..24], payload().serial.bytes());
        assert_eq!(bytes[24..28], 29_922_721_u32.to_be_bytes());
        assert_eq!(bytes[28..30], 20_160_u16.to_be_bytes());
        assert_eq!(bytes[30..42], [0, 0, 0, 77, 0, 12, 1, 0, 0x07, 0xd0, 0x09, 0xc4]);
        assert_eq!(bytes[42..], [9; 8]);
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        let others = [
            payload(),
            Payload { environment: Environment::Test, holder: None, stackable: true, ..payload() },
            Payload { audience: Audience::All, benefit: Benefit::Terms, minimum: Minimum::Terms, ..payload() },
            Payload { benefit: Benefit::Amount(Benefit::MOST), minimum: Minimum::Spend(65_534), ..payload() },
        ];
        for payload in others {
            assert_eq!(Payload::parse(&payload.bytes()), Ok(payload));
        }
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        let changed = |at: usize, byte: u8| {
            let mut bytes = payload().bytes();
            bytes[at] = byte;
            Payload::parse(&bytes)
        };
        assert_eq!(changed(0, 2), Err(PayloadFault::Version(2)));
        assert_eq!(changed(1, 0b1_0111), Err(PayloadFault::Flags));
        assert_eq!(changed(1, 0b0011), Err(PayloadFault::Flags), "a holder without its flag");
        assert_eq!(changed(23, payload().bytes()[23] ^ 1), Err(PayloadFault::Serial));
        assert_eq!(changed(28, 0xff), Err(PayloadFault::Lifetime(65_472)));
        assert_eq!(changed(36, 3), Err(PayloadFault::Benefit { kind: 3, value: 2_000 }));
        assert_eq!(changed(37, 1), Err(PayloadFault::Benefit { kind: 1, value: 67_536 }));
        assert_eq!(changed(36, 0), Err(PayloadFault::Benefit { kind: 0, value: 2_000 }));
    }

    #[test]
    fn one_payload_has_one_spelling() {
        for at in 0..Payload::LENGTH * 8 {
            let mut bytes = payload().bytes();
            bytes[at / 8] ^= 1 << (at % 8);
            if let Ok(other) = Payload::parse(&bytes) {
                assert_eq!(other.bytes(), bytes);
            }
        }
    }

    #[test]
    fn a_window_is_whole_minutes_and_at_most_45_days() {
        let at = |ms| Timestamp::from_ms(ms);
        let window = Window::new(at(90_000), Span::from_ms(150_000)).unwrap();
        assert_eq!((window.from(), window.until()), (at(60_000), at(180_000)));
        assert!(Window::new(at(0), Span::days(45)).is_some());
        assert!(Window::new(at(0), Span::from_ms(Span::days(45).ms() + 60_000)).is_none());
        assert!(Window::new(at(0), Span::from_ms(59_999)).is_none());
    }
}
