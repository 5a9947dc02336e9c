//! Draws a timeline as SVG: two probabilities over time, what was said of them, and where the shopper really was.

use std::fmt::Write;

use tactful::catalog::Catalog;
use tactful::moment::{IntentStage, Moment};
use tactful::profile::Place;
use tactful::store::StoreIx;
use tactful::value::Timestamp;

use super::Visit;
use super::timeline::{Instant, Timeline, clock};

/// Size of the picture and of its parts, pixels.
const WIDTH: f64 = 1_200.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 24.0;
const LANE: f64 = 22.0;
const CHART: f64 = 120.0;
const GAP: f64 = 14.0;
const TOP: f64 = 44.0;

/// A pause longer than this is drawn as [`SHORTENED_MS`], milliseconds.
const LONGEST_PAUSE_MS: i64 = 10 * 60_000;
const SHORTENED_MS: i64 = 60_000;

/// Colours of the stages of intent, in the order of their codes.
const INTENT: [&str; 7] = ["#cfd8dc", "#90caf9", "#ffb74d", "#66bb6a", "#9fa8da", "#f48fb1", "#eeeeee"];
const STORES: [&str; 6] = ["#2e7d32", "#1565c0", "#6a1b9a", "#ad1457", "#ef6c00", "#00838f"];

/// Draws the timeline, with the visits that are known to be true.
pub fn draw(catalog: &Catalog, timeline: &Timeline, truth: &[Visit]) -> String {
    let axis = Axis::of(timeline);
    let mut picture = Picture { svg: String::new(), axis: &axis, catalog, y: TOP };
    picture.title(timeline);
    if !truth.is_empty() {
        picture.truth(truth);
    }
    picture.presence(timeline);
    picture.chart("in a store", "#2e7d32", timeline, |moment| moment.presence.probability.parts());
    picture.intent(timeline);
    picture.chart("buys", "#ef6c00", timeline, |moment| moment.intent.purchase.parts());
    picture.signals(timeline);
    picture.times(timeline);
    let height = picture.y + 24.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
        picture.svg
    )
}

/// Time from left to right, with long pauses shortened.
struct Axis {
    /// Instants, and how far each is from the first with pauses shortened; milliseconds.
    places: Vec<(Timestamp, i64)>,
}

impl Axis {
    fn of(timeline: &Timeline) -> Self {
        let (mut places, mut far) = (Vec::<(Timestamp, i64)>::new(), 0);
        for Instant { moment, .. } in &timeline.instants {
            let passed = places.last().map_or(0, |(last, _)| moment.now.since(*last).ms());
            far += if passed > LONGEST_PAUSE_MS { SHORTENED_MS } else { passed };
            places.push((moment.now, far));
        }
        Self { places }
    }

    /// Returns where an instant is, pixels.
    fn x(&self, at: Timestamp) -> f64 {
        let after = self.places.partition_point(|(known, _)| *known <= at);
        let before = after.checked_sub(1).and_then(|before| self.places.get(before));
        let far = match (before, self.places.get(after)) {
            (Some((from, far)), Some((until, farther))) => {
                let share = decimal(at.since(*from).ms()) / decimal(until.since(*from).ms().max(1));
                decimal(*far) + share * decimal(farther - far)
            }
            (Some((_, far)), None) => decimal(*far),
            _ => 0.0,
        };
        let whole = self.places.last().map_or(1, |(_, far)| (*far).max(1));
        LEFT + far / decimal(whole) * (WIDTH - LEFT - RIGHT)
    }

    /// Returns the instants behind a shortened pause.
    fn breaks(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let pairs = self.places.iter().zip(self.places.iter().skip(1));
        pairs.filter(|((from, _), (until, _))| until.since(*from).ms() > LONGEST_PAUSE_MS).map(|(_, (until, _))| *until)
    }
}

fn decimal(ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let decimal = ms as f64;
    decimal
}

struct Picture<'a> {
    svg: String,
    axis: &'a Axis,
    catalog: &'a Catalog,
    /// Where the next lane begins.
    y: f64,
}

impl Picture<'_> {
    fn title(&mut self, timeline: &Timeline) {
        let first =
            timeline.instants.first().map_or_else(String::new, |first| clock(first.moment.local, first.moment.now));
        let name = self.catalog.text(self.catalog.name);
        self.text((LEFT, 24.0), "", &format!("{name}: what was understood from {first} on"));
    }

    fn truth(&mut self, truth: &[Visit]) {
        self.label("truth");
        for visit in truth {
            let store =
                self.catalog.stores.iter().zip(0..).find(|(store, _)| self.catalog.text(store.id) == visit.store);
            let colour = store.map_or("#9e9e9e", |(_, place)| colour(StoreIx(place)));
            let name = store.map_or(visit.store.as_str(), |(store, _)| self.catalog.text(store.name)).to_owned();
            self.band((visit.from, visit.until), colour, 1.0, &name);
        }
        self.y += LANE + GAP / 2.0;
    }

    fn presence(&mut self, timeline: &Timeline) {
        self.label("said");
        for (from, until, (place, store)) in
            stretches(timeline, |moment| (moment.presence.place, moment.presence.store))
        {
            let Some(store) = store.filter(|_| place != Place::Away) else { continue };
            let strength = if place == Place::InStore { 1.0 } else { 0.25 };
            let name = self.catalog.store(store).map_or("", |store| self.catalog.text(store.name));
            let name = if place == Place::InStore { name.to_owned() } else { format!("near {name}") };
            self.band((from, until), colour(store), strength, &name);
        }
        self.y += LANE + GAP;
    }

    fn intent(&mut self, timeline: &Timeline) {
        self.label("intent");
        for (from, until, stage) in stretches(timeline, |moment| moment.intent.stage) {
            let name = IntentStage::ALL.iter().find(|(known, _)| *known == stage).map_or("", |(_, name)| *name);
            self.band((from, until), INTENT.get(stage as usize).unwrap_or(&"#cfd8dc"), 0.8, name);
        }
        self.y += LANE + GAP;
    }

    /// Draws parts per million over time.
    fn chart(&mut self, label: &str, colour: &str, timeline: &Timeline, value: impl Fn(&Moment) -> u32) {
        let (top, bottom) = (self.y, self.y + CHART);
        self.text((8.0, top + 12.0), "", label);
        for (share, text) in [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")] {
            let y = bottom - share * CHART;
            let _ = writeln!(self.svg, r##"<path d="M{LEFT} {y:.1}H{}" stroke="#e0e0e0"/>"##, WIDTH - RIGHT);
            self.text((LEFT - 6.0, y + 4.0), r##" text-anchor="end" fill="#757575""##, text);
        }
        let mut line = String::new();
        for Instant { moment, .. } in &timeline.instants {
            let (x, y) = (self.axis.x(moment.now), bottom - f64::from(value(moment)) / 1e6 * CHART);
            // NOTE: what is known holds until it changes.
            let _ = if line.is_empty() { write!(line, "M{x:.1} {y:.1}") } else { write!(line, "H{x:.1}V{y:.1}") };
        }
        let end = self.axis.places.last().map_or(LEFT, |(last, _)| self.axis.x(*last));
        let start = LEFT;
        let _ = writeln!(self.svg, r#"<path d="{line}V{bottom:.1}H{start:.1}Z" fill="{colour}" opacity=".12"/>"#);
        let _ = writeln!(self.svg, r#"<path d="{line}H{end:.1}" fill="none" stroke="{colour}" stroke-width="1.5"/>"#);
        self.y = bottom + GAP;
    }

    /// A tick for each signal, and a dot for each decision: filled where something was shown.
    fn signals(&mut self, timeline: &Timeline) {
        self.label("signals");
        let top = self.y;
        for Instant { signal, moment, decided } in timeline.instants.iter().filter(|instant| !instant.signal.is_empty())
        {
            let x = self.axis.x(moment.now);
            let said = escaped(decided.as_deref().unwrap_or(signal));
            let _ = match decided {
                Some(decided) => {
                    let fill = if decided.starts_with("show") { "#2e7d32" } else { "#fff" };
                    writeln!(
                        self.svg,
                        r##"<circle cx="{x:.1}" cy="{:.1}" r="5" fill="{fill}" stroke="#2e7d32"><title>{said}</title></circle>"##,
                        top + LANE / 2.0
                    )
                }
                None => writeln!(
                    self.svg,
                    r##"<path d="M{x:.1} {top:.1}v{LANE}" stroke="#757575"><title>{said}</title></path>"##
                ),
            };
        }
        self.y += LANE + GAP;
    }

    /// Times of day along the bottom, where there is room, and a dashed line behind every shortened pause.
    fn times(&mut self, timeline: &Timeline) {
        for at in self.axis.breaks() {
            let x = self.axis.x(at);
            let _ = writeln!(
                self.svg,
                r##"<path d="M{x:.1} {TOP}V{:.1}" stroke="#9e9e9e" stroke-dasharray="3 4"/>"##,
                self.y
            );
        }
        let (mut free, mut last) = (LEFT, String::new());
        for Instant { moment, .. } in &timeline.instants {
            let (x, time) = (self.axis.x(moment.now), clock(moment.local, moment.now));
            let (day, hour) = time.split_at(11.min(time.len()));
            let (text, room) = if day == last { (hour, 90.0) } else { (time.as_str(), 150.0) };
            if x < free || x + room > WIDTH {
                continue;
            }
            self.text((x, self.y + 12.0), r##" fill="#757575""##, text);
            (free, last) = (x + room, day.to_owned());
        }
        self.y += LANE;
    }

    fn label(&mut self, text: &str) {
        self.text((8.0, self.y + 15.0), "", text);
    }

    fn text(&mut self, (x, y): (f64, f64), attributes: &str, text: &str) {
        let text = escaped(text);
        let _ = writeln!(self.svg, r#"<text x="{x:.1}" y="{y:.1}"{attributes}>{text}</text>"#);
    }

    fn band(&mut self, (from, until): (Timestamp, Timestamp), colour: &str, strength: f64, name: &str) {
        let (x, end) = (self.axis.x(from), self.axis.x(until));
        let (y, width, title) = (self.y, (end - x).max(1.0), escaped(name));
        let _ = writeln!(
            self.svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{LANE}" fill="{colour}" opacity="{strength}"><title>{title}</title></rect>"#
        );
        // NOTE: about 7 pixels for a letter.
        if width > 7.0 * f64::from(u16::try_from(name.chars().count()).unwrap_or(u16::MAX)) {
            let dark = strength < 1.0;
            let fill = if dark { "#212121" } else { "#fff" };
            self.text((x + 4.0, y + 15.0), &format!(r#" fill="{fill}""#), name);
        }
    }
}

fn colour(store: StoreIx) -> &'static str {
    STORES.get(usize::from(store.0) % STORES.len()).copied().unwrap_or("#2e7d32")
}

/// Returns the stretches of time in which something stays the same.
fn stretches<T: PartialEq>(timeline: &Timeline, of: impl Fn(&Moment) -> T) -> Vec<(Timestamp, Timestamp, T)> {
    let mut stretches: Vec<(Timestamp, Timestamp, T)> = Vec::new();
    for Instant { moment, .. } in &timeline.instants {
        let value = of(moment);
        if let Some((_, until, _)) = stretches.last_mut() {
            *until = moment.now;
        }
        if stretches.last().is_none_or(|(.., last)| *last != value) {
            stretches.push((moment.now, moment.now, value));
        }
    }
    stretches
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
