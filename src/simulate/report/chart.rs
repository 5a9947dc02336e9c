//! Charts as inline SVG: bars and curves that say in words what they show.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::words::{count, escaped, number, of};
use crate::catalog::Language;
use crate::simulate::count::Funnel;
use crate::simulate::luck::real;
use crate::simulate::summary::EstimateView;

/// Width of a picture, in its own units.
const WIDTH: f64 = 640.0;

/// Draws how many weeks of a person had 0, 1, 2 … messages; the long end is put together.
pub(super) fn weeks(weeks: &[u64], language: Language) -> String {
    let all = real(weeks.iter().sum::<u64>()).max(1.0);
    let last = weeks.iter().rposition(|count| real(*count) / all >= 0.000_5).unwrap_or(0).clamp(4, 12);
    let bar = |place: usize| match place < last {
        true => weeks.get(place).copied().unwrap_or(0),
        false => weeks.get(place..).unwrap_or_default().iter().sum(),
    };
    let most = (0..=last).map(bar).max().unwrap_or(1).max(1);
    let step = WIDTH / real(u64::try_from(last).unwrap_or(0) + 1);
    let mut svg = String::new();
    let mut said = String::new();
    for place in 0..=last {
        let share = real(bar(place)) / all;
        let (x, height) = (step * real(u64::try_from(place).unwrap_or(0)), 150.0 * real(bar(place)) / real(most));
        let name = if place == last { format!("{place}+") } else { format!("{place}") };
        let percent = format!("{}\u{a0}%", number(share * 100.0, if share < 0.1 { 1 } else { 0 }, language));
        svg += &format!(
            "<rect class=\"{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" rx=\"4\"/>\
             <text class=\"value\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{percent}</text>\
             <text x=\"{:.1}\" y=\"192\" text-anchor=\"middle\">{name}</text>",
            if place == 0 { "zero" } else { "bar" },
            x + step * 0.12,
            175.0 - height,
            step * 0.76,
            x + step / 2.0,
            168.0 - height,
            x + step / 2.0,
        );
        said += &format!("{name}: {percent}. ");
    }
    let (middle, axis) = (WIDTH / 2.0, of(language, "messages in a week", "Nachrichten in einer Woche"));
    let axis = format!("<text x=\"{middle}\" y=\"216\" text-anchor=\"middle\">{axis}</text>");
    let title = of(language, "Share of weeks by number of messages", "Anteil der Wochen nach Zahl der Nachrichten");
    format!(
        "<svg class=\"weeks\" viewBox=\"0 0 {WIDTH} 220\" role=\"img\" aria-label=\"{title}. {said}\">{svg}{axis}</svg>"
    )
}

/// Draws how far the asks of a placement got, as nested bars.
pub(super) fn funnel(funnel: Funnel, most: u64, language: Language) -> String {
    let width = |count: u64| WIDTH * real(count) / real(most.max(1));
    let bars = [("zero", funnel.asks), ("faint", funnel.permitted), ("bar", funnel.free), ("strong", funnel.shown)];
    let bars: String = bars
        .iter()
        .map(|(class, count)| {
            format!("<rect class=\"{class}\" width=\"{:.1}\" height=\"26\" rx=\"4\"/>", width(*count).max(1.0))
        })
        .collect();
    let said = [
        (of(language, "asked", "gefragt"), funnel.asks),
        (of(language, "might speak", "durften sprechen"), funnel.permitted),
        (of(language, "had something to say", "hatten etwas zu sagen"), funnel.free),
        (of(language, "shown", "gezeigt"), funnel.shown),
    ];
    let said: String = said.iter().map(|(word, amount)| format!("{word}: {}. ", count(*amount, language))).collect();
    format!("<svg viewBox=\"0 0 {WIDTH} 26\" role=\"img\" aria-label=\"{said}\">{bars}</svg>")
}

/// So many weeks are put together, since a week alone jumps where few ask.
const SMOOTHED: usize = 4;

/// Draws the share of moments by week at which there was something to say.
pub(super) fn supply(weeks: &[Funnel], language: Language) -> String {
    let share = |weeks: &[Funnel]| {
        let [free, permitted] = [|week: &Funnel| week.free, |week: &Funnel| week.permitted]
            .map(|count| real(weeks.iter().map(count).sum::<u64>()));
        (permitted > 0.0).then(|| free / permitted)
    };
    let last = real(u64::try_from(weeks.len().max(2) - 1).unwrap_or(1));
    let (mut path, mut is_down) = (String::new(), false);
    let mut ends = (None, None);
    for place in 0..weeks.len() {
        let window = weeks.get(place.saturating_sub(SMOOTHED - 1)..=place).unwrap_or_default();
        let x = 36.0 + 284.0 * real(u64::try_from(place).unwrap_or(0)) / last;
        match share(window) {
            Some(share) => {
                path += &format!("{}{x:.1} {:.1}", if is_down { "L" } else { "M" }, 100.0 - 88.0 * share);
                ends = (ends.0.or(Some(share)), Some(share));
                is_down = true;
            }
            None => is_down = false,
        }
    }
    let percent = |share: Option<f64>| format!("{}\u{a0}%", number(share.unwrap_or(0.0) * 100.0, 0, language));
    let said = format!(
        "{} {}, {} {}",
        of(language, "In the first week", "In der ersten Woche"),
        percent(ends.0),
        of(language, "in the last", "in der letzten"),
        percent(ends.1),
    );
    let (week, last_week) = (of(language, "week", "Woche"), weeks.len());
    format!(
        "<svg viewBox=\"0 0 330 118\" role=\"img\" aria-label=\"{said}\">\
         <path class=\"grid\" d=\"M36 12H320M36 56H320M36 100H320\"/>\
         <text x=\"30\" y=\"16\" text-anchor=\"end\">100</text><text x=\"30\" y=\"60\" text-anchor=\"end\">50</text>\
         <text x=\"30\" y=\"104\" text-anchor=\"end\">0</text>\
         <text x=\"36\" y=\"116\">{week} 1</text><text x=\"320\" y=\"116\" text-anchor=\"end\">{last_week}</text>\
         <path class=\"curve\" d=\"{path}\"/></svg>"
    )
}

/// Draws a bar of a list.
pub(super) fn bar(part: u64, most: u64, label: &str) -> String {
    let width = 300.0 * real(part) / real(most.max(1));
    format!(
        "<svg viewBox=\"0 0 300 14\" role=\"img\" aria-label=\"{}\"><rect class=\"bar\" width=\"{:.1}\" height=\"14\" rx=\"3\"/></svg>",
        escaped(label),
        width.max(1.0),
    )
}

/// Draws a change with its interval around nothing, from minus to plus `most`.
pub(super) fn change(change: EstimateView, most: f64, class: &str, label: &str) -> String {
    let x = |share: f64| 150.0 + 145.0 * (share / most.max(1e-9)).clamp(-1.0, 1.0);
    format!(
        "<svg class=\"{class}\" viewBox=\"0 0 300 18\" role=\"img\" aria-label=\"{}\"><path class=\"grid\" d=\"M150 0V18\"/>\
         <path class=\"range\" d=\"M{:.1} 9H{:.1}\"/><circle class=\"dot\" cx=\"{:.1}\" cy=\"9\" r=\"5\"/></svg>",
        escaped(label),
        x(change.low),
        x(change.high),
        x(change.value),
    )
}

/// Draws how much of a budget was taken in each tenth of its time.
pub(super) fn tenths(tenths: &[u64], language: Language) -> String {
    let (most, all) = (tenths.iter().max().copied().unwrap_or(0).max(1), tenths.iter().sum::<u64>());
    let bar = |(place, taken): (u64, &u64)| {
        let height = 28.0 * real(*taken) / real(most);
        format!(
            "<rect class=\"bar\" x=\"{:.0}\" y=\"{:.1}\" width=\"10\" height=\"{height:.1}\"/>",
            12.0 * real(place),
            30.0 - height
        )
    };
    let bars: String = (0..).zip(tenths).map(bar).collect();
    let said: Vec<String> = tenths.iter().map(|taken| count(*taken, language)).collect();
    let title = of(language, "taken in each tenth of the time, of", "genommen in jedem Zehntel der Zeit, von");
    let label = format!("{title} {}: {}", count(all, language), said.join(", "));
    format!(
        "<svg class=\"tenths\" viewBox=\"0 0 120 30\" width=\"120\" height=\"30\" role=\"img\" aria-label=\"{label}\">{bars}</svg>"
    )
}
