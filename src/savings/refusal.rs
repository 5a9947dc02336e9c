//! Why a coupon is not used: a closed list, each with a sentence that a cashier can read aloud.

use alloc::format;
use alloc::string::{String, ToString};

use crate::catalog::Language;
use crate::value::Minor;

/// Why a coupon takes nothing off a basket, or is not used beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing that it is about is in the basket.
    NotInBasket,
    /// The minimum spend, or the first tier, is not reached.
    MinimumSpend {
        /// What is missing.
        missing: Minor,
    },
    /// There are too few pieces that it is about.
    Pieces {
        /// How many more are needed.
        missing: u32,
    },
    /// It would take nothing off: a bundle that costs no more one by one, or goods that cost nothing.
    NothingOff,
    /// It is used alone, and others take more off.
    Alone,
    /// Another one takes more off, and is used alone.
    BesideAlone,
    /// Another one of its stacking group is used.
    OneOfGroup,
    /// The others leave nothing that it could take off.
    NothingMore,
}

/// How amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency {
    /// ISO 4217.
    pub code: [u8; 3],
    /// Decimal places.
    pub decimals: u8,
}

impl Currency {
    /// Writes an amount as a cashier would say it: `3,50 €` in German, `€3.50` in English; other currencies by their code.
    pub fn said(self, amount: Minor, language: Language) -> String {
        let one = 10_u64.saturating_pow(self.decimals.into());
        let (major, minor, places) = (amount.units() / one, amount.units() % one, usize::from(self.decimals));
        let mark = if language == Language::De { "," } else { "." };
        let number = if places == 0 { major.to_string() } else { format!("{major}{mark}{minor:0>places$}") };
        let code = core::str::from_utf8(&self.code).unwrap_or_default();
        match (&self.code, language) {
            (b"EUR", Language::De) => format!("{number} €"),
            (b"EUR", Language::En) => format!("€{number}"),
            _ => format!("{number} {code}"),
        }
    }
}

impl Refusal {
    /// Returns a stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotInBasket => "not-in-basket",
            Self::MinimumSpend { .. } => "minimum-spend",
            Self::Pieces { .. } => "pieces",
            Self::NothingOff => "nothing-off",
            Self::Alone => "alone",
            Self::BesideAlone => "beside-alone",
            Self::OneOfGroup => "one-of-group",
            Self::NothingMore => "nothing-more",
        }
    }

    /// Returns the sentence to read aloud.
    ///
    /// ```
    /// use tactful::catalog::Language;
    /// use tactful::savings::refusal::{Currency, Refusal};
    /// use tactful::value::Minor;
    /// let euro = Currency { code: *b"EUR", decimals: 2 };
    /// let why = Refusal::MinimumSpend { missing: Minor::new(350) };
    /// assert_eq!(why.sentence(Language::En, euro), "€3.50 more is needed for this coupon.");
    /// ```
    pub fn sentence(self, language: Language, currency: Currency) -> String {
        let (de, en) = match self {
            Self::NotInBasket => (
                "Im Einkauf ist nichts, wofür der Gutschein gilt.",
                "Nothing in this basket is what the coupon is for.",
            ),
            Self::MinimumSpend { missing } => return more_spend(missing, language, currency),
            Self::Pieces { missing } => return more_pieces(missing, language),
            Self::NothingOff => {
                ("Der Gutschein würde hier nichts abziehen.", "The coupon would not take anything off here.")
            }
            Self::Alone => (
                "Der Gutschein gilt nur allein, und ein anderer spart mehr.",
                "This coupon can only be used alone, and another one saves more.",
            ),
            Self::BesideAlone => (
                "Ein anderer Gutschein spart mehr und gilt nur allein.",
                "Another coupon saves more, and can only be used alone.",
            ),
            Self::OneOfGroup => (
                "Von diesen Gutscheinen gilt immer nur einer; ein anderer spart mehr.",
                "Only one coupon of this kind can be used; another one saves more.",
            ),
            Self::NothingMore => (
                "Neben den anderen Gutscheinen bringt dieser nichts mehr; er bleibt erhalten.",
                "Beside the other coupons this one saves nothing more; you keep it.",
            ),
        };
        if language == Language::De { de.into() } else { en.into() }
    }
}

fn more_spend(missing: Minor, language: Language, currency: Currency) -> String {
    let amount = currency.said(missing, language);
    match language {
        Language::De => format!("Für den Gutschein fehlen noch {amount}."),
        Language::En => format!("{amount} more is needed for this coupon."),
    }
}

fn more_pieces(missing: u32, language: Language) -> String {
    match (language, missing) {
        (Language::De, 1) => "Für den Gutschein fehlt noch ein Stück.".into(),
        (Language::De, _) => format!("Für den Gutschein fehlen noch {missing} Stück."),
        (Language::En, 1) => "One more piece is needed for this coupon.".into(),
        (Language::En, _) => format!("{missing} more pieces are needed for this coupon."),
    }
}
