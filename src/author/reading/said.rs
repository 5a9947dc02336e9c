//! Rules in the words of a shop, German and English: what would have to be otherwise.

use alloc::format;
use alloc::string::{String, ToString};

use super::asked;
use super::{Lack, Rule};
use crate::cadence::{Exclusion, Silence};
use crate::catalog::Catalog;
use crate::value::{Ppm, Timestamp};

/// German, English.
pub type Said = (String, String);

fn both(german: &str, english: &str) -> Said {
    (german.to_string(), english.to_string())
}

/// Says what would have to be otherwise at `now`.
pub fn rule(catalog: &Catalog, rule: Rule, now: Timestamp) -> Said {
    match rule {
        Rule::Silence(silence) => silenced(catalog, silence, now),
        Rule::Exclusion(_, exclusion) => excluded(catalog, exclusion, now),
        Rule::NotWorthIt { usefulness, cost } => short(usefulness, cost),
        Rule::Fit(lack) => unfit(catalog, lack),
    }
}

fn silenced(catalog: &Catalog, silence: Silence, now: Timestamp) -> Said {
    match silence {
        Silence::DialNever => both("ein Regler über „nie“", "a dial above never"),
        Silence::Busy => both("ein ruhiger Moment", "a calm moment"),
        Silence::QuietHours { until } => at(catalog, until, now, ("keine Ruhezeit", "no quiet hours")),
        Silence::Resting { until } => at(catalog, until, now, ("kein Mindestabstand", "no gap")),
        Silence::CapReached { until } => at(catalog, until, now, ("eine Obergrenze weniger", "one cap less")),
        Silence::UnknownHistory { until } => at(catalog, until, now, ("ein bekannter Verlauf", "a known history")),
        Silence::Riding { until } => at(catalog, until, now, ("keine Fahrt", "no ride")),
        Silence::Holdout { until: Some(until) } => {
            at(catalog, until, now, ("kein Tag der Vergleichsgruppe", "no day of the holdout"))
        }
        Silence::Holdout { until: None } => {
            both("ein Gerät außerhalb der Vergleichsgruppe", "a device outside of the holdout")
        }
        Silence::Expired => both("ein Katalog, der noch gilt", "a catalog whose time is not over"),
    }
}

fn excluded(catalog: &Catalog, exclusion: Exclusion, now: Timestamp) -> Said {
    match exclusion {
        Exclusion::Schedule { until: Some(until) } => {
            at(catalog, until, now, ("eine Laufzeit, die schon gilt", "a schedule that has begun"))
        }
        Exclusion::Schedule { until: None } => both("eine Laufzeit, die jetzt gilt", "a schedule that runs now"),
        Exclusion::Cap { until } => at(catalog, until, now, ("eine Obergrenze weniger", "one cap less")),
        Exclusion::Tired { until } => at(catalog, until, now, ("keine Ermüdung", "no fatigue")),
        Exclusion::Pacing { until } => at(catalog, until, now, ("keine Verteilung über die Zeit", "no pacing")),
        Exclusion::Exhausted => both("ein Budget, von dem etwas übrig ist", "a budget of which something is left"),
        Exclusion::CoolingOff { until } => at(catalog, until, now, ("keine Ablehnung", "no refusal")),
        Exclusion::Later { until } => at(catalog, until, now, ("kein „später“", "no \"later\"")),
        Exclusion::NeverAgain => both("kein „nie wieder“", "no \"never again\""),
        Exclusion::Converted => both("ein Angebot, das mehr als einmal gilt", "an offer that runs more than once"),
        Exclusion::CareFirst => both("kein offener Fall", "no open care case"),
        Exclusion::Careful { until } => {
            at(catalog, until, now, ("kein Fall, der erst neulich zu war", "no care case closed not long ago"))
        }
        Exclusion::Consent => both("eine Einwilligung in Erinnerungen", "consent to remember"),
        Exclusion::Sensitive => both("eine Kategorie, die nicht heikel ist", "a category that is not sensitive"),
        Exclusion::NoMemory => both("etwas, woran zu erinnern wäre", "something to remember"),
        Exclusion::ReminderGap { until } => {
            at(catalog, until, now, ("kein Abstand der Erinnerungen", "no reminder gap"))
        }
        Exclusion::Age => both("ein bekanntes Alter", "a known age"),
    }
}

/// Says until when to wait, and what else would do.
fn at(catalog: &Catalog, until: Timestamp, now: Timestamp, (german, english): (&str, &str)) -> Said {
    let (then, today) = (catalog.local(until), catalog.local(now));
    let (hour, minute) = (then.minute / 60, then.minute % 60);
    let day = if then.day == today.day {
        String::new()
    } else {
        format!("{:04}-{:02}-{:02} ", then.year, then.month, then.day_of_month)
    };
    let when = format!("{day}{hour:02}:{minute:02}");
    (format!("bis {when} warten, oder {german}"), format!("waiting until {when}, or {english}"))
}

fn short(usefulness: Ppm, cost: Ppm) -> Said {
    let lacks = Ppm::new(cost.parts().saturating_sub(usefulness.parts()));
    let percent = |part: Ppm| format!("{:.1}", f64::from(part.parts()) / 1e4);
    let (usefulness, lacks, cost) = (percent(usefulness), percent(lacks), percent(cost));
    let english = format!("usefulness {usefulness} % lacks {lacks} points to the cost of {cost} %");
    let german = format!("dem Nutzen von {usefulness} % fehlen {lacks} Punkte zu den Kosten von {cost} %");
    (german.replace('.', ","), english)
}

fn unfit(catalog: &Catalog, Lack { attribute, got, wanted }: Lack) -> Said {
    let Some(attribute) = catalog.offers.rules.attribute(attribute) else { return Said::default() };
    let name = asked::name(catalog, attribute);
    let (got, wanted) = (asked::value(catalog, attribute, got), asked::wanted(catalog, attribute, wanted));
    (format!("`{name}` müsste {wanted} sein und ist {got}"), format!("`{name}` has to be {wanted} and is {got}"))
}
