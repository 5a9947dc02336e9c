//! One honest sentence for the shopper about a decision, from the same facts that made it: it names the rule that decided.
//!
//! What the shop and the developer read of it stands in `author::reading`, where no phone pays for it.

use alloc::string::String;

use crate::cadence::{Exclusion, Silence};
use crate::catalog::{Catalog, Language, Text, Words};
use crate::decide::{Decision, Hold, Outcome, Show};
use crate::locate::Wanted;
use crate::moment::{Memory, Recall};
use crate::product::{CategoryIx, ProductIx};
use crate::rank::{About, Because, Reason};
use crate::signal::AskedKind;
use crate::value::{Local, Ppm};

/// Longest sentence, characters.
pub const LONGEST: usize = 140;

/// Explains a decision in `language`, in at most [`LONGEST`] characters.
pub fn sentence(catalog: &Catalog, decision: &Decision, language: Language) -> String {
    let sentence = match &decision.outcome {
        Outcome::Show(show) => because(catalog, (show, &decision.ready.memories), language),
        Outcome::Hold(hold) => {
            // NOTE: candidates stand in the catalog's order, so the first is the best that was refused.
            let best = decision.ready.excluded.first().map(|(_, exclusion)| *exclusion);
            String::from(in_language(silence(*hold, best), language))
        }
    };
    shorten(sentence)
}

/// Asks for the position in `language`, in at most [`LONGEST`] characters: says first what for.
pub fn question(catalog: &Catalog, wanted: &Wanted, language: Language) -> String {
    // NOTE: in which store is not known yet, so the title names none.
    let (because, about) = (Because::GENERAL, wanted.about);
    let show = Show { offer: wanted.offer, about, savings: None, because, propensity: Ppm::ZERO, save_data: false };
    let title = catalog.offers.creative(wanted.offer).map_or(Text::default(), |read| read.title.in_language(language));
    let title = fill(catalog, title, &show, language);
    let asked = ("In unseren Läden: {}. Dürfen wir sehen, wo du bist?", "In our stores: {}. May we see where you are?");
    shorten(filled(in_language(asked, language), &|_| &title))
}

/// German, English.
type Said = (&'static str, &'static str);

fn in_language(said: Said, language: Language) -> &'static str {
    match language {
        Language::De => said.0,
        Language::En => said.1,
    }
}

fn because(catalog: &Catalog, (show, memories): (&Show, &[Memory]), language: Language) -> String {
    let reason = show.because.first().copied().unwrap_or(Reason::General);
    let recalled =
        memories.iter().find(|memory| matches!(reason, Reason::Memory(product, _) if product == memory.product));
    if let Some(known) = recalled {
        return memory(catalog, known, language);
    }
    let subject = match reason {
        Reason::Scanned(about) | Reason::Bought(about, _) => about_name(catalog, about),
        Reason::Memory(product, _) | Reason::Recalled(product) | Reason::PriceFell(product) => {
            product_name(catalog, product)
        }
        Reason::Searched(category) | Reason::NeedDue(category, _) => category_name(catalog, category),
        Reason::InBasket(category) | Reason::Viewed(category) => category_name(catalog, category),
        Reason::InStore(store) => catalog.store(store).map(|store| Words { de: store.name, en: store.name }),
        Reason::Care | Reason::Asked(_) | Reason::Saves | Reason::General => None,
    };
    let subject = catalog.text(subject.map_or(Text::default(), |words| words.in_language(language)));
    filled(in_language(said(reason), language), &|_| subject)
}

/// Says in `language` what something is remembered by: what they did and when.
pub fn memory(catalog: &Catalog, memory: &Memory, language: Language) -> String {
    let (count, month) = match memory.recall {
        Recall::Lapsed => (u32::from(memory.purchases), Local::of_day(memory.last).month),
        Recall::YearsAgo(years) | Recall::FirstBought(years) => (years.into(), 0),
        Recall::EveryYear(month) => (0, month),
        Recall::Around(..) => (0, 0),
    };
    let occasion = memory.occasion(catalog).map_or(Text::default(), |occasion| occasion.name.in_language(language));
    let (count, year) = (digits(count), digits(memory.year().unsigned_abs()));
    let product = product_name(catalog, memory.product).map_or(Text::default(), |name| name.in_language(language));
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).map_or("", |month| in_language(*month, language));
    shorten(filled(in_language(recalled(memory.recall), language), &|name| match name.as_bytes() {
        b"n" => &count,
        b"m" => month,
        b"y" => &year,
        b"o" => catalog.text(occasion),
        _ => catalog.text(product),
    }))
}

/// With `{n}` for a number, `{m}` for the month, `{y}` for the year, `{o}` for the occasion and `{}` for the product.
const fn recalled(recall: Recall) -> Said {
    match recall {
        Recall::Lapsed => {
            ("Du hast {} an {n} Tagen gekauft, zuletzt im {m} {y}.", "You bought {} on {n} days, last in {m} {y}.")
        }
        Recall::YearsAgo(1) => {
            ("Vor einem Jahr um diese Zeit hast du {} gekauft.", "A year ago this week you bought {}.")
        }
        Recall::YearsAgo(_) => {
            ("Vor {n} Jahren um diese Zeit hast du {} gekauft.", "{n} years ago this week you bought {}.")
        }
        Recall::FirstBought(1) => (
            "Vor einem Jahr um diese Zeit hast du {} zum ersten Mal gekauft.",
            "A year ago this week you bought {} for the first time.",
        ),
        Recall::FirstBought(_) => (
            "Vor {n} Jahren um diese Zeit hast du {} zum ersten Mal gekauft.",
            "{n} years ago this week you bought {} for the first time.",
        ),
        Recall::EveryYear(_) => ("Bis {y} hast du jedes Jahr im {m} {} gekauft.", "You bought {} every {m} until {y}."),
        Recall::Around(..) => ("Um {o} {y} hast du {} gekauft.", "You bought {} around {o} {y}."),
    }
}

const MONTHS: [Said; 12] = [
    ("Januar", "January"),
    ("Februar", "February"),
    ("März", "March"),
    ("April", "April"),
    ("Mai", "May"),
    ("Juni", "June"),
    ("Juli", "July"),
    ("August", "August"),
    ("September", "September"),
    ("Oktober", "October"),
    ("November", "November"),
    ("Dezember", "December"),
];

/// Writes a number in decimal digits.
fn digits(mut number: u32) -> String {
    let mut digits = String::new();
    loop {
        digits.insert(0, char::from_digit(number % 10, 10).unwrap_or('0'));
        number /= 10;
        if number == 0 {
            return digits;
        }
    }
}

fn said(reason: Reason) -> Said {
    match reason {
        Reason::Care => (
            "Weil bei dir noch etwas offen ist und Hilfe vorgeht.",
            "Because something is still open for you, and help comes first.",
        ),
        Reason::Asked(AskedKind::Question) => ("Weil du uns danach gefragt hast.", "Because you asked us about it."),
        Reason::Asked(AskedKind::Complaint) => {
            ("Weil du uns gesagt hast, was nicht gut war.", "Because you told us what was not good.")
        }
        Reason::Asked(_) => ("Weil du es dir von uns gewünscht hast.", "Because you wished for it."),
        Reason::Recalled(_) => {
            ("Weil {} zurückgerufen wird und du es haben könntest.", "Because {} is called back, and you may have it.")
        }
        Reason::PriceFell(_) => (
            "Weil {} weniger kostet als damals, als du es dir angesehen hast.",
            "Because {} costs less than when you looked at it.",
        ),
        Reason::Memory(..) => ("Weil du {} früher gekauft hast.", "Because you used to buy {}."),
        Reason::Scanned(_) => ("Weil du {} gescannt hast.", "Because you scanned {}."),
        Reason::Searched(_) => ("Weil du nach {} gesucht hast.", "Because you searched for {}."),
        Reason::NeedDue(..) => ("Weil {} bei dir bald ausgehen könnte.", "Because you may be running out of {} soon."),
        Reason::Bought(..) => ("Weil du {} schon gekauft hast.", "Because you have bought {} before."),
        Reason::Saves => ("Weil es an diesem Einkauf etwas spart.", "Because it saves money on this basket."),
        Reason::InBasket(_) => ("Weil {} in deinem Korb ist.", "Because {} is in your basket."),
        Reason::Viewed(_) => ("Weil du dir {} angesehen hast.", "Because you looked at {}."),
        Reason::InStore(_) => ("Weil du gerade bei {} bist.", "Because you are at {} now."),
        Reason::General => ("Weil es gerade für alle gilt.", "Because it is for everybody right now."),
    }
}

/// Why nothing is shown; where every candidate was refused, why the best of them was.
const fn silence(hold: Hold, best: Option<Exclusion>) -> Said {
    match hold {
        Hold::Silent(Silence::DialNever) => {
            ("Du hast dir gewünscht, dass wir still sind.", "You asked us to stay silent.")
        }
        Hold::Silent(Silence::Busy) => {
            ("Du bist gerade beschäftigt, wir stören nicht.", "You are busy, so we do not disturb.")
        }
        Hold::Silent(Silence::QuietHours { .. }) => ("Es ist Ruhezeit.", "These are quiet hours."),
        Hold::Silent(Silence::Resting { .. }) => {
            ("Wir haben uns eben erst gemeldet.", "We spoke to you only just now.")
        }
        Hold::Silent(Silence::CapReached { .. }) => {
            ("Für jetzt haben wir genug gesagt.", "We have said enough for now.")
        }
        Hold::Silent(Silence::UnknownHistory { .. }) => (
            "Wir wissen nicht, was wir schon gesagt haben, und sind lieber still.",
            "We do not know what we said before, so we stay quiet.",
        ),
        Hold::Silent(Silence::Riding { .. }) => {
            ("Du bist unterwegs, wir stören nicht.", "You are on the move, so we do not disturb.")
        }
        Hold::Silent(Silence::Holdout { until: None }) => {
            ("Auf diesem Gerät bleiben wir zum Vergleich still.", "On this device we stay silent, to compare.")
        }
        Hold::Silent(Silence::Holdout { until: Some(_) }) => {
            ("Heute bleiben wir zum Vergleich still.", "Today we stay silent, to compare.")
        }
        Hold::Silent(Silence::Expired) => {
            ("Was dieser Laden zu sagen hatte, gilt nicht mehr.", "What this shop had to say is out of date.")
        }
        Hold::NothingFits | Hold::AllExcluded { .. } => match best {
            Some(exclusion) => refused(exclusion),
            None => ("Gerade passt nichts zu dir.", "Nothing fits you right now."),
        },
        Hold::NotWorthIt => {
            ("Nichts war nützlich genug, um dich zu stören.", "Nothing was useful enough to disturb you.")
        }
    }
}

const fn refused(exclusion: Exclusion) -> Said {
    match exclusion {
        Exclusion::Schedule { until: Some(_) } => {
            ("Was am besten passt, beginnt erst noch.", "What fits best has not begun yet.")
        }
        Exclusion::Schedule { until: None } => {
            ("Was am besten passt, läuft gerade nicht.", "What fits best does not run right now.")
        }
        Exclusion::Cap { .. } => {
            ("Davon haben wir dir für jetzt genug gezeigt.", "We have shown you enough of that for now.")
        }
        Exclusion::Tired { .. } => ("Davon hast du für jetzt genug gesehen.", "You have seen enough of that for now."),
        Exclusion::Pacing { .. } => ("Was am besten passt, ist später dran.", "What fits best has its turn later."),
        Exclusion::Exhausted => ("Was am besten passt, ist vergriffen.", "What fits best is all taken."),
        Exclusion::CoolingOff { .. } => {
            ("Was am besten passt, wolltest du neulich nicht.", "What fits best you turned down not long ago.")
        }
        Exclusion::Later { .. } => {
            ("Was am besten passt, wolltest du später sehen.", "What fits best you wanted to see later.")
        }
        Exclusion::NeverAgain => {
            ("Was am besten passt, wolltest du nie wieder sehen.", "What fits best you never want to see again.")
        }
        Exclusion::Converted => {
            ("Was am besten passt, hat sich für dich schon erledigt.", "What fits best is settled for you already.")
        }
        Exclusion::CareFirst => (
            "Bei dir ist noch etwas offen, und Hilfe geht vor.",
            "Something is still open for you, and help comes first.",
        ),
        Exclusion::Careful { .. } => (
            "Bei dir war neulich etwas nicht in Ordnung; für Angebote ist es noch zu früh.",
            "Something went wrong for you not long ago, so it is too soon for offers.",
        ),
        Exclusion::Consent => ("Du möchtest nicht erinnert werden.", "You do not want to be reminded."),
        Exclusion::Sensitive => {
            ("Was am besten passt, sprechen wir nicht von uns aus an.", "What fits best we do not bring up ourselves.")
        }
        Exclusion::NoMemory => ("Es gibt nichts zu erinnern.", "There is nothing to remind you of."),
        Exclusion::ReminderGap { .. } => {
            ("Wir haben dich erst neulich an etwas erinnert.", "We reminded you of something not long ago.")
        }
        Exclusion::Age => ("Was am besten passt, ist nur für Erwachsene.", "What fits best is for adults only."),
    }
}

/// Fills `{product}`, `{category}`, `{store}` and `{lowest}` in the words of an offer.
pub fn fill(catalog: &Catalog, text: Text, show: &Show, language: Language) -> String {
    let product = match show.about {
        Some(About::Product(product)) => catalog.product(product),
        _ => None,
    };
    let category = match show.about {
        Some(About::Category(category)) => Some(category),
        _ => product.map(|product| product.category),
    };
    let category = category.and_then(|category| category_name(catalog, category));
    let store = show.because.iter().find_map(|reason| match reason {
        Reason::InStore(store) => catalog.store(*store).map(|store| store.name),
        _ => None,
    });
    let words = |words: Option<Words>| words.map(|words| words.in_language(language));
    let shop = catalog.name;
    let lowest = words(product.map(|product| product.lowest)).unwrap_or_default();
    let category = words(category).unwrap_or(shop);
    let product = words(product.map(|product| product.name)).unwrap_or(category);
    filled(catalog.text(text), &|name| match name {
        "product" => catalog.text(product),
        "category" => catalog.text(category),
        "lowest" => catalog.text(lowest),
        _ => catalog.text(store.unwrap_or(shop)),
    })
}

/// Returns `text` with every `{name}` replaced; an open brace without its partner stays.
fn filled<'a>(mut text: &str, value: &dyn Fn(&str) -> &'a str) -> String {
    let mut filled = String::new();
    while let Some((before, rest)) = cut(text, b'{') {
        filled.push_str(before);
        let name = cut(rest, b'}').filter(|(name, _)| !name.as_bytes().contains(&b'{'));
        filled.push_str(name.map_or("{", |(name, _)| value(name)));
        text = name.map_or(rest, |(_, rest)| rest);
    }
    filled.push_str(text);
    filled
}

/// Returns what stands before and after the first `mark`. As `str::split_once`, which brings half a kilobyte.
fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn about_name(catalog: &Catalog, about: About) -> Option<Words> {
    match about {
        About::Product(product) => product_name(catalog, product),
        About::Category(category) => category_name(catalog, category),
    }
}

fn product_name(catalog: &Catalog, product: ProductIx) -> Option<Words> {
    catalog.product(product).map(|product| product.name)
}

fn category_name(catalog: &Catalog, category: CategoryIx) -> Option<Words> {
    catalog.category(category).map(|category| category.name)
}

fn shorten(mut sentence: String) -> String {
    if let Some((cut, _)) = sentence.char_indices().nth(LONGEST - 1)
        && sentence.chars().count() > LONGEST
    {
        sentence.truncate(cut);
        sentence.push('…');
    }
    sentence
}
