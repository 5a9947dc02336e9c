//! How the values of other modules are written: instants as milliseconds, serials as short codes, bytes as hexadecimal digits.

use alloc::string::{String, ToString};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whole milliseconds since the epoch.
pub mod ms {
    use super::*;
    use crate::value::Timestamp;

    pub fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.ms())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp::from_ms)
    }
}

/// Whole milliseconds since the epoch, or nothing.
pub mod maybe_ms {
    use super::*;
    use crate::value::Timestamp;

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        at.map(Timestamp::ms).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.map(Timestamp::from_ms))
    }
}

/// An amount in minor units.
pub mod minor {
    use super::*;
    use crate::value::Minor;

    pub fn serialize<S: Serializer>(amount: &Minor, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(amount.units())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Minor, D::Error> {
        u64::deserialize(from).map(Minor::new)
    }
}

/// An amount in minor units, or nothing.
pub mod maybe_minor {
    use super::*;
    use crate::value::Minor;

    pub fn serialize<S: Serializer>(amount: &Option<Minor>, to: S) -> Result<S::Ok, S::Error> {
        amount.map(Minor::units).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Minor>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Minor::new))
    }
}

/// A serial as its short code of 16 letters.
pub mod code {
    use super::*;
    use crate::token::Serial;

    pub fn serialize<S: Serializer>(serial: &Serial, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(serial)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Serial, D::Error> {
        Serial::of_code(&String::deserialize(from)?).map_err(Error::custom)
    }
}

/// What a token is worth: `{"kind": "percent", "value": 2000}`, `amount` in minor units, or `terms` with 0.
pub mod benefit {
    use super::*;
    use crate::token::Benefit;
    use crate::value::{BasisPoints, Minor};

    #[derive(Serialize, Deserialize)]
    struct Written {
        kind: Kind,
        value: u64,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Terms,
        Percent,
        Amount,
    }

    pub fn serialize<S: Serializer>(benefit: &Benefit, to: S) -> Result<S::Ok, S::Error> {
        let (kind, value) = match benefit {
            Benefit::Terms => (Kind::Terms, 0),
            Benefit::Percent(rate) => (Kind::Percent, rate.get().into()),
            Benefit::Amount(amount) => (Kind::Amount, amount.units()),
        };
        Written { kind, value }.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Benefit, D::Error> {
        let Written { kind, value } = Written::deserialize(from)?;
        match (kind, u16::try_from(value)) {
            (Kind::Terms, _) => Ok(Benefit::Terms),
            (Kind::Percent, Ok(rate @ ..=10_000)) => Ok(Benefit::Percent(BasisPoints::new(rate))),
            (Kind::Percent, _) => Err(Error::custom("a percentage has at most 10,000 basis points")),
            (Kind::Amount, _) => Ok(Benefit::amount(Minor::new(value))),
        }
    }
}

/// Bytes as hexadecimal digits.
pub mod hex {
    use super::*;

    pub fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(from)?;
        bytes(&text).ok_or_else(|| Error::custom(alloc::format!("expected {} hexadecimal digits", 2 * N)))
    }

    pub fn text(bytes: &[u8]) -> String {
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
        bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    pub fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
        let mut bytes = [0; N];
        if pairs.len() != N {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digit = |letter: u8| char::from(letter).to_digit(16);
            *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
        }
        Some(bytes)
    }
}

/// Bytes as hexadecimal digits, or nothing.
pub mod maybe_hex {
    use super::*;

    pub fn serialize<S: Serializer, const N: usize>(bytes: &Option<[u8; N]>, to: S) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(|bytes| hex::text(bytes)).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<Option<[u8; N]>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        hex::bytes(&text)
            .map(Some)
            .ok_or_else(|| Error::custom(alloc::format!("expected {} hexadecimal digits", 2 * N)))
    }
}

/// A map whose keys are serials, as short codes.
pub mod by_code {
    use super::*;
    use crate::token::Serial;
    use alloc::collections::BTreeMap;

    pub fn serialize<S: Serializer, T: Serialize>(map: &BTreeMap<Serial, T>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(map.iter().map(|(serial, value)| (serial.to_string(), value)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        from: D,
    ) -> Result<BTreeMap<Serial, T>, D::Error> {
        let written = BTreeMap::<String, T>::deserialize(from)?;
        let read =
            |(code, value): (String, T)| Serial::of_code(&code).map(|serial| (serial, value)).map_err(Error::custom);
        written.into_iter().map(read).collect()
    }
}
