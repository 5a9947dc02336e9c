//! What can happen: one observed fact with its time, already resolved against the catalog.
//!
//! Knows neither how a signal is written (that is `wire`) nor what it means (that is `moment`).

pub mod gs1;

use alloc::vec::Vec;

use crate::basket::Line;
use crate::mark::MarkIx;
use crate::product::{CategoryIx, ProductIx};
use crate::store::{Point, StoreIx};
use crate::value::{Key, Timestamp};

/// One observed fact with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A shop event in GA4's words.
    Shop(ShopEvent),
    /// A position fix.
    Position(Fix),
    /// A code was scanned.
    Scan(Scan),
    /// The shopper says where they are.
    CheckIn(StoreIx),
    /// What one request or page load tells.
    Request(Request),
    /// Whether the person can be interrupted.
    Attention(AttentionChange),
    /// What the shopper did with a shown offer.
    Reply {
        /// Which decision it answers.
        decision: Key,
        /// What they did.
        reply: Reply,
        /// When "later" is, where they said.
        until: Option<Timestamp>,
    },
    /// Something was said to them elsewhere: in a wallet, at the edge, by mail.
    Shown {
        /// The decision that chose it; where none did, a name for the message, so that it counts once.
        decision: Key,
        /// The offer, where it was one. What the catalog does not know counts as promotion.
        offer: Option<Key>,
    },
    /// A care case opens or closes.
    Care {
        /// Which case.
        case: Key,
        /// What it is about.
        topic: CareTopic,
        /// Open, or closed.
        open: bool,
    },
    /// May purchases be remembered?
    Consent {
        /// Yes or no.
        remember: bool,
    },
    /// The shopper's own wish for how often.
    Dial(Dial),
    /// The shopper does not want to tell their position.
    PositionRefused,
    /// What is known of declared attributes, or `None` where nothing is any more: by the key of the name, and of the
    /// name with a member for sets and maps. Told in this order.
    Attributes(Vec<(Key, Option<i64>)>),
    /// A beacon was heard.
    Beacon(Beacon),
    /// What is left of the budgets of coupons, in sixteenths, 0 to 16, by the key of the offer.
    Budgets(Vec<(Key, i64)>),
    /// The shopper does not want something to come again, for good.
    NeverAgain(Matter),
    /// The shopper wants their purchases of something forgotten.
    Forget(Matter),
    /// The shopper told the shop something: where it answers, they shall hear of it.
    Asked {
        /// What it was about: the key of the topic's id.
        topic: Key,
        /// How it was meant.
        kind: AskedKind,
    },
}

/// How something that a shopper told the shop was meant, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedKind {
    /// They wish for something.
    Wish,
    /// They want to know something.
    Question,
    /// Something was bad.
    Complaint,
    /// They voted for what others told.
    Vote,
}

impl AskedKind {
    /// Every kind with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Wish, "wish"), (Self::Question, "question"), (Self::Complaint, "complaint"), (Self::Vote, "vote")];
}

/// What a wish of the shopper is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matter {
    /// One product.
    Product(Key),
    /// A category, and every product of it.
    Category(Key),
    /// What they bought around an occasion.
    Occasion(Key),
    /// All memories.
    Memories,
}

impl Matter {
    /// Every kind with its name, in the order of the codes on the wire.
    pub const ALL: [((), &'static str); 4] = [((), "product"), ((), "category"), ((), "occasion"), ((), "memories")];

    /// The code of all memories.
    pub const MEMORIES: u8 = 3;

    /// Returns what stands for it among what must never come again.
    pub const fn key(self) -> Key {
        match self {
            Self::Product(key) | Self::Category(key) | Self::Occasion(key) => key,
            // NOTE: the key of no id: the author refuses one that has it.
            Self::Memories => Key(u64::MAX),
        }
    }
}

/// A shop event in GA4's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopEvent {
    /// Which event.
    pub kind: ShopEventKind,
    /// Its items.
    pub lines: Vec<Line>,
    /// Recognises a purchase that is sent twice.
    pub transaction: Option<Key>,
    /// Categories that the search term names.
    pub searched: Vec<CategoryIx>,
}

/// The GA4 ecommerce events that are understood, in the order of their codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShopEventKind {
    /// A list was shown.
    ViewItemList,
    /// An item of a list was chosen.
    SelectItem,
    /// An item was looked at.
    ViewItem,
    /// Something was searched for.
    Search,
    /// Search results were shown.
    ViewSearchResults,
    /// An item was put on a wish list.
    AddToWishlist,
    /// Items went into the basket.
    AddToCart,
    /// Items left the basket.
    RemoveFromCart,
    /// The basket was shown: it holds exactly these items.
    ViewCart,
    /// The checkout began.
    BeginCheckout,
    /// Shipping was chosen.
    AddShippingInfo,
    /// Payment was chosen.
    AddPaymentInfo,
    /// Items were bought.
    Purchase,
    /// Items were given back.
    Refund,
}

impl ShopEventKind {
    /// Every kind with its GA4 name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::ViewItemList, "view_item_list"),
        (Self::SelectItem, "select_item"),
        (Self::ViewItem, "view_item"),
        (Self::Search, "search"),
        (Self::ViewSearchResults, "view_search_results"),
        (Self::AddToWishlist, "add_to_wishlist"),
        (Self::AddToCart, "add_to_cart"),
        (Self::RemoveFromCart, "remove_from_cart"),
        (Self::ViewCart, "view_cart"),
        (Self::BeginCheckout, "begin_checkout"),
        (Self::AddShippingInfo, "add_shipping_info"),
        (Self::AddPaymentInfo, "add_payment_info"),
        (Self::Purchase, "purchase"),
        (Self::Refund, "refund"),
    ];
}

/// A position fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Where.
    pub point: Point,
    /// Radius in which the true place lies with 68 %, centimetres, at least 1 m.
    pub accuracy_cm: u32,
}

/// What a scanned code says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The product, where the catalog knows it.
    pub product: Option<ProductIx>,
    /// Its category.
    pub category: Option<CategoryIx>,
    /// The store whose label it is.
    pub store: Option<StoreIx>,
    /// The last day on which it is fine, since 1970-01-01.
    pub expires: Option<i32>,
    /// The key of its lot.
    pub lot: Option<Key>,
}

/// One packet of a beacon. Of other people's beacons nothing is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beacon {
    /// Which it is, where a store of ours has it.
    pub mark: Option<MarkIx>,
    /// How strong it was, dBm.
    pub rssi: i8,
    /// How strong it is at 1 m, dBm.
    pub power: i8,
}

/// What one request or page load tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Two letters, such as `de`.
    pub language: Option<[u8; 2]>,
    /// Two capital letters, such as `FI`.
    pub country: Option<[u8; 2]>,
    /// The category that the page is about.
    pub category: Option<CategoryIx>,
    /// Coarse place of the network; never a reason to believe in a store.
    pub near: Option<Point>,
    /// The stores whose network it came through; the address itself is forgotten by then.
    pub network: Option<MarkIx>,
    /// Global Privacy Control.
    pub gpc: bool,
    /// The shopper saves traffic.
    pub save_data: bool,
}

/// What changed about the shopper's attention; `None` stays as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttentionChange {
    /// The page can be seen.
    pub visible: Option<bool>,
    /// Nothing was touched for a while.
    pub idle: Option<bool>,
    /// Keys are being pressed.
    pub typing: Option<bool>,
    /// Audible media is playing.
    pub playing: Option<bool>,
    /// A payment or address form has the focus.
    pub paying: Option<bool>,
    /// Something fills the whole screen.
    pub full_screen: Option<bool>,
    /// The shopper saves traffic.
    pub save_data: Option<bool>,
    /// Minutes that the shopper's clock is ahead of UTC.
    pub utc_offset: Option<i16>,
}

/// What the shopper did with a shown offer, in the order of the codes on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Opened it.
    Opened,
    /// Kept it for later use.
    Saved,
    /// Took the coupon.
    Claimed,
    /// Used the coupon.
    Redeemed,
    /// Closed it.
    Dismissed,
    /// Not now.
    Later,
    /// Less of this kind.
    LessLikeThis,
    /// Never again, for good.
    NeverAgain,
    /// It was useful.
    Useful,
    /// It was not.
    NotUseful,
}

impl Reply {
    /// Tells whether it says that the interruption was not welcome.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Dismissed | Self::LessLikeThis | Self::NeverAgain | Self::NotUseful)
    }

    /// Every reply with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Opened, "opened"),
        (Self::Saved, "saved"),
        (Self::Claimed, "claimed"),
        (Self::Redeemed, "redeemed"),
        (Self::Dismissed, "dismissed"),
        (Self::Later, "later"),
        (Self::LessLikeThis, "less_like_this"),
        (Self::NeverAgain, "never_again"),
        (Self::Useful, "useful"),
        (Self::NotUseful, "not_useful"),
    ];
}

/// What a care case is about, in the order of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CareTopic {
    /// Something was bad.
    Complaint,
    /// Something goes back.
    Return,
    /// Something is late.
    LateDelivery,
    /// Something is unclear.
    Question,
}

impl CareTopic {
    /// Every topic with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Complaint, "complaint"),
        (Self::Return, "return"),
        (Self::LateDelivery, "late_delivery"),
        (Self::Question, "question"),
    ];
}

/// How often the shopper wants to hear from us, in the order of the codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dial {
    /// Not at all.
    Never,
    /// Seldom: caps are halved, the gap doubled.
    Rarely,
    /// As the catalog says.
    #[default]
    Normal,
    /// More: interruptions cost less; caps stay.
    Often,
}

impl Dial {
    /// Every setting with its name, in the order of the codes.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Never, "never"), (Self::Rarely, "rarely"), (Self::Normal, "normal"), (Self::Often, "often")];
}
