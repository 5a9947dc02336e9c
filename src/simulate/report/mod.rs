//! The report of a simulation for people who make offers: one page without scripts or network, in German and English.
//!
//! Reading order is that of the questions: how much do we say, is it of use, does it keep to our bounds, where do asks end,
//! when do we run out of things to say, what do coupons cost and how long their budgets last, what is missing; and how all of that was found.

mod chart;
mod tables;
mod words;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use super::figure::{Figure, Unit};
use super::summary::{Comparison, EstimateView, Summary};
use crate::catalog::Language;
use words::{Currency, escaped, of, of_hundred, said};

const STYLE: &str = include_str!("page.css");

/// Returns the report as one HTML file; it opens in `first`, and has a switch to the other language.
pub fn html(summary: &Summary, compared: Option<&Comparison>, first: Language) -> String {
    let name = escaped(&summary.catalog);
    let choice = |language: Language, code: &str, own: &str| {
        let checked = if language == first { " checked" } else { "" };
        format!(
            "<label lang=\"{code}\"><input type=\"radio\" name=\"language\" id=\"in-{code}\"{checked}>{own}</label>"
        )
    };
    let page = |language| Page { summary, compared, language, out: String::new() }.write();
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{name}: Tactful</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header><fieldset class=\"tongue\" aria-label=\"Language, Sprache\">{}{}</fieldset></header>\n\
         <main lang=\"en\">{}</main>\n<main lang=\"de\">{}</main>\n</body>\n</html>\n",
        code(first),
        choice(Language::En, "en", "English"),
        choice(Language::De, "de", "Deutsch"),
        page(Language::En),
        page(Language::De),
    )
}

/// One of the figures that are told first, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// What it is.
    pub words: &'static str,
    /// The figure with its unit.
    pub value: String,
    /// Lower end of its interval.
    pub low: String,
    /// Upper end.
    pub high: String,
}

/// Returns the figures that are told first.
pub fn tiles(summary: &Summary, language: Language) -> Vec<Tile> {
    const SHOWN: [&str; 6] = ["messages_a_week", "useful_share", "helped", "redemptions", "savings", "leavers"];
    let currency = Currency { code: &summary.currency, decimals: summary.decimals };
    let tile = |name: &str| {
        let (figure, EstimateView { value, low, high }) = (Figure::named(name)?, summary.figure(name)?);
        let [value, low, high] = [value, low, high].map(|value| said(value, figure.unit, currency, language));
        Some(Tile { words: words::figure(name, language).0, value, low, high })
    };
    SHOWN.into_iter().filter_map(tile).collect()
}

const fn code(language: Language) -> &'static str {
    match language {
        Language::De => "de",
        Language::En => "en",
    }
}

/// The page in one language, as far as it is written.
struct Page<'a> {
    summary: &'a Summary,
    compared: Option<&'a Comparison>,
    language: Language,
    out: String,
}

impl Page<'_> {
    fn write(mut self) -> String {
        self.headline();
        self.tiles();
        self.bounds();
        self.comparison();
        self.weeks();
        self.placements();
        self.supply();
        self.holds();
        self.offers();
        self.budgets();
        self.gaps();
        self.method();
        self.out
    }

    /// Returns one of two texts.
    const fn of(&self, en: &'static str, de: &'static str) -> &'static str {
        of(self.language, en, de)
    }

    fn currency(&self) -> Currency<'_> {
        Currency { code: &self.summary.currency, decimals: self.summary.decimals }
    }

    fn figure(&self, name: &str) -> EstimateView {
        self.summary.figure(name).unwrap_or(EstimateView { value: 0.0, low: 0.0, high: 0.0 })
    }

    fn said(&self, value: f64, unit: Unit) -> String {
        said(value, unit, self.currency(), self.language)
    }

    fn count(&self, count: u64) -> String {
        words::count(count, self.language)
    }

    /// Opens a section with its heading and a sentence on how to read it.
    fn section(&mut self, title: &str, note: &str) {
        self.out += &format!("<section><h2>{title}</h2><p class=\"note\">{note}</p>");
    }

    fn headline(&mut self) {
        let Summary { catalog, version, people, days, from, .. } = self.summary;
        let (people, shop) = (self.count((*people).into()), escaped(catalog));
        let day = self.day(from);
        let title = match self.language {
            Language::En => format!("{days} days with {shop}"),
            Language::De => format!("{days} Tage mit {shop}"),
        };
        let number = |name: &str, unit| self.said(self.figure(name).value, unit);
        let useful = of_hundred(self.figure("useful_share").value);
        let (messages, used) = (number("messages_a_week", Unit::Number), number("redemptions", Unit::Number));
        let (saved, left) = (number("savings", Unit::Money), number("leavers", Unit::Share));
        let lead = match self.language {
            Language::En => format!(
                "{people} invented people lived with this catalog (version {version}) from {day} on. On average a person \
                 heard from you {messages} times a week, and {useful} of 100 messages were of use. Each used {used} coupons \
                 and saved {saved} with them. {left} had enough and left for good."
            ),
            Language::De => format!(
                "{people} erfundene Menschen haben ab dem {day} mit diesem Katalog (Version {version}) gelebt. Im Mittel \
                 hörte ein Mensch {messages}-mal in der Woche von dir, und {useful} von 100 Nachrichten waren nützlich. \
                 Jeder löste {used} Coupons ein und sparte damit {saved}. {left} hatten genug und sind ganz gegangen."
            ),
        };
        self.out += &format!("<h1>{title}</h1><p class=\"lead\">{lead}</p>");
    }

    /// Writes a date as the language does.
    fn day(&self, date: &str) -> String {
        let mut parts = date.splitn(3, '-');
        match (self.language, parts.next(), parts.next(), parts.next()) {
            (Language::De, Some(year), Some(month), Some(day)) => format!("{day}.{month}.{year}"),
            _ => date.into(),
        }
    }

    fn tiles(&mut self) {
        self.out += "<ul class=\"tiles\">";
        for Tile { words, value, low, high } in tiles(self.summary, self.language) {
            let to = self.of("to", "bis");
            self.out += &format!("<li><b>{value}</b><span>{words}</span><small>{low} {to} {high}</small></li>");
        }
        self.out += "</ul>";
        let small = self.of(
            "Small numbers: with other people of the same kind, the figure would lie between these two in 95 of 100 cases.",
            "Kleine Zahlen: Mit anderen Menschen derselben Art läge der Wert in 95 von 100 Fällen zwischen diesen beiden.",
        );
        self.out += &format!("<p class=\"note\" style=\"margin-block-start:10px\">{small}</p>");
    }

    /// What the catalog is held to, where it says anything.
    fn bounds(&mut self) {
        if self.summary.thresholds.is_empty() {
            return;
        }
        let broken = self.summary.breaches().count();
        let title = match (broken, self.language) {
            (0, _) => self.of("Every bound holds", "Alle Grenzen sind eingehalten").into(),
            (_, Language::En) => format!("{broken} of {} bounds do not hold", self.summary.thresholds.len()),
            (_, Language::De) => {
                format!("{broken} von {} Grenzen sind nicht eingehalten", self.summary.thresholds.len())
            }
        };
        let note = self.of(
            "What you hold yourself to in the catalog, under <code>simulation</code>.",
            "Woran du dich im Katalog selbst bindest, unter <code>simulation</code>.",
        );
        self.section(&title, note);
        for (class, is_broken) in [("broken", true), ("kept", false)] {
            let rows = self.summary.thresholds.iter().filter(|threshold| threshold.breach.is_some() == is_broken);
            let rows: String = rows.map(|threshold| self.bound(threshold)).collect();
            self.out += &format!("<ul class=\"{class}\">{rows}</ul>");
        }
        self.out += "</section>";
    }

    fn bound(&self, threshold: &super::summary::ThresholdView) -> String {
        let (side, name) = threshold.name.split_once('_').unwrap_or(("most", threshold.name));
        let unit = Figure::named(name).map_or(Unit::Number, |figure| figure.unit);
        let (words, _) = words::figure(name, self.language);
        let busiest = self.of("Messages in anybody's busiest week", "Nachrichten in der vollsten Woche von irgendwem");
        let words = if words.is_empty() { busiest } else { words };
        let side = if side == "least" { self.of("at least", "mindestens") } else { self.of("at most", "höchstens") };
        let said = |value| match Figure::named(name) {
            Some(_) => self.said(value, unit),
            None => words::number(value, 0, self.language),
        };
        let [found, bound] = [threshold.estimate.value, threshold.bound].map(said);
        format!("<li>{words}: <b>{found}</b>, {side} {bound}</li>")
    }

    fn weeks(&mut self) {
        let title = self.of("How often people hear from you", "Wie oft Menschen von dir hören");
        let note = self.of(
            "Weeks of one person, by how many messages they had in it. An average hides the people who hear too much: they are \
             on the right.",
            "Wochen eines Menschen, nach der Zahl seiner Nachrichten darin. Ein Mittelwert verbirgt, wer zu viel hört: Das \
             steht rechts.",
        );
        let chart = chart::weeks(&self.summary.weeks, self.language);
        self.section(title, note);
        self.out += &format!("{chart}</section>");
    }
}
