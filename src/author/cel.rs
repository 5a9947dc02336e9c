//! Conditions in CEL (Common Expression Language), checked and lowered to typed ranges.
//!
//! The documented subset: comparisons, `in`, `&&`, `||`, `!`, and the calls in [`VOCABULARY`]. A condition on an absent
//! value is false, also under `!`: `!(x <= 5)` means `x > 5`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::parser::Parser;

use super::Fault;
use super::fault::nearest;
use crate::catalog::condition::two_letters;
use crate::catalog::{Attribute, Condition, Conjunction, OwnIx, OwnKind, Predicate, Range};
use crate::moment::{IntentStage, Stage};
use crate::product::{CategoryIx, ProductIx};
use crate::signal::CareTopic;

/// Every name that a condition may use, with its type, for help and suggestions.
pub const VOCABULARY: [(&str, &str); 29] = [
    ("presence.in_store", "yes or no"),
    ("presence.near", "yes or no"),
    ("presence.store", "id of a store"),
    ("presence.probability", "0 to 1"),
    ("presence.scanned", "yes or no, in the last ten minutes"),
    ("intent.stage", "browse, consider, decide or checkout"),
    ("intent.purchase", "0 to 1"),
    ("intent.categories", "set of categories"),
    ("need.due_in(category)", "duration; absent where no habit is known"),
    ("occasion.weekday", "1 (Monday) to 7"),
    ("occasion.hour", "0 to 23"),
    ("occasion.month", "1 to 12"),
    ("occasion.day", "1 to 31"),
    ("occasion.store_open", "yes or no; absent away from stores"),
    ("stage", "discovery, sale or service"),
    ("basket.total", "money"),
    ("basket.items", "pieces"),
    ("basket.categories", "set of categories"),
    ("basket.products", "set of products"),
    ("bought.count(category)", "days on which it was bought"),
    ("bought.since(category)", "duration; absent where never"),
    ("bought.total", "purchases ever"),
    ("memory.categories", "set of categories"),
    ("request.country", "ISO 3166-1 alpha-2"),
    ("request.language", "ISO 639-1"),
    ("care.open", "yes or no"),
    ("care.topic", "complaint, return, late_delivery or question; absent where no case is open"),
    ("attributes.<name>", "as the catalog declares it"),
    ("days(n), hours(n), minutes(n)", "durations"),
];

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
    /// Decimal places of money.
    pub decimals: u8,
}

/// Compiles one condition.
///
/// ```
/// use tactful::author::cel::{Scope, compile};
/// assert!(compile(&Scope::default(), "presence.in_store && basket.items >= 2").is_ok());
/// let fault = compile(&Scope::default(), "presence.in_stor").unwrap_err();
/// assert_eq!(fault.to_string(), "there is nothing called `presence.in_stor`; did you mean `presence.in_store`?");
/// ```
pub fn compile(scope: &Scope, source: &str) -> Result<Condition, Fault> {
    bounded(source)?;
    let parsed = Parser::new().max_recursion_depth(32).parse_with_source_info(source);
    let (expression, places) = parsed.map_err(|errors| syntax(source, &errors))?;
    let lowering = Lowering { scope, places: &places, whole: (0, source.len()) };
    let conjunctions = lowering.lower(&expression, true)?;
    // INVARIANT: `any` and `all` below keep to the bound, so this is at most MOST_CONJUNCTIONS.
    Ok(if conjunctions.iter().any(Vec::is_empty) { Condition::Always } else { Condition::AnyOf(conjunctions) })
}

/// Longest condition, bytes, and how deep it may nest: the parser recurses, and a stack has an end.
const LONGEST: usize = 2_000;
const DEEPEST: usize = 16;

fn bounded(source: &str) -> Result<(), Fault> {
    let refuse = |message: String| Err(Fault::Condition { message, span: (0, source.len()) });
    if source.len() > LONGEST {
        return refuse(format!("a condition has at most {LONGEST} bytes, this one {}; split the offer", source.len()));
    }
    let (mut depth, mut negations, mut deepest) = (0_usize, 0_usize, 0_usize);
    for character in source.chars() {
        negations = if character == '!' { negations + 1 } else { 0 };
        depth = match character {
            '(' | '[' | '{' => depth + 1,
            ')' | ']' | '}' => depth.saturating_sub(1),
            _ => depth,
        };
        deepest = deepest.max(depth + negations);
    }
    if deepest > DEEPEST {
        return refuse(format!("a condition nests at most {DEEPEST} deep; take brackets out, or split the offer"));
    }
    Ok(())
}

fn syntax(source: &str, errors: &cel::parser::ParseErrors) -> Fault {
    let first = errors.errors.first();
    let column = first.and_then(|error| usize::try_from(error.pos.1).ok()).unwrap_or(1).max(1);
    let at = source.char_indices().nth(column - 1).map_or(source.len(), |(at, _)| at);
    let message = first.map_or("", |error| error.msg.as_str()).lines().next().unwrap_or("");
    Fault::Condition { message: format!("this is no CEL condition: {message}"), span: (at, at + 1) }
}

struct Lowering<'a> {
    scope: &'a Scope,
    places: &'a SourceInfo,
    whole: (usize, usize),
}

/// One side of a comparison.
enum Term {
    /// A number that varies.
    Value(Attribute, Type),
    /// A set that varies.
    Set(SetOf),
    /// A constant.
    Literal(Literal),
    /// Several constants.
    List(Vec<Literal>),
}

#[derive(Clone, Copy, PartialEq)]
enum SetOf {
    IntentCategories,
    BasketCategories,
    BasketProducts,
    MemoryCategories,
}

/// How constants are read for an attribute.
#[derive(Clone, PartialEq)]
enum Type {
    Boolean,
    Number,
    Share,
    Money,
    Duration,
    /// One of these texts, with the numbers they stand for.
    Text(Vec<(String, i64)>),
    /// A two-letter code.
    Letters,
}

#[derive(Clone, PartialEq)]
enum Literal {
    Boolean(bool),
    Whole(i64),
    Decimal(f64),
    Text(String),
    Minutes(i64),
}

/// Both sides of an operator.
type Sides<'a> = (&'a IdedExpr, &'a IdedExpr);
type Disjunction = Vec<Conjunction>;
type Lowered<T> = Result<T, Fault>;

impl Lowering<'_> {
    /// Lowers an expression, or its negation where `wanted` is false.
    fn lower(&self, expression: &IdedExpr, wanted: bool) -> Lowered<Disjunction> {
        match &expression.expr {
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, [a, b]) => self.both(expression, (a, b), wanted, wanted),
                (operators::LOGICAL_OR, [a, b]) => self.both(expression, (a, b), wanted, !wanted),
                (operators::LOGICAL_NOT, [a]) => self.lower(a, !wanted),
                (operators::IN, [element, set]) => self.membership(expression, element, set, wanted),
                (operator, [a, b]) => match Comparison::of(operator) {
                    Some(comparison) => self.comparison(expression, comparison, (a, b), wanted),
                    None => self.truth(expression, wanted),
                },
                _ => self.truth(expression, wanted),
            },
            Expr::Literal(LiteralValue::Boolean(yes)) => {
                Ok(if yes.into_inner() == wanted { vec![vec![]] } else { vec![] })
            }
            _ => self.truth(expression, wanted),
        }
    }

    /// Lowers `a && b` (`all`) or `a || b`, each side wanted or not.
    fn both(&self, whole: &IdedExpr, (a, b): Sides, wanted: bool, all: bool) -> Lowered<Disjunction> {
        let (a, b) = (self.lower(a, wanted), self.lower(b, wanted));
        let (a, b) = (a?, b?);
        let lowered: Disjunction = if all {
            a.iter().flat_map(|left| b.iter().map(move |right| [left.as_slice(), right].concat())).collect()
        } else {
            [a, b].concat()
        };
        if lowered.len() > Condition::MOST_CONJUNCTIONS {
            let message = format!(
                "this part has {} alternatives, more than the {} that a condition may have; use `in [...]`, or split the offer",
                lowered.len(),
                Condition::MOST_CONJUNCTIONS
            );
            return Err(self.fault(whole, message));
        }
        Ok(lowered)
    }

    /// Lowers a yes-or-no attribute that stands alone.
    fn truth(&self, expression: &IdedExpr, wanted: bool) -> Lowered<Disjunction> {
        match self.term(expression)? {
            Term::Value(attribute, Type::Boolean) => {
                let value = i64::from(wanted);
                Ok(one(attribute, vec![Range { low: value, high: value }]))
            }
            Term::Value(..) => Err(self.fault(expression, "this is no yes or no; compare it with a value".into())),
            Term::Set(_) => Err(self.fault(expression, "this is a set; ask with `\"name\" in …`".into())),
            _ => Err(self.fault(expression, "a constant alone is no condition".into())),
        }
    }

    fn comparison(
        &self,
        whole: &IdedExpr,
        comparison: Comparison,
        (a, b): Sides,
        wanted: bool,
    ) -> Lowered<Disjunction> {
        let (left, right) = (self.term(a), self.term(b));
        let (comparison, attribute, kind, at, literal) = match (left?, right?) {
            (Term::Value(attribute, kind), Term::Literal(literal)) => (comparison, attribute, kind, b, literal),
            (Term::Literal(literal), Term::Value(attribute, kind)) => {
                (comparison.mirrored(), attribute, kind, a, literal)
            }
            (Term::Set(_), _) | (_, Term::Set(_)) => {
                return Err(self.fault(whole, "a set is asked with `\"name\" in …`".into()));
            }
            _ => return Err(self.fault(whole, "one side must be an attribute and the other a constant".into())),
        };
        let ordered = !matches!(kind, Type::Boolean | Type::Text(_) | Type::Letters);
        if !ordered && !comparison.is_equality() {
            return Err(self.fault(whole, "these have no order; use `==`, `!=` or `in [...]`".into()));
        }
        let value = self.constant(at, &kind, &literal)?;
        let comparison = if wanted { comparison } else { comparison.negated() };
        Ok(one(attribute, comparison.ranges(value)))
    }

    fn membership(&self, whole: &IdedExpr, element: &IdedExpr, set: &IdedExpr, wanted: bool) -> Lowered<Disjunction> {
        let (left, right) = (self.term(element), self.term(set));
        match (left?, right?) {
            (Term::Literal(Literal::Text(name)), Term::Set(set)) => {
                let value = i64::from(wanted);
                Ok(one(self.member(element, set, &name)?, vec![Range { low: value, high: value }]))
            }
            (Term::Value(attribute, kind), Term::List(literals)) => {
                let values =
                    literals.iter().map(|literal| self.constant(set, &kind, literal)).collect::<Lowered<_>>()?;
                Ok(one(attribute, if wanted { union(values) } else { complement(union(values)) }))
            }
            _ => Err(self.fault(whole, "`in` asks `\"name\" in set` or `attribute in [constants]`".into())),
        }
    }

    fn member(&self, at: &IdedExpr, set: SetOf, name: &str) -> Lowered<Attribute> {
        match set {
            SetOf::IntentCategories => self.category(at, name).map(Attribute::IntentIn),
            SetOf::BasketCategories => self.category(at, name).map(Attribute::BasketCategory),
            SetOf::MemoryCategories => self.category(at, name).map(Attribute::MemoryIn),
            SetOf::BasketProducts => match self.scope.products.get(name) {
                Some(product) => Ok(Attribute::BasketProduct(*product)),
                None => Err(self.unknown(at, "product", name, self.scope.products.keys().map(String::as_str))),
            },
        }
    }

    fn category(&self, at: &IdedExpr, name: &str) -> Lowered<CategoryIx> {
        let categories = &self.scope.categories;
        let found = categories.get(name).copied();
        found.ok_or_else(|| self.unknown(at, "category", name, categories.keys().map(String::as_str)))
    }

    fn unknown<'b>(&self, at: &IdedExpr, what: &str, name: &str, names: impl IntoIterator<Item = &'b str>) -> Fault {
        let hint = nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.fault(at, format!("there is no {what} `{name}`{hint}"))
    }

    fn term(&self, expression: &IdedExpr) -> Lowered<Term> {
        match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal).map(Term::Literal),
            Expr::List(list) => {
                let literals = list.elements.iter().map(|element| match self.term(element)? {
                    Term::Literal(literal) => Ok(literal),
                    _ => Err(self.fault(element, "a list holds constants only".into())),
                });
                literals.collect::<Lowered<_>>().map(Term::List)
            }
            Expr::Ident(_) | Expr::Select(_) => self.named(expression),
            Expr::Call(call) => self.call(expression, call),
            _ => Err(self.fault(expression, "this part of CEL cannot be used in a condition".into())),
        }
    }

    fn literal(&self, at: &IdedExpr, literal: &LiteralValue) -> Lowered<Literal> {
        Ok(match literal {
            LiteralValue::Boolean(yes) => Literal::Boolean(yes.into_inner()),
            LiteralValue::Int(number) => Literal::Whole(number.into_inner()),
            LiteralValue::Double(number) => Literal::Decimal(number.into_inner()),
            LiteralValue::String(text) => Literal::Text(text.inner().into()),
            _ => return Err(self.fault(at, "a constant is a number, a text, true or false".into())),
        })
    }

    fn call(&self, expression: &IdedExpr, call: &CallExpr) -> Lowered<Term> {
        let target = call.target.as_ref().and_then(|target| dotted(target));
        let name = target.map_or_else(|| call.func_name.clone(), |target| format!("{target}.{}", call.func_name));
        let one_argument = match call.args.as_slice() {
            [argument] => Some((argument, self.term(argument)?)),
            _ => None,
        };
        match (name.as_str(), one_argument) {
            (operators::NEGATE, Some((_, Term::Literal(Literal::Whole(n))))) => Ok(Term::Literal(Literal::Whole(-n))),
            (unit @ ("days" | "hours" | "minutes"), Some((_, Term::Literal(Literal::Whole(count))))) => {
                let minutes = match unit {
                    "days" => 1_440,
                    "hours" => 60,
                    _ => 1,
                };
                Ok(Term::Literal(Literal::Minutes(count.saturating_mul(minutes))))
            }
            ("need.due_in", Some((at, Term::Literal(Literal::Text(category))))) => {
                Ok(Term::Value(Attribute::DueIn(self.category(at, &category)?), Type::Duration))
            }
            ("bought.count", Some((at, Term::Literal(Literal::Text(category))))) => {
                Ok(Term::Value(Attribute::BoughtCount(self.category(at, &category)?), Type::Number))
            }
            ("bought.since", Some((at, Term::Literal(Literal::Text(category))))) => {
                Ok(Term::Value(Attribute::BoughtSince(self.category(at, &category)?), Type::Duration))
            }
            ("days" | "hours" | "minutes", _) => {
                Err(self.fault(expression, format!("`{name}` takes one whole number")))
            }
            ("need.due_in" | "bought.count" | "bought.since", _) => {
                Err(self.fault(expression, format!("`{name}` takes the id of one category")))
            }
            _ if name.starts_with('_') || name.starts_with('-') || name.starts_with('@') => {
                Err(self.fault(expression, "arithmetic and `?:` cannot be used in a condition".into()))
            }
            _ => Err(self.nothing_called(expression, &name)),
        }
    }

    fn named(&self, expression: &IdedExpr) -> Lowered<Term> {
        let Some(name) = dotted(expression) else {
            return Err(self.fault(expression, "this part of CEL cannot be used in a condition".into()));
        };
        let value = |attribute, kind| Ok(Term::Value(attribute, kind));
        match name.as_str() {
            "presence.in_store" => value(Attribute::InStore, Type::Boolean),
            "presence.near" => value(Attribute::Near, Type::Boolean),
            "presence.store" => {
                let stores = self.scope.stores.iter().cloned().zip(0..).collect();
                value(Attribute::StoreAt, Type::Text(stores))
            }
            "presence.probability" => value(Attribute::PresenceProbability, Type::Share),
            "presence.scanned" => value(Attribute::Scanned, Type::Boolean),
            "intent.stage" => value(Attribute::IntentStage, coded(&IntentStage::ALL)),
            "intent.purchase" => value(Attribute::IntentPurchase, Type::Share),
            "intent.categories" => Ok(Term::Set(SetOf::IntentCategories)),
            "occasion.weekday" => value(Attribute::Weekday, Type::Number),
            "occasion.hour" => value(Attribute::Hour, Type::Number),
            "occasion.month" => value(Attribute::Month, Type::Number),
            "occasion.day" => value(Attribute::DayOfMonth, Type::Number),
            "occasion.store_open" => value(Attribute::StoreOpen, Type::Boolean),
            "stage" => value(Attribute::Stage, coded(&Stage::ALL)),
            "basket.total" => value(Attribute::BasketTotal, Type::Money),
            "basket.items" => value(Attribute::BasketItems, Type::Number),
            "basket.categories" => Ok(Term::Set(SetOf::BasketCategories)),
            "basket.products" => Ok(Term::Set(SetOf::BasketProducts)),
            "bought.total" => value(Attribute::BoughtTotal, Type::Number),
            "memory.categories" => Ok(Term::Set(SetOf::MemoryCategories)),
            "request.country" => value(Attribute::Country, Type::Letters),
            "request.language" => value(Attribute::Language, Type::Letters),
            "care.open" => value(Attribute::CareOpen, Type::Boolean),
            "care.topic" => value(Attribute::CareTopic, coded(&CareTopic::ALL)),
            other => self.own(expression, other),
        }
    }

    fn own(&self, expression: &IdedExpr, name: &str) -> Lowered<Term> {
        let declared = name.strip_prefix("attributes.").and_then(|own| Some((own, self.scope.attributes.get(own)?)));
        let Some((_, (own, kind, values))) = declared else { return Err(self.nothing_called(expression, name)) };
        let kind = match kind {
            OwnKind::Text => Type::Text(values.iter().cloned().zip(0..).collect()),
            OwnKind::Number => Type::Number,
            OwnKind::Boolean => Type::Boolean,
            OwnKind::Money => Type::Money,
            OwnKind::Set | OwnKind::Map => return Err(self.nothing_called(expression, name)),
        };
        Ok(Term::Value(Attribute::Own(*own), kind))
    }

    fn nothing_called(&self, at: &IdedExpr, name: &str) -> Fault {
        let own: Vec<String> = self.scope.attributes.keys().map(|own| format!("attributes.{own}")).collect();
        let known = VOCABULARY.iter().map(|(known, _)| known.split('(').next().unwrap_or(known));
        let near = nearest(name, known.chain(own.iter().map(String::as_str)));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.fault(at, format!("there is nothing called `{name}`{hint}"))
    }

    /// Reads a constant as the number that an attribute of this type has.
    fn constant(&self, at: &IdedExpr, kind: &Type, literal: &Literal) -> Lowered<i64> {
        let wrong = |expected: &str| Err(self.fault(at, format!("expected {expected}")));
        match (kind, literal) {
            (Type::Boolean, Literal::Boolean(yes)) => Ok(i64::from(*yes)),
            (Type::Number, Literal::Whole(number)) => Ok(*number),
            (Type::Duration, Literal::Minutes(minutes)) => Ok(*minutes),
            (Type::Share, Literal::Whole(number @ 0..=1)) => Ok(number * 1_000_000),
            (Type::Share, Literal::Decimal(share)) if (0.0..=1.0).contains(share) => Ok(scaled(*share, 6).unwrap_or(0)),
            (Type::Money, Literal::Whole(amount)) => Ok(amount.saturating_mul(10_i64.pow(self.scope.decimals.into()))),
            (Type::Money, Literal::Decimal(amount)) => match scaled(*amount, self.scope.decimals) {
                Some(minor) => Ok(minor),
                None => wrong(&format!("an amount with at most {} decimals", self.scope.decimals)),
            },
            (Type::Text(values), Literal::Text(text)) => match values.iter().find(|(known, _)| known == text) {
                Some((_, value)) => Ok(*value),
                None => Err(self.unknown(at, "value", text, values.iter().map(|(known, _)| known.as_str()))),
            },
            (Type::Letters, Literal::Text(text)) => match text.as_bytes() {
                [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => Ok(two_letters([*a, *b])),
                _ => wrong("two letters, such as \"FI\" for a country or \"de\" for a language"),
            },
            (Type::Boolean, _) => wrong("true or false"),
            (Type::Number, _) => wrong("a whole number"),
            (Type::Duration, _) => wrong("a duration, such as days(7)"),
            (Type::Share, _) => wrong("a number from 0 to 1"),
            (Type::Money, _) => wrong("an amount, such as 20.00"),
            (Type::Text(_) | Type::Letters, _) => wrong("a text in quotes"),
        }
    }

    fn fault(&self, at: &IdedExpr, message: String) -> Fault {
        let span = self.extent(at).filter(|(from, until)| from < until && *until <= self.whole.1);
        Fault::Condition { message, span: span.unwrap_or(self.whole) }
    }

    /// Returns the bytes from the first to the last part of an expression; the parser only marks an operator or a dot.
    fn extent(&self, at: &IdedExpr) -> Option<(usize, usize)> {
        let offset = |at: u32| usize::try_from(at).unwrap_or(0);
        let own = self.places.offset_for(at.id).map(|(from, until)| (offset(from), offset(until) + 1));
        let parts: Vec<&IdedExpr> = match &at.expr {
            Expr::Select(select) => vec![&select.operand],
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
            Expr::List(list) => list.elements.iter().collect(),
            _ => vec![],
        };
        let field = match &at.expr {
            Expr::Select(select) => own.map(|(dot, _)| (dot, dot + 1 + select.field.len())),
            _ => None,
        };
        let extents = parts.into_iter().filter_map(|part| self.extent(part)).chain(own).chain(field);
        extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

fn coded<T>(all: &[(T, &str)]) -> Type {
    Type::Text(all.iter().zip(0..).map(|((_, name), code)| (name.to_string(), code)).collect())
}

fn dotted(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", dotted(&select.operand)?, select.field)),
        _ => None,
    }
}

/// Returns `number` x 10^`decimals`, or `None` where it has more decimals than that.
fn scaled(number: f64, decimals: u8) -> Option<i64> {
    let exact = number * libm::pow(10.0, decimals.into());
    let rounded = libm::round(exact);
    let whole = libm::fabs(exact - rounded) < 1e-4 && libm::fabs(rounded) < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole number below 2^53")]
    whole.then_some(rounded as i64)
}

fn one(attribute: Attribute, ranges: Vec<Range>) -> Disjunction {
    if ranges.is_empty() { vec![] } else { vec![vec![Predicate { attribute, ranges }]] }
}

#[derive(Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Comparison {
    fn of(operator: &str) -> Option<Self> {
        Some(match operator {
            operators::EQUALS => Self::Equal,
            operators::NOT_EQUALS => Self::NotEqual,
            operators::LESS => Self::Less,
            operators::LESS_EQUALS => Self::AtMost,
            operators::GREATER => Self::More,
            operators::GREATER_EQUALS => Self::AtLeast,
            _ => return None,
        })
    }

    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
            same => same,
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::More,
            Self::More => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }

    /// Returns the numbers that compare so with `value`.
    fn ranges(self, value: i64) -> Vec<Range> {
        let below = value.checked_sub(1).map(|high| Range { low: i64::MIN, high });
        let above = value.checked_add(1).map(|low| Range { low, high: i64::MAX });
        match self {
            Self::Equal => vec![Range { low: value, high: value }],
            Self::NotEqual => below.into_iter().chain(above).collect(),
            Self::Less => below.into_iter().collect(),
            Self::AtMost => vec![Range { low: i64::MIN, high: value }],
            Self::More => above.into_iter().collect(),
            Self::AtLeast => vec![Range { low: value, high: i64::MAX }],
        }
    }
}

/// Returns sorted, disjoint ranges of single values.
fn union(mut values: Vec<i64>) -> Vec<Range> {
    values.sort_unstable();
    values.dedup();
    values.into_iter().map(|value| Range { low: value, high: value }).collect()
}

/// Returns everything between sorted, disjoint ranges.
fn complement(ranges: Vec<Range>) -> Vec<Range> {
    let mut low = Some(i64::MIN);
    let mut gaps = Vec::new();
    for range in ranges {
        if let (Some(low), Some(high)) = (low, range.low.checked_sub(1))
            && low <= high
        {
            gaps.push(Range { low, high });
        }
        low = range.high.checked_add(1);
    }
    gaps.extend(low.map(|low| Range { low, high: i64::MAX }));
    gaps
}
