//! How close to buying, and what: from the events of this session.

use alloc::vec::Vec;

use super::to_ppm;
use crate::product::CategoryIx;
use crate::profile::{Interest, Session};
use crate::value::{Now, Ppm};

/// How close to buying, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntentStage {
    /// Looking around.
    Browse,
    /// Comparing: a search, a scan, three products looked at.
    Consider,
    /// Something is in the basket.
    Decide,
    /// Paying.
    Checkout,
}

impl IntentStage {
    /// Every stage with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Browse, "browse"),
        (Self::Consider, "consider"),
        (Self::Decide, "decide"),
        (Self::Checkout, "checkout"),
    ];
}

/// How close to buying, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The step.
    pub stage: IntentStage,
    /// Probability of a purchase in this session.
    pub purchase: Ppm,
    /// Categories of interest, newest first.
    pub interests: Vec<Interest>,
}

impl Intent {
    /// Tells whether somebody showed interest in `category`.
    pub fn has(&self, category: CategoryIx) -> bool {
        self.interests.iter().any(|interest| interest.category == category)
    }
}

/// Log-odds of a purchase before and per ln(1 + products looked at, at most 10).
///
/// Fitted by logistic regression on `ProductRelated` of the UCI Online Shoppers Purchasing Intention data (Sakar, Kastro
/// 2018, CC BY 4.0; the 8 637 public sessions).
const BEFORE: f64 = -4.900;
const PER_VIEW: f64 = 1.424;
/// Log-odds added by a search or scan, something in the basket, and each step of the checkout. Assumptions, to be
/// trained from a shop's own log: the public data has no such events.
const SEARCHED: f64 = 0.4;
const IN_BASKET: f64 = 1.6;
const PER_CHECKOUT_STEP: f64 = 1.0;

/// Understands the session; one that ended counts for nothing.
pub fn of(session: &Session, scanned: bool, now: &Now) -> Intent {
    if now.is_past(session.last.after(Session::PAUSE)) {
        return Intent { stage: IntentStage::Browse, purchase: purchase(&Session::default()), interests: Vec::new() };
    }
    Intent {
        stage: stage(session, scanned),
        purchase: purchase(session),
        interests: session.interests.iter().rev().copied().collect(),
    }
}

fn stage(session: &Session, scanned: bool) -> IntentStage {
    if session.checkout > 0 {
        IntentStage::Checkout
    } else if session.adds > 0 {
        IntentStage::Decide
    } else if scanned || session.searches > 0 || session.views >= 3 {
        IntentStage::Consider
    } else {
        IntentStage::Browse
    }
}

fn purchase(session: &Session) -> Ppm {
    let views = libm::log(1.0 + f64::from(session.views.min(10)));
    let mut odds = BEFORE + PER_VIEW * views + PER_CHECKOUT_STEP * f64::from(session.checkout);
    if session.asked.is_some() {
        odds += SEARCHED;
    }
    if session.adds > 0 {
        odds += IN_BASKET;
    }
    to_ppm(1.0 / (1.0 + libm::exp(-odds)))
}
