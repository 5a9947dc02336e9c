//! What the report says, in German and English.

use alloc::format;
use alloc::string::{String, ToString};

use crate::catalog::Language;
use crate::simulate::figure::Unit;
use crate::simulate::luck::whole;

/// One of two texts.
pub(super) const fn of(language: Language, en: &'static str, de: &'static str) -> &'static str {
    match language {
        Language::De => de,
        Language::En => en,
    }
}

/// Returns what a figure is, and what of it is good: more (1), less (-1) or neither (0).
pub(super) fn figure(name: &str, language: Language) -> (&'static str, i8) {
    let (en, de, good) = match name {
        "messages_a_week" => ("Messages for each person and week", "Nachrichten je Person und Woche", 0),
        "useful_share" => ("Messages that were of use", "Nachrichten, die nützlich waren", 1),
        "useful_moments" => ("Useful moments for each person", "Nützliche Momente je Person", 1),
        "dismissed_share" => ("Messages that were closed", "Nachrichten, die weggeklickt wurden", -1),
        "never_again_share" => ("Messages answered by “never again”", "Antworten „nie wieder“", -1),
        "redemptions" => ("Coupons used by each person", "Eingelöste Coupons je Person", 1),
        "spend" => ("Spent by each person", "Umsatz je Person", 1),
        "savings" => ("Saved by each person with coupons", "Ersparnis je Person durch Coupons", 0),
        "annoyance" => ("Irritating messages that still rankle", "Störende Nachrichten, die noch nachwirken", -1),
        "turned_down" => ("People who asked for fewer messages", "Menschen, die weniger Nachrichten wollten", -1),
        "leavers" => ("People who left for good", "Menschen, die ganz gegangen sind", -1),
        "reached" => ("People who saw a message", "Menschen, die eine Nachricht sahen", 0),
        "helped" => ("People with a useful moment", "Menschen mit einem nützlichen Moment", 1),
        _ => ("", "", 0),
    };
    (of(language, en, de), good)
}

/// Returns why nothing was said, or an offer was left out.
pub(super) fn why(reason: &str, language: Language) -> String {
    let (en, de) = match reason {
        "dial_never" => ("They wish to hear nothing", "Sie möchten nichts hören"),
        "busy" => ("They were busy", "Sie waren beschäftigt"),
        "quiet_hours" => ("It was a quiet hour", "Es war Ruhezeit"),
        "resting" => ("Something was said just before", "Gerade erst wurde etwas gesagt"),
        "cap_reached" => ("Enough was said already", "Es wurde schon genug gesagt"),
        "unknown_history" => ("What was said before was lost", "Was zuvor gesagt wurde, ging verloren"),
        "riding" => ("They were on the road", "Sie waren unterwegs"),
        "tired" => ("They were tired of this kind", "Sie waren dieser Art müde"),
        "pacing" => ("Not their turn yet", "Sie waren noch nicht an der Reihe"),
        "exhausted" => ("Nothing was left of its budget", "Vom Budget war nichts übrig"),
        "holdout" => ("Held back on purpose, to measure", "Zum Messen absichtlich still"),
        "catalog_expired" => ("The catalog had ended", "Der Katalog war abgelaufen"),
        "nothing_fits" => ("No offer was for this person and moment", "Kein Angebot passte zu Mensch und Moment"),
        "all_excluded" => ("What fits was shown or closed lately", "Was passt, war erst da oder wurde weggeklickt"),
        "not_worth_it" => ("Nothing was worth the interruption", "Nichts war die Störung wert"),
        "schedule" => ("Not in its time", "Nicht in seiner Laufzeit"),
        "cap" => ("Shown often enough", "Oft genug gezeigt"),
        "cooling_off" => ("Closed not long ago", "Vor Kurzem weggeklickt"),
        "later" => ("Put off", "Auf später verschoben"),
        "never_again" => ("“Never again”", "„Nie wieder“"),
        "converted" => ("Already used", "Schon eingelöst"),
        "care_first" => ("Help comes first", "Erst die Hilfe"),
        "careful" => ("Something went wrong not long ago", "Vor Kurzem war etwas nicht in Ordnung"),
        "consent" => ("Nothing may be remembered", "Es darf nichts gemerkt werden"),
        "sensitive" => ("Might touch a loss", "Könnte an einen Verlust rühren"),
        "no_memory" => ("Nothing to remember", "Nichts zu erinnern"),
        "reminder_gap" => ("A memory came not long ago", "Vor Kurzem kam eine Erinnerung"),
        "age" => ("For adults only", "Nur für Erwachsene"),
        other => return other.replace('_', " "),
    };
    of(language, en, de).to_string()
}

/// Returns at which step of a visit a placement was asked.
pub(super) fn step(name: &str, language: Language) -> &'static str {
    match name {
        "arrive" => of(language, "on arrival", "beim Ankommen"),
        "aisle" => of(language, "in the store", "im Laden"),
        "look" => of(language, "at a product", "beim Produkt"),
        "basket" => of(language, "at the basket", "am Korb"),
        "paid" => of(language, "after paying", "nach dem Bezahlen"),
        _ => of(language, "when help is wanted", "wenn Hilfe gesucht wird"),
    }
}

/// Writes a number as the language does: so many places, thousands parted.
pub(super) fn number(value: f64, places: usize, language: Language) -> String {
    let text = format!("{:.places$}", libm::fabs(value));
    let (full, rest) = text.split_once('.').unwrap_or((&text, ""));
    let (thousand, point) = if language == Language::De { ('.', ',') } else { (',', '.') };
    let mut said = String::new();
    if value < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        said.push('−');
    }
    for (digit, left) in full.chars().zip((0..full.len()).rev()) {
        said.push(digit);
        if left > 0 && left % 3 == 0 {
            said.push(thousand);
        }
    }
    if !rest.is_empty() {
        said.push(point);
        said += rest;
    }
    said
}

/// Writes a count.
pub(super) fn count(count: u64, language: Language) -> String {
    number(crate::simulate::luck::real(count), 0, language)
}

/// The money of a catalog.
#[derive(Clone, Copy)]
pub(super) struct Currency<'a> {
    /// ISO 4217.
    pub(super) code: &'a str,
    /// Decimal places.
    pub(super) decimals: u8,
}

impl Currency<'_> {
    /// Writes an amount of minor units.
    pub(super) fn say(self, minor: f64, language: Language) -> String {
        let major = minor / libm::pow(10.0, self.decimals.into());
        // From ten thousand on nobody reads cents.
        let places = if libm::fabs(major) >= 10_000.0 { 0 } else { self.decimals.into() };
        let code = match self.code {
            "EUR" => "€",
            other => other,
        };
        format!("{}\u{a0}{code}", number(major, places, language))
    }
}

/// Writes a figure in its unit.
pub(super) fn said(value: f64, unit: Unit, currency: Currency, language: Language) -> String {
    match unit {
        Unit::Number if libm::fabs(value) < 10.0 => number(value, 2, language),
        Unit::Number => number(value, 0, language),
        Unit::Share => format!("{}\u{a0}%", number(value * 100.0, 1, language)),
        Unit::Money => currency.say(value, language),
    }
}

/// Returns a text with what means something in HTML written out.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns so many of a hundred, rounded.
pub(super) fn of_hundred(share: f64) -> u64 {
    whole(share * 100.0)
}
