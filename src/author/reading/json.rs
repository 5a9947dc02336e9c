//! Readings as JSON.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Map, Value, json};

use super::{Change, Reading, Rule, asked, said};
use crate::catalog::{Catalog, OfferIx};
use crate::decide::{Hold, Outcome, Ready, Refusal, Show};
use crate::index;
use crate::rank::Ranked;
use crate::value::Ppm;
use crate::wire::decision::{hold_view, reason_view, refusal_view};

/// Returns the shop's reading: how many offers were left where and why, what came second, and the smallest change.
///
/// Where we may not speak, the numbers are those of what the silence withheld.
pub fn shop_json(reading: &Reading) -> Value {
    let Reading { engine, decision, ready, .. } = reading;
    let catalog = &engine.catalog;
    let rows = rows(reading);
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    for (why, _) in rows.iter().filter_map(|row| row.refusal) {
        *refused.entry(why).or_default() += 1;
    }
    let placement = rows.len();
    let second = decision.runner_up().and_then(|offer| Some((offer, place(ready.ranked.iter(), offer)?)));
    json!({
        "funnel": {
            "offers": catalog.offers.len(),
            "placement": placement,
            "fit": ready.candidates(),
            "allowed": ready.ranked.len(),
            "worthwhile": worthwhile(ready).count(),
        },
        "refused": refused,
        "usefulness": ready.ranked.first().map(|best| best.usefulness.parts()),
        "cost": ready.cost.parts(),
        "runner_up": second.map(|(offer, ranked)| json!({
            "offer": id(catalog, offer), "usefulness": ranked.usefulness.parts(), "score": ranked.score.parts(),
        })),
        "change": match &decision.outcome {
            Outcome::Show(show) => Some(margin(reading, show)),
            Outcome::Hold(_) => reading.change.as_ref().map(|change| changed(reading, change)),
        },
    })
}

/// The offers that are worth their interruption, whatever chance makes of them.
fn worthwhile(ready: &Ready) -> impl Iterator<Item = &Ranked> {
    ready.ranked.iter().filter(|ranked| ranked.usefulness >= ready.cost)
}

/// Returns the developer's reading: every offer of the placement with all that was found out about it, and every value that a
/// condition asked for.
pub fn developer_json(reading: &Reading) -> Value {
    let Reading { engine, decision, ready, .. } = reading;
    let catalog = &engine.catalog;
    let chances: Vec<(OfferIx, Ppm)> = ready.chances().map(|(ranked, chance)| (ranked.priced.offer, chance)).collect();
    let offers = rows(reading).into_iter().map(|row| {
        let ranked = place(ready.ranked.iter(), row.offer);
        let chance = chances.iter().find(|(offer, _)| *offer == row.offer).map(|(_, chance)| chance.parts());
        let because = ranked.into_iter().flat_map(|ranked| ranked.priced.because.iter());
        let because = because.map(|reason| reason_view(catalog, *reason)).map(|(why, of)| json!([why, of]));
        json!({
            "offer": id(catalog, row.offer),
            "why": row.refusal.map(|(why, _)| why),
            "until": row.refusal.and_then(|(_, until)| until),
            "usefulness": ranked.map(|ranked| ranked.usefulness.parts()),
            "score": ranked.map(|ranked| ranked.score.parts()),
            "chance": chance,
            "saves": ranked.and_then(|ranked| ranked.priced.savings).map(|savings| savings.saves.units()),
            "because": because.collect::<Vec<_>>(),
        })
    });
    json!({
        "silence": decision.ready.silence.map(|silence| hold_view(Hold::Silent(silence)).why),
        "cost": ready.cost.parts(),
        "values": values(reading),
        "offers": offers.collect::<Vec<_>>(),
        "memories": ready.memories.len(),
    })
}

/// One offer of the placement and why it was left out, if it was.
struct Row {
    offer: OfferIx,
    refusal: Option<(&'static str, Option<u64>)>,
}

fn rows(Reading { engine, decision, ready, .. }: &Reading) -> Vec<Row> {
    let catalog = &engine.catalog;
    let shown = match &decision.outcome {
        Outcome::Show(show) => Some(show.offer),
        Outcome::Hold(_) => None,
    };
    let lost = if shown.is_some() { Refusal::Outranked } else { Refusal::NotWorthIt };
    let refusal = |offer: OfferIx| {
        let excluded = ready.excluded.iter().find(|(known, _)| *known == offer).map(|(_, why)| Refusal::Excluded(*why));
        let unfit = || ready.matched.as_ref().and_then(|matched| index::refusal(catalog, offer, &matched.values));
        let is_lost =
            || shown != Some(offer) && !worthwhile(ready).any(|ranked| shown.is_none() && ranked.priced.offer == offer);
        let is_ranked = || place(ready.ranked.iter(), offer).is_some();
        excluded.or_else(|| unfit().map(Refusal::Unfit)).or_else(|| (is_ranked() && is_lost()).then_some(lost))
    };
    let block = engine.index.block(catalog, decision.placement);
    let offers = block.into_iter().flat_map(|block| block.offers.iter().copied());
    offers.map(|offer| Row { offer, refusal: refusal(offer).map(refusal_view) }).collect()
}

fn place<'r>(mut ranked: impl Iterator<Item = &'r Ranked>, offer: OfferIx) -> Option<&'r Ranked> {
    ranked.find(|ranked| ranked.priced.offer == offer)
}

fn id(catalog: &Catalog, offer: OfferIx) -> &str {
    catalog.offer(offer).map_or("", |offer| catalog.text(offer.id))
}

/// What would have shown something.
fn changed(Reading { engine, decision, .. }: &Reading, Change { offer, rules }: &Change) -> Value {
    let catalog = &engine.catalog;
    let said = rules.iter().map(|rule| said::rule(catalog, *rule, decision.at));
    let (mut german, mut english): (Vec<_>, Vec<_>) = said.unzip();
    if rules.is_empty() {
        // NOTE: where silence is one of several choices, chance alone may have made it.
        german.push("ein anderer Zufall".into());
        english.push("another chance".into());
    }
    let names = rules.iter().map(|rule| name(*rule));
    json!({
        "offer": id(catalog, *offer),
        "rules": names.collect::<Vec<_>>(),
        "de": format!("für „{}“: {}", id(catalog, *offer), german.join("; und ")),
        "en": format!("for `{}`: {}", id(catalog, *offer), english.join("; and ")),
    })
}

fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::Silence(silence) => hold_view(Hold::Silent(silence)).why,
        Rule::Exclusion(_, exclusion) => refusal_view(Refusal::Excluded(exclusion)).0,
        Rule::NotWorthIt { .. } => "not_worth_it",
        Rule::Fit(_) => "fit",
    }
}

/// What would have shown something else, or nothing: the nearer of both.
fn margin(Reading { engine, decision, ready, .. }: &Reading, show: &Show) -> Value {
    let catalog = &engine.catalog;
    let Some(shown) = place(ready.ranked.iter(), show.offer) else { return Value::Null };
    let over_cost = shown.usefulness.parts().saturating_sub(ready.cost.parts());
    let second = decision.runner_up().and_then(|offer| place(ready.ranked.iter(), offer));
    let percent = |parts: u32| format!("{:.1}", f64::from(parts) / 1e4);
    let said = |offer: Option<OfferIx>, rule: &str, german: String, english: String| json!({"offer": offer.map(|offer| id(catalog, offer)), "rules": [rule], "de": german.replace('.', ","), "en": english});
    match second {
        Some(second) if second.score > shown.score => {
            let (tried, best) = (id(catalog, show.offer), id(catalog, second.priced.offer));
            let chance = percent(show.propensity.parts());
            let english = format!("`{tried}` was tried, which comes with a chance of {chance} %; else `{best}`");
            let german = format!("„{tried}“ wurde versucht, was mit {chance} % geschieht; sonst „{best}“");
            said(Some(second.priced.offer), "tried", german, english)
        }
        Some(second) if shown.score.parts() - second.score.parts() < over_cost => {
            let lacks = percent(shown.score.parts() - second.score.parts());
            let other = id(catalog, second.priced.offer);
            let english = format!("`{other}` lacks {lacks} points of score");
            said(Some(second.priced.offer), "outranked", format!("„{other}“ fehlen {lacks} Punkte Bewertung"), english)
        }
        _ => {
            let (most, cost) = (percent(shown.usefulness.parts()), percent(ready.cost.parts()));
            let english = format!("silence from a cost of more than {most} % on; it is {cost} %");
            said(None, "not_worth_it", format!("Stille ab Kosten von mehr als {most} %; sie sind {cost} %"), english)
        }
    }
}

fn values(Reading { engine, decision, ready, .. }: &Reading) -> Map<String, Value> {
    let catalog = &engine.catalog;
    let block = engine.index.block(catalog, decision.placement);
    let asked = block.into_iter().flat_map(|block| block.asked.iter().copied());
    let value = |place| {
        let (attribute, matched) = (catalog.offers.rules.attribute(place)?, ready.matched.as_ref()?);
        let value = asked::value(catalog, attribute, matched.values.get(place));
        Some((asked::name(catalog, attribute), Value::from(value)))
    };
    asked.filter_map(value).collect()
}
