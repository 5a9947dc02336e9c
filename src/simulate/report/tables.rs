//! The parts of the report that go into detail: placements, supply, reasons, offers, gaps, another catalog, method.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::words::{self, escaped};
use super::{Page, chart};
use crate::catalog::Language;
use crate::simulate::count::Funnel;
use crate::simulate::figure::{Figure, Unit};
use crate::simulate::luck::real;
use crate::simulate::summary::{BudgetView, DifferenceView, OfferView, PlacementView, SpreadView, WordsView};

/// Rows of a list that goes on.
const MOST: usize = 15;
/// A placement has little to say where fewer than one moment in so many has something.
const THIN: u64 = 5;

impl Page<'_> {
    fn words<'a>(&self, words: &'a WordsView) -> &'a str {
        if self.language == Language::De { &words.de } else { &words.en }
    }

    /// Returns a headline; what a decision fills in is left open.
    fn title(&self, offer: &OfferView) -> String {
        let open = ["{product}", "{category}", "{store}"];
        escaped(&open.into_iter().fold(self.words(&offer.title).to_string(), |title, name| title.replace(name, "…")))
    }

    fn share(&self, part: u64, all: u64) -> String {
        if all == 0 { "–".into() } else { self.said(real(part) / real(all), Unit::Share) }
    }

    /// Placements that were asked for at all.
    fn asked(&self) -> Vec<&PlacementView> {
        self.summary.placements.iter().filter(|placement| placement.all.asks > 0).collect()
    }

    fn table(&mut self, caption: &str, heads: &[&str], rows: &[Vec<String>]) {
        let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
        let row = |cells: &Vec<String>| {
            let cells = cells.iter().enumerate().map(|(place, cell)| match place {
                0 => format!("<th scope=\"row\">{cell}</th>"),
                _ => format!("<td>{cell}</td>"),
            });
            format!("<tr>{}</tr>", cells.collect::<String>())
        };
        let rows: String = rows.iter().map(row).collect();
        let caption = if caption.is_empty() { String::new() } else { format!("<caption>{caption}</caption>") };
        self.out += &format!(
            "<div class=\"scroll\"><table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        );
    }

    /// The other catalog on the same people.
    pub(super) fn comparison(&mut self) {
        let Some(compared) = self.compared else { return };
        let (name, version) = (escaped(&compared.other.catalog), compared.other.version);
        let title = self.of("What the other catalog would change", "Was der andere Katalog ändern würde");
        let note = match self.language {
            Language::En => format!(
                "The same people on the same days with {name}, version {version}. A change counts as sure where chance would \
                 show one of this size in fewer than 5 of 100 cases."
            ),
            Language::De => format!(
                "Dieselben Menschen an denselben Tagen mit {name}, Version {version}. Eine Änderung gilt als sicher, wo der \
                 Zufall in weniger als 5 von 100 Fällen eine solche zeigen würde."
            ),
        };
        let changes = compared.differences.iter().filter_map(|difference| difference.change);
        let most = changes.map(|change| libm::fabs(change.value)).fold(0.1, f64::max).min(1.0) * 1.15;
        let rows: Vec<Vec<String>> =
            compared.differences.iter().map(|difference| self.difference(difference, most)).collect();
        self.section(title, &note);
        let heads = [
            "",
            self.of("this catalog", "dieser Katalog"),
            self.of("the other", "der andere"),
            self.of("change", "Änderung"),
            self.of("less ← → more", "weniger ← → mehr"),
        ];
        self.table("", &heads, &rows);
        self.out += "</section>";
    }

    fn difference(&self, difference: &DifferenceView, most: f64) -> Vec<String> {
        let unit = Figure::named(difference.name).map_or(Unit::Number, |figure| figure.unit);
        let (label, good) = words::figure(difference.name, self.language);
        let before = self.figure(difference.name).value;
        let rises = difference.difference.value > 0.0;
        let (class, sign, word) = match (difference.is_sure, good) {
            (false, _) => ("", "sign none", self.of("may be chance", "kann Zufall sein")),
            (true, 0) => ("", "sign none", self.of("sure", "sicher")),
            (true, good) if (good > 0) == rises => ("better", "sign", self.of("better", "besser")),
            _ => ("worse", "sign bad", self.of("worse", "schlechter")),
        };
        let percent = |share: f64| {
            let plus = if share > 0.0 { "+" } else { "" };
            // NOTE: a change of 0.0 % that is sure would be a riddle.
            let digits = if libm::fabs(share) < 0.000_5 { 2 } else { 1 };
            format!("{plus}{}\u{a0}%", words::number(share * 100.0, digits, self.language))
        };
        let change = difference.change.map_or_else(
            || ("–".to_string(), String::new()),
            |change| {
                let range = format!("{} {} {}", percent(change.low), self.of("to", "bis"), percent(change.high));
                let said = format!("{}<small>{range}</small>{}", percent(change.value), self.over_models(difference));
                (said, chart::change(change, most, class, &range))
            },
        );
        let after = before + difference.difference.value;
        alloc::vec![
            format!("{label} <span class=\"{sign}\">{word}</span>"),
            self.said(before, unit),
            self.said(after, unit),
            change.0,
            change.1,
        ]
    }

    /// What nine in ten drawn models of how people answer say, where some were drawn.
    fn over_models(&self, difference: &DifferenceView) -> String {
        let said = |share: f64| format!("{}\u{a0}%", words::number(share * 100.0, 1, self.language));
        difference.over_models.map_or_else(String::new, |SpreadView { low, high, .. }| {
            let others = self.of("if people answer otherwise:", "wenn Menschen anders antworten:");
            format!("<small>{others} {} {} {}</small>", said(low), self.of("to", "bis"), said(high))
        })
    }

    /// How far asks got, by placement.
    pub(super) fn placements(&mut self) {
        let title = self.of("Where you could have spoken", "Wo du hättest sprechen können");
        let note = self.of(
            "Each time a page opened, it asked whether to say something. The bars show how far that got.",
            "Jedes Mal, wenn eine Seite aufging, fragte sie, ob etwas zu sagen ist. Die Balken zeigen, wie weit das kam.",
        );
        let keys = [
            ("k1", self.of("asked", "gefragt")),
            ("k2", self.of("we might speak", "wir durften sprechen")),
            ("k3", self.of("there was something to say", "es gab etwas zu sagen")),
            ("k4", self.of("something was said", "es wurde etwas gesagt")),
        ];
        let keys: String =
            keys.iter().map(|(class, word)| format!("<li><i class=\"{class}\"></i>{word}</li>")).collect();
        let placements = self.asked();
        let most = placements.iter().map(|placement| placement.all.asks).max().unwrap_or(1);
        let row = |placement: &&PlacementView| {
            let Funnel { asks, shown, useful, .. } = placement.all;
            let name =
                format!("{}<small>{}</small>", escaped(&placement.id), words::step(placement.asked_at, self.language));
            alloc::vec![
                name,
                chart::funnel(placement.all, most, self.language),
                self.count(asks),
                self.count(shown),
                self.share(useful, shown),
            ]
        };
        let rows: Vec<Vec<String>> = placements.iter().map(row).collect();
        let heads = [
            self.of("Place", "Platz"),
            "",
            self.of("asked", "gefragt"),
            self.of("shown", "gezeigt"),
            self.of("of use", "nützlich"),
        ];
        self.section(title, note);
        self.out += &format!("<ul class=\"key\">{keys}</ul>");
        self.table("", &heads, &rows);
        self.out += "</section>";
    }

    /// When each placement runs dry.
    pub(super) fn supply(&mut self) {
        let title = self.of("When you run out of things to say", "Wann dir der Stoff ausgeht");
        let note = self.of(
            "Of 100 moments at which we might speak, so many found an offer that might be shown, week by week. A curve that \
             falls to the ground means: new offers are needed.",
            "Von 100 Momenten, in denen wir sprechen durften, fanden so viele ein Angebot, das gezeigt werden durfte, Woche für \
             Woche. Fällt eine Kurve auf den Boden, braucht es neue Angebote.",
        );
        let figures: String = self.asked().iter().map(|placement| self.curve(placement)).collect();
        self.section(title, note);
        self.out += &format!("<div class=\"charts\">{figures}</div></section>");
    }

    fn curve(&self, placement: &PlacementView) -> String {
        let all = placement.all;
        let sign = match (placement.dry_from, self.language) {
            (None, _) if all.free * THIN < all.permitted => {
                format!("<span class=\"sign none\">{}</span>", self.of("little to say", "wenig zu sagen"))
            }
            (None, _) => format!("<span class=\"sign\">{}</span>", self.of("enough to say", "genug zu sagen")),
            (Some(1), _) => {
                format!(
                    "<span class=\"sign bad\">{}</span>",
                    self.of("hardly anything from the start", "von Anfang an kaum etwas")
                )
            }
            (Some(week), Language::En) => format!("<span class=\"sign bad\">dry from week {week} on</span>"),
            (Some(week), Language::De) => format!("<span class=\"sign bad\">trocken ab Woche {week}</span>"),
        };
        let chart = chart::supply(&placement.weeks, self.language);
        format!("<figure><figcaption><b>{}</b> {sign}</figcaption>{chart}</figure>", escaped(&placement.id))
    }

    /// Why nothing was said.
    pub(super) fn holds(&mut self) {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for hold in self.summary.placements.iter().flat_map(|placement| &placement.holds) {
            *sums.entry(hold.why).or_default() += hold.count;
        }
        let mut sums: Vec<(&str, u64)> = sums.into_iter().collect();
        sums.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
        let (most, all) = (sums.first().map_or(1, |(_, count)| *count), sums.iter().map(|(_, count)| count).sum());
        let row = |(why, count): &(&str, u64)| {
            let said = words::why(why, self.language);
            let share = self.share(*count, all);
            let bar = chart::bar(*count, most, &share);
            alloc::vec![escaped(&said), bar, self.count(*count), share]
        };
        let rows: Vec<Vec<String>> = sums.iter().map(row).collect();
        let title = self.of("Why nothing was said", "Warum nichts gesagt wurde");
        let note = self.of(
            "Silence is a decision too. Quiet hours and rest protect people; where no offer fits, something may be missing.",
            "Auch Schweigen ist eine Entscheidung. Ruhezeiten und Pausen schützen die Menschen; wo kein Angebot passt, fehlt \
             vielleicht etwas.",
        );
        let heads =
            [self.of("Reason", "Grund"), "", self.of("times", "Mal"), self.of("of all silence", "allen Schweigens")];
        self.section(title, note);
        self.table("", &heads, &rows);
        self.out += "</section>";
    }

    /// What each offer did, and what coupons may still cost.
    pub(super) fn offers(&mut self) {
        let title = self.of("What each offer did", "Was jedes Angebot bewirkt hat");
        let note = self.of(
            "<em>Open at most</em>: what coupons that were taken and not yet used could have cost at the end of the worst week.",
            "<em>Höchstens offen</em>: was genommene, noch nicht eingelöste Coupons am Ende der teuersten Woche hätten kosten können.",
        );
        let offers = &self.summary.offers;
        let sum = |amount: fn(&OfferView) -> u64| self.said(real(offers.iter().map(amount).sum()), Unit::Money);
        let (cost, open) = (sum(|offer| offer.savings), sum(|offer| offer.liability_end));
        let all = match self.language {
            Language::En => {
                format!("All coupons together cost you {cost}; at the end, {open} were taken and not yet used. ")
            }
            Language::De => format!(
                "Alle Coupons zusammen kosteten dich {cost}; am Ende waren {open} genommen und noch nicht eingelöst. "
            ),
        };
        let note = format!("{all}{note}");
        let shown: Vec<&OfferView> = offers.iter().filter(|offer| offer.shown > 0).collect();
        let rows: Vec<Vec<String>> = shown.iter().map(|offer| self.offer(offer)).collect();
        let heads = [
            self.of("Offer", "Angebot"),
            self.of("shown", "gezeigt"),
            self.of("of use", "nützlich"),
            self.of("refused", "abgelehnt"),
            self.of("taken", "genommen"),
            self.of("used", "eingelöst"),
            self.of("cost you", "kostete dich"),
            self.of("open at most", "höchstens offen"),
        ];
        self.section(title, &note);
        let (first, more) = rows.split_at(rows.len().min(MOST));
        self.table("", &heads, first);
        if !more.is_empty() {
            let word = self.of("more offers", "weitere Angebote");
            self.out += &format!("<details><summary>{} {word}</summary>", more.len());
            self.table("", &heads, more);
            self.out += "</details>";
        }
        self.never_shown();
        self.out += "</section>";
    }

    fn offer(&self, offer: &OfferView) -> Vec<String> {
        let money =
            |amount: u64| if offer.kind == "coupon" { self.said(real(amount), Unit::Money) } else { "–".into() };
        let taken = |amount: u64| if offer.kind == "coupon" { self.count(amount) } else { "–".into() };
        alloc::vec![
            format!("{}<small>{}</small>", self.title(offer), escaped(&offer.id)),
            self.count(offer.shown),
            self.share(offer.useful, offer.shown),
            self.share(offer.refused, offer.shown),
            taken(offer.claimed),
            taken(offer.redeemed),
            money(offer.savings),
            money(offer.liability_most),
        ]
    }

    fn never_shown(&mut self) {
        let never: Vec<&OfferView> = self.summary.offers.iter().filter(|offer| offer.shown == 0).collect();
        if never.is_empty() {
            return;
        }
        let item = |offer: &&OfferView| {
            let why = offer.refusals.first().map(|refusal| words::why(refusal.why, self.language));
            let nobody = self.of("it never fitted, or others were better", "es passte nie, oder andere waren besser");
            let why = why.unwrap_or_else(|| nobody.to_string());
            format!("<li>{} <small>({})</small>: {}</li>", self.title(offer), escaped(&offer.id), escaped(&why))
        };
        let items: String = never.iter().map(item).collect();
        let word = self.of("offers that nobody saw", "Angebote, die niemand sah");
        self.out +=
            &format!("<details><summary>{} {word}</summary><ul class=\"plain\">{items}</ul></details>", never.len());
    }

    /// How long the budgets of coupons lasted, where they count.
    pub(super) fn budgets(&mut self) {
        let budgets = &self.summary.budgets;
        if budgets.is_empty() {
            return;
        }
        let title = self.of("How long budgets lasted", "Wie lange die Budgets reichten");
        let note = self.of(
            "Each bar is what was taken in a tenth of the coupon's time. <code>\"pacing\": \"budget\"</code> spreads a budget over \
             all of it: the less is left, the fewer devices take part.",
            "Jeder Balken ist, was in einem Zehntel der Laufzeit genommen wurde. <code>\"pacing\": \"budget\"</code> verteilt ein \
             Budget auf alle: Je weniger übrig ist, desto weniger Geräte machen mit.",
        );
        let rows: Vec<Vec<String>> = budgets.iter().map(|budget| self.budget(budget)).collect();
        let heads = [
            self.of("Coupon", "Coupon"),
            self.of("taken over its time", "genommen im Lauf der Zeit"),
            self.of("there were", "gab es"),
            self.of("taken", "genommen"),
            self.of("lasted", "reichte"),
            self.of("came too late", "kamen zu spät"),
        ];
        self.section(title, note);
        self.table("", &heads, &rows);
        self.out += "</section>";
    }

    fn budget(&self, budget: &BudgetView) -> Vec<String> {
        let title = escaped(self.words(&budget.title));
        let pacing = budget.pacing.unwrap_or(self.of("at once", "sofort"));
        let lasted = match budget.gone_after {
            None => self.of("to the end", "bis zum Ende").into(),
            Some(share) => {
                let of_time = self.of("of its time", "der Zeit");
                format!("<span class=\"sign bad\">{} {of_time}</span>", self.said(share, Unit::Share))
            }
        };
        alloc::vec![
            format!("{title}<small>{}, {}</small>", escaped(&budget.id), escaped(pacing)),
            chart::tenths(&budget.tenths, self.language),
            self.count(budget.coupons.into()),
            self.count(budget.taken),
            lasted,
            self.count(budget.missed.into()),
        ]
    }

    /// What people needed where nothing was said.
    pub(super) fn gaps(&mut self) {
        let title = self.of("What was missing", "Was gefehlt hat");
        let note = self.of(
            "What people needed most at moments at which we might speak and had nothing good enough to say. Where there is no \
             offer at all, one would meet a need.",
            "Was Menschen am meisten brauchten, als wir sprechen durften und nichts hatten, das gut genug war. Wo es gar kein \
             Angebot gibt, träfe eines auf Bedarf.",
        );
        let gaps = &self.summary.gaps;
        let most = gaps.first().map_or(1, |gap| gap.moments);
        let row = |gap: &crate::simulate::summary::GapView| {
            let moments = self.count(gap.moments);
            let at = gap.placements.iter().max_by_key(|(_, count)| **count).map_or("", |(placement, _)| placement);
            let offers = match gap.offers {
                0 => format!("<span class=\"sign bad\">{}</span>", self.of("none", "keines")),
                count => self.count(u64::try_from(count).unwrap_or(0)),
            };
            let why = gap.whys.first().map_or_else(String::new, |why| words::why(why.why, self.language));
            alloc::vec![
                escaped(self.words(&gap.name)),
                chart::bar(gap.moments, most, &moments),
                moments,
                format!("{}<small>{}</small>", escaped(at), escaped(&why)),
                offers,
            ]
        };
        let rows: Vec<Vec<String>> = gaps.iter().take(MOST).map(row).collect();
        let heads = [
            self.of("Need", "Bedarf"),
            "",
            self.of("moments", "Momente"),
            self.of("mostly at", "meist bei"),
            self.of("offers about it", "Angebote dazu"),
        ];
        self.section(title, note);
        self.table("", &heads, &rows);
        self.out += "</section>";
    }

    /// How all of this was found, and what it is not.
    pub(super) fn method(&mut self) {
        let title = self.of("How this was found", "Wie das zustande kam");
        let seed = self.summary.seed;
        let people = match (&self.summary.mapping, self.language) {
            (None, Language::En) => "Their rhythm and tastes come from a documented generator.".to_string(),
            (None, Language::De) => "Ihr Rhythmus und Geschmack kommen aus einem dokumentierten Generator.".to_string(),
            (Some(taken), Language::En) => format!(
                "They are like {} real households: {} of their categories were taken by name, {} by rank of popularity (the \
                 most popular for the most popular), {} were left out.",
                self.summary.households, taken.by_name, taken.by_rank, taken.left_out
            ),
            (Some(taken), Language::De) => format!(
                "Sie gleichen {} echten Haushalten: {} ihrer Kategorien wurden nach dem Namen zugeordnet, {} nach dem Rang der \
                 Beliebtheit (die beliebteste zur beliebtesten), {} blieben weg.",
                self.summary.households, taken.by_name, taken.by_rank, taken.left_out
            ),
        };
        let points = [
            self.of(
                "The decisions are those of the real engine: it is told what people do and never what they think.",
                "Die Entscheidungen trifft die echte Maschine: Sie erfährt, was Menschen tun, und nie, was sie denken.",
            ),
            self.of(
                "What people make of a message is a stated model: true need, liking, discount and moment speak for it, \
                 repetition and annoyance against it. Annoyance builds up with messages that were of no use and fades by half in a week.",
                "Was Menschen von einer Nachricht halten, ist ein offengelegtes Modell: Bedarf, Vorliebe, Rabatt und Moment \
                 sprechen dafür, Wiederholung und Ärger dagegen. Ärger wächst mit nutzlosen Nachrichten und halbiert sich in einer Woche.",
            ),
            self.of(
                "So read differences rather than the numbers themselves, and measure in the shop before you believe either.",
                "Lies darum eher Unterschiede als die Zahlen selbst, und miss im Laden nach, bevor du eines davon glaubst.",
            ),
            self.of(
                "Ranges are 95 % intervals over people (normal approximation). “Of use” is what was true of the person, not what they said.",
                "Spannen sind 95-%-Intervalle über Menschen (Normalnäherung). „Nützlich“ ist, was für den Menschen stimmte, nicht was er sagte.",
            ),
        ];
        let points: String = points.iter().map(|point| format!("<li>{point}</li>")).collect();
        let again = match self.language {
            Language::En => format!("The same seed ({seed}) gives the same report, to the byte."),
            Language::De => format!("Derselbe Startwert ({seed}) ergibt denselben Bericht, Byte für Byte."),
        };
        self.section(title, &people);
        self.out += &format!("<ul class=\"plain\">{points}<li>{again}</li></ul></section>");
    }
}
