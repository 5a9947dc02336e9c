//! The names that a condition may use, and what each stands for.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::calendar::{Calendar, Dated, SEASONS};
use super::constant::Type;
use crate::catalog::{Attribute, OwnIx, OwnKind};
use crate::moment::{IntentStage, Stage};
use crate::product::{CategoryIx, ProductIx};
use crate::signal::CareTopic;

/// Every name that a condition may use, with its type, for help and suggestions.
pub const VOCABULARY: [(&str, &str); 39] = [
    ("presence.in_store", "yes or no"),
    ("presence.near", "yes or no"),
    ("presence.store", "id of a store; absent away from stores"),
    ("presence.probability", "0 to 1"),
    ("presence.scanned", "yes or no, in the last ten minutes"),
    ("intent.stage", "browse, consider, compare, decide, hesitate, checkout or leave"),
    ("intent.purchase", "0 to 1"),
    ("intent.categories", "set of categories"),
    ("need.due_in[category]", "duration; absent where no habit is known"),
    ("occasion.weekday", "1 (Monday) to 7"),
    ("occasion.hour", "0 to 23"),
    ("occasion.month", "1 to 12"),
    ("occasion.day", "1 to 31"),
    ("occasion.season", "winter, spring, summer or autumn, by whole months, where the stores are"),
    ("occasion.holiday", "yes or no: a public holiday of the catalog's `country`"),
    ("occasion.today", "set of the catalog's `occasions`"),
    ("occasion.until[occasion]", "duration, in whole days; 0 while it lasts, absent after the last"),
    ("occasion.store_open", "yes or no; absent away from stores"),
    ("stage", "discovery, sale or service"),
    ("basket.total", "money"),
    ("basket.items", "pieces"),
    ("basket.categories", "set of categories"),
    ("basket.products", "set of products"),
    ("bought.count[category]", "days on which it was bought; 0 where never"),
    ("bought.since[category]", "duration; absent where never"),
    ("bought.total", "purchases ever"),
    ("memory.categories", "set of categories"),
    ("request.country", "ISO 3166-1 alpha-2, such as \"FI\"; absent where no request told it"),
    ("request.language", "ISO 639-1, such as \"de\"; absent where no request told it"),
    ("care.open", "yes or no"),
    ("care.topic", "complaint, return, late_delivery or question; absent where no case is open"),
    ("care.age", "duration, in whole hours; absent where no case is open"),
    ("care.closed_since", "duration, in whole days; absent where no complaint, return or late delivery was closed"),
    (
        "wanted.products",
        "set of products that they came back to look at, or put into the basket or on the wish list, and did not buy within 30 days",
    ),
    ("wanted.price_fell", "yes or no: the price of a wanted product in the `scope` is lower than they saw it"),
    (
        "scan.expires_in",
        "duration, in whole days, until the best-before or use-by date of what was scanned in the last ten minutes; absent where the code tells none",
    ),
    ("attributes.<name>", "as the catalog declares it: one value, a set, or a map; absent until it was told"),
    ("attributes.<name>[value]", "whole number of a declared map; absent where it has no such entry"),
    ("days(n), hours(n), minutes(n), duration(\"36h\")", "durations"),
];

/// How conditions are written, by example, with what each means.
pub const FORMS: [(&str, &str); 6] = [
    ("basket.total >= 20.00 && !presence.near", "compare with `== != < <= > >=`, join with `&& || !`"),
    ("occasion.weekday in [6, 7]", "is one of these"),
    ("\"bread\" in basket.categories", "is in the set; of a map: has such an entry"),
    ("bought.since[\"bread\"] >= days(5)", "compare an entry of a map"),
    ("basket.categories.exists(c, c in [\"bread\", \"milk\"])", "some member of a set, map or list is as asked"),
    ("basket.categories.all(c, c != \"bread\")", "every member of a set or list is as asked"),
];

/// What a condition says of what is not known.
pub const UNKNOWN: &str = "What is absent makes a condition false, also under `!`: `!(x <= 5)` means `x > 5`. \
     A declared set has or lacks each of its values once it was told; before, it neither has nor lacks any.";

/// What the names in a condition may stand for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Categories by id and by other names.
    pub categories: BTreeMap<String, CategoryIx>,
    /// Products by id.
    pub products: BTreeMap<String, ProductIx>,
    /// Ids of stores.
    pub stores: Vec<String>,
    /// Declared attributes with the texts they may have.
    pub attributes: BTreeMap<String, (OwnIx, OwnKind, Vec<String>)>,
    /// What the calendar knows in advance.
    pub calendar: Calendar,
    /// Decimal places of money.
    pub decimals: u8,
}

/// What a comparison is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// Something that a device knows when it is asked.
    Device(Attribute),
    /// Something that is known in advance.
    Calendar(Dated),
}

/// Several attributes under one name: a set, or a map.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Family {
    IntentCategories,
    BasketCategories,
    MemoryCategories,
    BasketProducts,
    WantedProducts,
    DueIn,
    BoughtCount,
    BoughtSince,
    Today,
    Until,
    OwnSet(OwnIx),
    OwnMap(OwnIx),
}

impl Family {
    /// The type of a map's entries; a set has none.
    pub(super) fn entries(self) -> Option<Type> {
        match self {
            Self::DueIn | Self::BoughtSince | Self::Until => Some(Type::Duration),
            Self::BoughtCount | Self::OwnMap(_) => Some(Type::Number),
            _ => None,
        }
    }

    fn of_category(self, category: CategoryIx) -> Option<Attribute> {
        Some(match self {
            Self::IntentCategories => Attribute::IntentIn(category),
            Self::BasketCategories => Attribute::BasketCategory(category),
            Self::MemoryCategories => Attribute::MemoryIn(category),
            Self::DueIn => Attribute::DueIn(category),
            Self::BoughtCount => Attribute::BoughtCount(category),
            Self::BoughtSince => Attribute::BoughtSince(category),
            Self::BasketProducts
            | Self::WantedProducts
            | Self::Today
            | Self::Until
            | Self::OwnSet(_)
            | Self::OwnMap(_) => return None,
        })
    }
}

/// What a name stands for.
pub(super) enum Named {
    One(Asked, Type),
    Many(Family),
}

impl Scope {
    /// Finds what a dotted name stands for.
    pub(super) fn named(&self, name: &str) -> Option<Named> {
        if let Some(own) = name.strip_prefix("attributes.") {
            return self.own(own);
        }
        let dated = match name {
            "occasion.season" => Some((Dated::Season, Type::Text(SEASONS.map(ToString::to_string).to_vec()))),
            "occasion.holiday" if self.calendar.holidays.is_some() => Some((Dated::Holiday, Type::Boolean)),
            _ => None,
        };
        if let Some((dated, kind)) = dated {
            return Some(Named::One(Asked::Calendar(dated), kind));
        }
        let (attribute, kind) = match name {
            "presence.in_store" => (Attribute::InStore, Type::Boolean),
            "presence.near" => (Attribute::Near, Type::Boolean),
            "presence.store" => (Attribute::StoreAt, Type::Text(self.stores.clone())),
            "presence.probability" => (Attribute::PresenceProbability, Type::Share),
            "presence.scanned" => (Attribute::Scanned, Type::Boolean),
            "intent.stage" => (Attribute::IntentStage, coded(&IntentStage::ALL)),
            "intent.purchase" => (Attribute::IntentPurchase, Type::Share),
            "occasion.weekday" => (Attribute::Weekday, Type::Number),
            "occasion.hour" => (Attribute::Hour, Type::Number),
            "occasion.month" => (Attribute::Month, Type::Number),
            "occasion.day" => (Attribute::DayOfMonth, Type::Number),
            "occasion.store_open" => (Attribute::StoreOpen, Type::Boolean),
            "stage" => (Attribute::Stage, coded(&Stage::ALL)),
            "basket.total" => (Attribute::BasketTotal, Type::Money),
            "basket.items" => (Attribute::BasketItems, Type::Number),
            "bought.total" => (Attribute::BoughtTotal, Type::Number),
            "request.country" => (Attribute::Country, Type::Country),
            "request.language" => (Attribute::Language, Type::Language),
            "care.open" => (Attribute::CareOpen, Type::Boolean),
            "care.age" => (Attribute::CareAge, Type::Duration),
            "care.closed_since" => (Attribute::CareClosed, Type::Duration),
            "wanted.price_fell" => (Attribute::PriceFell, Type::Boolean),
            "scan.expires_in" => (Attribute::ExpiresIn, Type::Duration),
            "care.topic" => (Attribute::CareTopic, coded(&CareTopic::ALL)),
            other => return family(other).map(Named::Many),
        };
        Some(Named::One(Asked::Device(attribute), kind))
    }

    fn own(&self, name: &str) -> Option<Named> {
        let (own, kind, values) = self.attributes.get(name)?;
        let kind = match kind {
            OwnKind::Text => Type::Text(values.clone()),
            OwnKind::Number => Type::Number,
            OwnKind::Boolean => Type::Boolean,
            OwnKind::Money => Type::Money,
            OwnKind::Set => return Some(Named::Many(Family::OwnSet(*own))),
            OwnKind::Map => return Some(Named::Many(Family::OwnMap(*own))),
        };
        Some(Named::One(Asked::Device(Attribute::Own(*own)), kind))
    }

    /// Every name there is, for suggestions.
    pub(super) fn names(&self) -> Vec<String> {
        let known = VOCABULARY.iter().filter_map(|(known, _)| known.split(['(', '[']).next().map(ToString::to_string));
        known.chain(self.attributes.keys().map(|own| ["attributes.", own].concat())).collect()
    }

    /// Finds the member of a set, or the entry of a map.
    pub(super) fn member(&self, family: Family, name: &str) -> Option<Asked> {
        let dated = |dated: fn(u16) -> Dated| self.calendar.place(name).map(|place| Asked::Calendar(dated(place)));
        match family {
            Family::Today => return dated(Dated::Today),
            Family::Until => return dated(Dated::Until),
            Family::BasketProducts => self.products.get(name).copied().map(Attribute::BasketProduct),
            Family::WantedProducts => self.products.get(name).copied().map(Attribute::Wanted),
            Family::OwnSet(own) | Family::OwnMap(own) => {
                let mut values = self.values(own).iter().zip(0..);
                values.find(|(known, _)| *known == name).map(|(_, place)| Attribute::OwnMember(own, place))
            }
            _ => family.of_category(self.categories.get(name).copied()?),
        }
        .map(Asked::Device)
    }

    /// What the members of a family are, in words, and their names.
    pub(super) fn members(&self, family: Family) -> (&'static str, Vec<&str>) {
        match family {
            Family::BasketProducts | Family::WantedProducts => {
                ("product", self.products.keys().map(String::as_str).collect())
            }
            Family::Today | Family::Until => ("occasion", self.calendar.occasions.keys().map(String::as_str).collect()),
            Family::OwnSet(own) | Family::OwnMap(own) => {
                ("value", self.values(own).iter().map(String::as_str).collect())
            }
            _ => ("category", self.categories.keys().map(String::as_str).collect()),
        }
    }

    /// Every member of a family once, by one of its names.
    pub(super) fn each(&self, family: Family) -> Vec<(&str, Asked)> {
        let mut seen = BTreeSet::new();
        let members = self.members(family).1.into_iter().filter_map(|name| Some((name, self.member(family, name)?)));
        members.filter(|(_, attribute)| seen.insert(*attribute)).collect()
    }

    fn values(&self, own: OwnIx) -> &[String] {
        self.attributes.values().find(|(ix, ..)| *ix == own).map_or(&[], |(_, _, values)| values)
    }
}

fn family(name: &str) -> Option<Family> {
    Some(match name {
        "intent.categories" => Family::IntentCategories,
        "basket.categories" => Family::BasketCategories,
        "basket.products" => Family::BasketProducts,
        "wanted.products" => Family::WantedProducts,
        "memory.categories" => Family::MemoryCategories,
        "need.due_in" => Family::DueIn,
        "bought.count" => Family::BoughtCount,
        "bought.since" => Family::BoughtSince,
        "occasion.today" => Family::Today,
        "occasion.until" => Family::Until,
        _ => return None,
    })
}

fn coded<T>(all: &[(T, &str)]) -> Type {
    Type::Text(all.iter().map(|(_, name)| name.to_string()).collect())
}
