//! How close to buying, and what: from the events of this session.
//!
//! The odds are a table of the catalog, learnt by `tactful train intent`; what is asked of the session is here.

use alloc::vec::Vec;

use super::{exp, to_ppm};
use crate::catalog::Catalog;
use crate::catalog::intent::Answers;
use crate::product::CategoryIx;
use crate::profile::{Interest, Profile, Session};
use crate::value::{Local, Now, Ppm, Span, Timestamp};

/// How close to buying. The order is that of the codes, which packs have: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentStage {
    /// Looking around.
    Browse,
    /// Interested: a search, a scan, three products looked at.
    Consider,
    /// Something is in the basket.
    Decide,
    /// Paying.
    Checkout,
    /// Weighing: three different products of one category in a row.
    Compare,
    /// Something is in the basket, and they waver: took something out, looked at the basket again, went back from the
    /// checkout, or are silent for three minutes.
    Hesitate,
    /// About to go: the page is out of sight for half a minute, or ten minutes of silence.
    Leave,
}

impl IntentStage {
    /// Every stage with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Browse, "browse"),
        (Self::Consider, "consider"),
        (Self::Decide, "decide"),
        (Self::Checkout, "checkout"),
        (Self::Compare, "compare"),
        (Self::Hesitate, "hesitate"),
        (Self::Leave, "leave"),
    ];

    /// Tells whether there is something that they may want to buy.
    pub const fn is_interested(self) -> bool {
        !matches!(self, Self::Browse | Self::Leave)
    }
}

/// How close to buying, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The step.
    pub stage: IntentStage,
    /// Probability of a purchase in this session.
    pub purchase: Ppm,
    /// Categories of interest, newest first: the first is what would most likely be bought.
    pub interests: Vec<Interest>,
}

impl Intent {
    /// Tells whether somebody showed interest in `category`.
    pub fn has(&self, category: CategoryIx) -> bool {
        self.interests.iter().any(|interest| interest.category == category)
    }
}

/// Understands the session; one that ended counts for nothing.
pub fn of(catalog: &Catalog, profile: &Profile, scanned: bool, local: Local, now: &Now) -> Intent {
    let session = &profile.session;
    let answers = answers(profile, local, now);
    let purchase = chance(catalog.intent.sum(answers));
    if has_ended(session, now) {
        return Intent { stage: IntentStage::Browse, purchase, interests: Vec::new() };
    }
    Intent {
        stage: stage(session, scanned, now),
        purchase,
        interests: session.interests.iter().rev().copied().collect(),
    }
}

/// Turns log-odds in thousandths into a probability.
pub fn chance(odds: i32) -> Ppm {
    to_ppm(1.0 / (1.0 + exp(f64::from(odds) / -1_000.0)))
}

fn has_ended(session: &Session, now: &Now) -> bool {
    now.is_past(session.last.after(Session::PAUSE))
}

/// Minutes of silence after which they hesitate, and after which they leave; the table knows both.
pub const MINUTES: [u32; 3] = [1, HESITATES, LEAVES];
const HESITATES: u32 = 3;
const LEAVES: u32 = 10;
/// How long the page may be out of sight for a look at something else.
pub const GLANCE: Span = Span::from_ms(30_000);

fn stage(session: &Session, scanned: bool, now: &Now) -> IntentStage {
    let silent = |minutes| now.has_reached(session.last.after(Span::minutes(minutes)));
    if silent(LEAVES) || is_hidden(session, now) {
        IntentStage::Leave
    } else if session.adds > 0 && (session.wavers > 0 || silent(HESITATES)) {
        IntentStage::Hesitate
    } else if session.checkout > 0 {
        IntentStage::Checkout
    } else if session.adds > 0 {
        IntentStage::Decide
    } else if session.compared >= 2 {
        IntentStage::Compare
    } else if scanned || session.searches > 0 || session.views >= 3 {
        IntentStage::Consider
    } else {
        IntentStage::Browse
    }
}

fn is_hidden(session: &Session, now: &Now) -> bool {
    session.hidden.is_some_and(|since| now.has_reached(since.after(GLANCE)))
}

/// Answers what the [table](crate::catalog::intent::CLUES) asks; of a session that ended, only who and when.
pub fn answers(profile: &Profile, local: Local, now: &Now) -> Answers {
    let session = &profile.session;
    let visitor = if profile.purchases > 0 { 2 } else { u8::from(session.returning) };
    let weekend = u8::from(local.weekday() > 5);
    if has_ended(session, now) {
        let visitor = visitor.max(u8::from(session.last != Timestamp::default()));
        return [0, 0, 0, 0, 0, 0, 0, 0, visitor, weekend];
    }
    let minutes = |since: Timestamp| level(MINUTES, |minutes| now.has_reached(since.after(Span::minutes(minutes))));
    [
        level([1, 2, 3, 4, 6, 10], |count| session.views >= count),
        level([1, 2], |count| session.searches.saturating_add(session.scan.is_some().into()) >= count),
        level([1, 2], |count| session.adds >= count),
        session.checkout,
        level([1, 2], |count| session.wavers >= count),
        minutes(session.began),
        minutes(session.last),
        u8::from(is_hidden(session, now)),
        visitor,
        weekend,
    ]
}

/// Returns how many of the rising `steps` are reached.
fn level<T: Copy, const N: usize>(steps: [T; N], is_reached: impl Fn(T) -> bool) -> u8 {
    steps.into_iter().fold(0, |level, step| level + u8::from(is_reached(step)))
}
