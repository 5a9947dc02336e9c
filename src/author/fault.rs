//! What can be wrong with a catalog.

use alloc::string::String;

/// What can be wrong with a catalog, by cause.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The text is no JSON.
    #[error("this is no JSON: {0}")]
    Syntax(String),
    /// The text is too large to be read.
    #[error("the catalog has {got} bytes, more than the {max} that are read; split the feed or shorten texts")]
    TooLarge {
        /// Its size.
        got: usize,
        /// The largest size.
        max: usize,
    },
    /// A field stands twice in one object.
    #[error("`{0}` stands here twice; keep one")]
    DuplicateField(String),
    /// A field that means nothing here.
    #[error("unknown field `{name}`{}", hint(.near))]
    UnknownField {
        /// The field.
        name: String,
        /// The nearest field that exists.
        near: Option<String>,
    },
    /// A field that must be there.
    #[error("`{0}` is missing")]
    MissingField(String),
    /// The schema does not allow the value.
    #[error("{0}")]
    Shape(String),
    /// Two things share an id.
    #[error("{what} `{id}` is already used by {first}")]
    Duplicate {
        /// What kind of thing.
        what: &'static str,
        /// The id.
        id: String,
        /// JSON Pointer to the first.
        first: String,
    },
    /// A name that stands for nothing.
    #[error("there is no {what} `{name}`{}", hint(.near))]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// The name.
        name: String,
        /// The nearest name that exists.
        near: Option<String>,
    },
    /// An amount with more decimals than its currency has, or too large.
    #[error(
        "{got} is no amount of money: {currency} has {decimals} decimals, and amounts are from 0 to 90,071,992,547,409.91"
    )]
    Money {
        /// The amount.
        got: f64,
        /// Currency.
        currency: String,
        /// Its decimals.
        decimals: u8,
    },
    /// An unknown currency.
    #[error("`{0}` is no currency of ISO 4217 that is known here")]
    Currency(String),
    /// A GTIN or GLN that is none.
    #[error("`{got}` is no {what}: {why}")]
    Number {
        /// The text.
        got: String,
        /// GTIN or GLN.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// Words are missing in one language.
    #[error("words in `{0}` are missing; every text needs every language of the catalog")]
    MissingLanguage(&'static str),
    /// Words in a language that the catalog does not speak.
    #[error("`{0}` is no language of this catalog; add it to `languages` or take the words out")]
    ExtraLanguage(String),
    /// Goals that do not sum to 100.
    #[error("the goals sum to {0} percent, not to 100")]
    Goals(u16),
    /// An unknown time zone.
    #[error("`{0}` is no IANA time zone, such as `Europe/Berlin`")]
    TimeZone(String),
    /// A date that is none.
    #[error("`{0}` is no date like 2026-12-01 or 2026-12-01T08:00")]
    Date(String),
    /// An instant that is none.
    #[error("`{0}` is no instant like 2026-12-01T08:00:00Z")]
    Instant(String),
    /// An end before the start.
    #[error("the schedule ends before it begins")]
    EmptySchedule,
    /// Opening hours that cannot be read.
    #[error("`{got}` are no opening hours like `Mo-Sa 08:00-21:00; Su 10:00-18:00`: {why}")]
    OpeningHours {
        /// The text.
        got: String,
        /// Why not.
        why: String,
    },
    /// Days that cannot be read.
    #[error("`{got}` are no days like `Dec 24-26`, `easter -2 days`, `May Su[2]` or `PH`: {why}")]
    Days {
        /// The text.
        got: String,
        /// Why not.
        why: String,
    },
    /// Days of which none is near.
    #[error("none of these days is from {first} to {last}; name a year that is meant")]
    NoDay {
        /// The first year that is looked at.
        first: i32,
        /// The last.
        last: i32,
    },
    /// A country without known holidays.
    #[error("holidays of country `{0}` are not known; leave `country` out or use an ISO 3166-1 code such as `FI`")]
    Country(String),
    /// A network or beacon that tells no store apart.
    #[error("`{got}` is no {what} to know a store by: {why}")]
    Mark {
        /// As it is written.
        got: String,
        /// Network or beacon.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// Networks or beacons of stores that cannot be told apart.
    #[error("this overlaps with the one at {other}: {why}")]
    Overlap {
        /// JSON Pointer to the other.
        other: String,
        /// Why that may not be.
        why: &'static str,
    },
    /// A geometry that is no ground to stand on.
    #[error("{0}")]
    Geometry(&'static str),
    /// Something that goes only with something else.
    #[error("{0}")]
    Rule(&'static str),
    /// A reduction that may not be announced so.
    #[error("{0}")]
    PriceLaw(String),
    /// A placeholder that nothing fills.
    #[error("`{0}` is no placeholder; there are {{product}}, {{category}}, {{store}} and {{lowest}}")]
    Placeholder(String),
    /// Conditions of one offer that are too much together.
    #[error(
        "`eligible`, `applicable` and `suitable` have {} alternatives, {together} together, more than the {most} of an \
         offer; make several offers, each with some of those of `{largest}`", product(.each)
    )]
    TooManyTogether {
        /// Alternatives of each.
        each: [usize; 3],
        /// Alternatives of all that have to hold together, simplified.
        together: usize,
        /// The most there may be.
        most: usize,
        /// The one with the most alternatives.
        largest: &'static str,
    },
    /// Deciding for a placement could take longer than a phone may be kept busy.
    #[error(
        "deciding for the placement `{placement}`, with its {offers} offers, could take {got} instructions, more than \
         the {most} that a phone may be kept busy with; {fix}"
    )]
    TooMuchWork {
        /// The placement.
        placement: String,
        /// Offers that may appear there.
        offers: usize,
        /// Instructions of the worst case.
        got: u64,
        /// The most there may be.
        most: u64,
        /// What makes it less.
        fix: &'static str,
    },
    /// A condition that cannot be understood, with the bytes of the condition at fault.
    #[error("{message}")]
    Condition {
        /// What is wrong.
        message: String,
        /// First byte of the condition at fault, and the first after it.
        span: (usize, usize),
    },
}

fn product([a, b, c]: &[usize; 3]) -> String {
    alloc::format!("{a} x {b} x {c}")
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| alloc::format!("; did you mean `{near}`?"))
}

impl Fault {
    /// Returns a stable code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "syntax",
            Self::TooLarge { .. } => "too-large",
            Self::DuplicateField(_) => "duplicate-field",
            Self::UnknownField { .. } => "unknown-field",
            Self::MissingField(_) => "missing-field",
            Self::Shape(_) => "shape",
            Self::Duplicate { .. } => "duplicate-id",
            Self::Unknown { .. } => "unknown-name",
            Self::Money { .. } => "money",
            Self::Currency(_) => "currency",
            Self::Number { .. } => "gs1-number",
            Self::MissingLanguage(_) | Self::ExtraLanguage(_) => "language",
            Self::Goals(_) => "goals",
            Self::TimeZone(_) => "time-zone",
            Self::Date(_) | Self::Instant(_) | Self::EmptySchedule => "date",
            Self::OpeningHours { .. } => "opening-hours",
            Self::Days { .. } | Self::NoDay { .. } => "days",
            Self::Country(_) => "country",
            Self::Mark { .. } => "mark",
            Self::Overlap { .. } => "overlap",
            Self::Geometry(_) => "geometry",
            Self::Rule(_) => "rule",
            Self::PriceLaw(_) => "price-law",
            Self::Placeholder(_) => "placeholder",
            Self::TooMuchWork { .. } => "too-much-work",
            Self::TooManyTogether { .. } | Self::Condition { .. } => "condition",
        }
    }
}

/// Returns the nearest of `names` to `name`, where one is near enough to be meant.
pub fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let scored = names.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    let (distance, known) = scored.min()?;
    (distance <= name.chars().count().div_ceil(3).max(1)).then(|| known.into())
}
