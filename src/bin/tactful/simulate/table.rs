//! What came of a population as lines for people.

use tactful::simulate::figure::{Figure, Unit};
use tactful::simulate::luck::whole;
use tactful::simulate::summary::{
    BudgetView, Comparison, DifferenceView, EstimateView, PlacementView, SpreadView, Summary, money,
};
use tactful::simulate::threshold::words;

/// Returns the summary, and the differences where two were compared.
pub fn readable(summary: &Summary, compared: Option<&Comparison>) -> String {
    let Summary { catalog, version, people, days, from, seed, .. } = summary;
    let mut text = format!("{catalog} version {version}: {people} people, {days} days from {from}, seed {seed}\n\n");
    text += &figures(summary);
    text += "\nplacements                     asked   may speak      fits      free     shown    useful\n";
    text.extend(summary.placements.iter().map(placement));
    text += "\noffers shown most              shown      useful   refused   claimed      used\n";
    for offer in summary.offers.iter().filter(|offer| offer.shown > 0).take(MOST) {
        let [shown, useful, refused, claimed, redeemed] =
            [offer.shown, offer.useful, offer.refused, offer.claimed, offer.redeemed];
        text += &format!("  {:26} {shown:>8}  {useful:>9} {refused:>9} {claimed:>9} {redeemed:>9}\n", offer.id);
    }
    let silent = summary.offers.iter().filter(|offer| offer.shown == 0).map(|offer| offer.id.as_str());
    let silent: Vec<&str> = silent.collect();
    if !silent.is_empty() {
        text += &format!("never shown: {}\n", silent.join(", "));
    }
    if !summary.budgets.is_empty() {
        text += "\nbudgets                          coupons     taken  too late   paced  lasted\n";
        text.extend(summary.budgets.iter().map(budget));
    }
    text += "\nneeded most where nothing was said\n";
    for gap in summary.gaps.iter().take(MOST) {
        let offers = if gap.offers == 1 { "1 offer".into() } else { format!("{} offers", gap.offers) };
        text += &format!("  {:26} {:>8} moments, {offers} about it\n", gap.category, gap.moments);
    }
    if let Some(compared) = compared {
        text += &differences(compared);
    }
    text
}

fn budget(budget: &BudgetView) -> String {
    let lasted = budget.gone_after.map_or_else(|| "to the end".into(), |share| format!("{:.1} %", share * 100.0));
    let BudgetView { id, coupons, taken, missed, .. } = budget;
    format!("  {id:30} {coupons:>8}  {taken:>8}  {missed:>8}  {:>6}  {lasted}\n", budget.pacing.unwrap_or("-"))
}

/// Rows of a list.
const MOST: usize = 10;

fn figures(summary: &Summary) -> String {
    let row = |figure: &tactful::simulate::summary::FigureView| {
        let unit = Figure::named(figure.name).map_or(Unit::Number, |figure| figure.unit);
        let [value, low, high] = said(figure.estimate, unit, summary);
        format!("  {:48} {value:>12}  ({low} to {high})\n", words(figure.name))
    };
    summary.figures.iter().map(row).collect()
}

fn said(EstimateView { value, low, high }: EstimateView, unit: Unit, summary: &Summary) -> [String; 3] {
    [value, low, high].map(|number| match unit {
        Unit::Number => format!("{number:.3}"),
        Unit::Share => format!("{:.2} %", number * 100.0),
        Unit::Money if number < 0.0 => format!("-{}", money(whole(-number), summary.decimals, &summary.currency)),
        Unit::Money => money(whole(number), summary.decimals, &summary.currency),
    })
}

fn placement(placement: &PlacementView) -> String {
    let all = placement.all;
    let [asks, permitted, fitting, free, shown, useful] =
        [all.asks, all.permitted, all.fitting, all.free, all.shown, all.useful];
    let dry = placement.dry_from.map_or_else(String::new, |week| format!("  dry from week {week} on"));
    format!("  {:26} {asks:>8}  {permitted:>9} {fitting:>9} {free:>9} {shown:>9} {useful:>9}{dry}\n", placement.id)
}

/// Returns the differences of two catalogs.
pub fn differences(compared: &Comparison) -> String {
    let row = |difference: &DifferenceView| {
        let unit = Figure::named(difference.name).map_or(Unit::Number, |figure| figure.unit);
        let [value, low, high] = said(difference.difference, unit, &compared.one);
        let change = difference.change.map_or_else(String::new, |change| {
            format!("  {:+.1} % ({:+.1} to {:+.1})", change.value * 100.0, change.low * 100.0, change.high * 100.0)
        });
        let sure = if difference.is_sure { "" } else { "  may be chance" };
        format!("  {:48} {value:>12}  ({low} to {high}){change}{sure}\n", words(difference.name))
    };
    let (name, version) = (&compared.other.catalog, compared.other.version);
    let rows: String = compared.differences.iter().map(row).collect();
    format!("\nwith {name} version {version} instead, on the same people\n{rows}") + &over_models(compared)
}

/// How much hangs on how people answer.
fn over_models(compared: &Comparison) -> String {
    let row = |difference: &DifferenceView| {
        let SpreadView { mean, low, high } = difference.over_models?;
        let [mean, low, high] = [mean, low, high].map(|share| share * 100.0);
        Some(format!("  {:48} {mean:>+10.1} %  ({low:+.1} to {high:+.1})\n", words(difference.name)))
    };
    let rows: String = compared.differences.iter().filter_map(row).collect();
    if rows.is_empty() {
        return rows;
    }
    let models = compared.one.models;
    format!("\nif people answer otherwise than stated: mean of {models} drawn models (nine in ten lie between)\n{rows}")
}
