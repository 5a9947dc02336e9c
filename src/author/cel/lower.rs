//! Walks a parsed condition, checks the types of both sides, and puts the ranges together.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use super::comparison::{Comparison, EVERY, complement, ranges_of};
use super::constant::{Literal, Mismatch, Type, duration, minutes_in};
use super::scope::{Asked, Family, Named, Scope};
use crate::author::Fault;
use crate::author::fault::nearest;
use crate::catalog::{Condition, Range};

/// Most alternatives while a part is put together, most pairs of them at one `&&`, most attributes that one
/// alternative asks about, and most steps for all members that `exists` and `all` go over. With 20,000 products the
/// worst of ten hostile conditions took 3.6 s, unoptimised.
const MOST_IN_PROGRESS: usize = 256;
const MOST_PAIRS: usize = 2_048;
const MOST_ASKED: usize = 256;
const MOST_STEPS: usize = 200_000;

/// One condition on its way.
#[derive(Clone, Copy)]
pub(super) struct Lowering<'a> {
    scope: &'a Scope,
    source: &'a str,
    places: &'a SourceInfo,
    steps: &'a Cell<usize>,
    bound: Option<&'a Bound<'a>>,
}

/// What the variable of an `exists` or `all` stands for.
struct Bound<'a> {
    name: &'a str,
    literal: Literal,
    outer: Option<&'a Bound<'a>>,
}

/// One side of a comparison.
enum Term<'a> {
    /// A number that varies.
    Value(Asked, Type),
    /// A set or a map that varies.
    Many(Family),
    /// A constant.
    Literal(Literal),
    /// Several constants, each with its place.
    List(Vec<(&'a IdedExpr, Literal)>),
}

/// Both sides of an operator.
type Sides<'a> = (&'a IdedExpr, &'a IdedExpr);

/// What a part came to, or all that is wrong with it; nothing where that is told already.
type Lowered<T> = Result<T, Vec<Fault>>;

impl<'a> Lowering<'a> {
    /// Starts the condition `source`, whose parts are at `places`; `steps` are those taken so far.
    pub(super) fn new(scope: &'a Scope, source: &'a str, places: &'a SourceInfo, steps: &'a Cell<usize>) -> Self {
        Self { scope, source, places, steps, bound: None }
    }

    /// Lowers a whole condition.
    pub(super) fn condition(&self, expression: &IdedExpr) -> Lowered<Condition> {
        let lowered = self.lower(expression, true)?;
        let count = lowered.conjunctions().len();
        if count > Condition::MOST_CONJUNCTIONS {
            return Err(self.most_of_them(expression, true, count));
        }
        Ok(lowered)
    }

    /// Lowers an expression, or its negation where `wanted` is false.
    fn lower(&self, expression: &IdedExpr, wanted: bool) -> Lowered<Condition> {
        self.steps.set(self.steps.get() + 1);
        match self.steps.get().checked_sub(MOST_STEPS) {
            None | Some(0) => {}
            Some(1) => {
                let message =
                    format!("`exists` and `all` take more than {MOST_STEPS} steps here; go over a smaller set");
                return Err(self.fault(expression, message));
            }
            Some(_) => return Err(Vec::new()),
        }
        match &expression.expr {
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, [a, b]) => self.both(expression, (a, b), wanted, wanted),
                (operators::LOGICAL_OR, [a, b]) => self.both(expression, (a, b), wanted, !wanted),
                (operators::LOGICAL_NOT, [a]) => self.lower(a, !wanted),
                (operators::IN, [element, many]) => self.membership(expression, (element, many), wanted),
                (operator, [a, b]) => match Comparison::of(operator) {
                    Some(comparison) => self.comparison(expression, comparison, (a, b), wanted),
                    None => self.truth(expression, wanted),
                },
                _ => self.truth(expression, wanted),
            },
            Expr::Comprehension(each) => self.each(expression, each, wanted),
            Expr::Literal(LiteralValue::Boolean(yes)) => Ok(constant(yes.into_inner() == wanted)),
            _ => self.truth(expression, wanted),
        }
    }

    /// Lowers `a && b` (`all`) or `a || b`, each side wanted or not.
    fn both(&self, whole: &IdedExpr, (a, b): Sides, wanted: bool, all: bool) -> Lowered<Condition> {
        let (left, right) = together(self.lower(a, wanted), self.lower(b, wanted))?;
        self.combined(whole, &left, &right, all)
    }

    fn combined(&self, whole: &IdedExpr, left: &Condition, right: &Condition, all: bool) -> Lowered<Condition> {
        let pairs = left.conjunctions().len() * right.conjunctions().len();
        if all && pairs > MOST_PAIRS {
            return Err(self.too_many(whole, pairs));
        }
        let combined = if all { left.and(right) } else { left.or(right) };
        let count = combined.conjunctions().len();
        let asked = combined.conjunctions().iter().map(Vec::len).max().unwrap_or(0);
        if count > MOST_IN_PROGRESS {
            return Err(self.too_many(whole, count));
        }
        if asked > MOST_ASKED {
            let message = format!("this part asks about more than {MOST_ASKED} names at once; go over a smaller set");
            return Err(self.fault(whole, message));
        }
        Ok(combined)
    }

    /// Lowers a yes-or-no attribute that stands alone.
    fn truth(&self, expression: &IdedExpr, wanted: bool) -> Lowered<Condition> {
        match self.term(expression)? {
            Term::Value(asked, Type::Boolean) => Ok(self.is(asked, wanted)),
            Term::Value(..) => Err(self.fault(expression, "this is no yes or no; compare it with a value".into())),
            Term::Many(family) => Err(self.not_alone(expression, family)),
            _ => Err(self.fault(expression, "a constant alone is no condition".into())),
        }
    }

    fn not_alone(&self, at: &IdedExpr, family: Family) -> Vec<Fault> {
        let kind = if family.entries().is_some() { "map; ask with `…[\"name\"]` or" } else { "set; ask with" };
        self.fault(at, format!("this is a {kind} `\"name\" in …`"))
    }

    fn comparison(&self, whole: &IdedExpr, comparison: Comparison, (a, b): Sides, wanted: bool) -> Lowered<Condition> {
        let (comparison, asked, kind, at, literal) = match together(self.term(a), self.term(b))? {
            (Term::Value(asked, kind), Term::Literal(literal)) => (comparison, asked, kind, b, literal),
            (Term::Literal(literal), Term::Value(asked, kind)) => (comparison.mirrored(), asked, kind, a, literal),
            (Term::Literal(left), Term::Literal(right)) if comparison.is_equality() && names_member(&left, &right) => {
                let same = self.same(whole, &left, &right)?;
                let holds = same == (comparison == Comparison::Equal);
                return Ok(constant(holds == wanted));
            }
            (Term::Many(family), _) => return Err(self.not_alone(a, family)),
            (_, Term::Many(family)) => return Err(self.not_alone(b, family)),
            _ => return Err(self.fault(whole, "one side must be an attribute and the other a constant".into())),
        };
        if !kind.is_ordered() && !comparison.is_equality() {
            return Err(self.fault(whole, "these have no order; use `==`, `!=` or `in [...]`".into()));
        }
        let value = self.constant(at, &kind, &literal)?;
        let comparison = if wanted { comparison } else { comparison.negated() };
        Ok(self.within(asked, comparison.ranges(value)))
    }

    /// Tells whether two constants, one of them a member, name the same member.
    fn same(&self, at: &IdedExpr, left: &Literal, right: &Literal) -> Lowered<bool> {
        match (left, right) {
            (Literal::Member(_, one, _), Literal::Member(_, two, _)) if one == two => Ok(true),
            (Literal::Member(family, member, _), other) | (other, Literal::Member(family, member, _)) => {
                Ok(self.member(at, *family, self.name_in(at, other)?)? == *member)
            }
            _ => Ok(left == right),
        }
    }

    fn membership(&self, whole: &IdedExpr, (element, many): Sides, wanted: bool) -> Lowered<Condition> {
        match together(self.term(element), self.term(many))? {
            (Term::Literal(literal), Term::Many(family)) => {
                let asked = self.member(element, family, self.name_in(element, &literal)?)?;
                if family.entries().is_some() {
                    self.entry_known(whole, family, asked, wanted)
                } else {
                    Ok(self.is(asked, wanted))
                }
            }
            (Term::Literal(literal), Term::List(literals)) => {
                let same = all_of(literals.iter().map(|(at, other)| self.same(at, &literal, other)))?;
                Ok(constant(same.contains(&true) == wanted))
            }
            (Term::Value(asked, kind), Term::List(literals)) => {
                let ranges = ranges_of(all_of(literals.iter().map(|(at, one)| self.constant(at, &kind, one)))?);
                Ok(self.within(asked, if wanted { ranges } else { complement(ranges) }))
            }
            _ => Err(self.fault(whole, "`in` asks `\"name\" in set` or `attribute in [constants]`".into())),
        }
    }

    /// Asks whether a map has an entry. That it has none cannot be asked: what is absent makes no condition true.
    fn entry_known(&self, at: &IdedExpr, family: Family, entry: Asked, wanted: bool) -> Lowered<Condition> {
        let refuse = |why: &str| Err(self.fault(at, why.into()));
        match family {
            Family::BoughtCount => refuse("every category has a count; write `bought.count[\"name\"] >= 1`, or `== 0`"),
            Family::BoughtSince if !wanted => {
                refuse("a missing entry makes no condition true; for never bought write `bought.count[\"name\"] == 0`")
            }
            _ if !wanted => refuse("a missing entry makes no condition true; ask for what is known, or declare a set"),
            _ => Ok(self.within(entry, vec![EVERY])),
        }
    }

    /// Lowers `exists` and `all`: any or all of the alternatives that the members make.
    fn each(&self, whole: &IdedExpr, each: &ComprehensionExpr, wanted: bool) -> Lowered<Condition> {
        let (exists, body) = quantified(each)
            .ok_or_else(|| self.fault(whole, "of CEL's macros, conditions have `exists` and `all`".into()))?;
        let all = exists != wanted;
        match self.term(&each.iter_range)? {
            Term::List(literals) => {
                let mut found = constant(all);
                for (_, literal) in literals {
                    let one = self.lower_with((&each.iter_var, literal), body, wanted)?;
                    found = self.combined(whole, &found, &one, all)?;
                }
                Ok(found)
            }
            Term::Many(family) => self.each_member(whole, (family, &each.iter_var, body), wanted, all),
            _ => Err(self.fault(&each.iter_range, "`exists` and `all` go over a set, a map or a list".into())),
        }
    }

    fn each_member(
        &self,
        whole: &IdedExpr,
        (family, variable, body): (Family, &str, &IdedExpr),
        wanted: bool,
        all: bool,
    ) -> Lowered<Condition> {
        let is_map = family.entries().is_some();
        if all && is_map {
            let message =
                "a missing entry makes no condition true, so `all` cannot be asked of a map, nor `!` of `exists`";
            return Err(self.fault(whole, message.into()));
        }
        let members = self.scope.each(family);
        let mut found = if all { self.known(family) } else { Condition::NEVER };
        for (name, asked) in members {
            let body = self.lower_with((variable, Literal::Member(family, asked, name.into())), body, wanted)?;
            let there = if is_map { self.within(asked, vec![EVERY]) } else { self.is(asked, true) };
            found = match (all, &body) {
                (true, Condition::Always) => found,
                (true, _) => self.combined(whole, &found, &self.is(asked, false).or(&body), true)?,
                (false, _) if body == Condition::NEVER => found,
                (false, _) => self.combined(whole, &found, &there.and(&body), false)?,
            };
        }
        Ok(found)
    }

    /// Holds where a set was told; built-in ones always are.
    fn known(&self, set: Family) -> Condition {
        match (set, self.scope.each(set).first()) {
            (Family::OwnSet(_), Some((_, member))) => self.within(*member, vec![Range { low: 0, high: 1 }]),
            _ => Condition::Always,
        }
    }

    /// Lowers the body of an `exists` or `all` for one of the things it goes over.
    fn lower_with(&self, (name, literal): (&str, Literal), body: &IdedExpr, wanted: bool) -> Lowered<Condition> {
        let bound = Bound { name, literal, outer: self.bound };
        Lowering { bound: Some(&bound), ..*self }.lower(body, wanted)
    }

    fn member(&self, at: &IdedExpr, family: Family, name: &str) -> Lowered<Asked> {
        self.scope.member(family, name).ok_or_else(|| {
            let (what, names) = self.scope.members(family);
            self.unknown(at, what, name, names)
        })
    }

    /// Returns the condition that what is asked lies in one of `ranges`.
    fn within(&self, asked: Asked, ranges: Vec<Range>) -> Condition {
        match asked {
            Asked::Device(attribute) => Condition::within(attribute, ranges),
            Asked::Calendar(dated) => self.scope.calendar.within(dated, &ranges),
        }
    }

    fn is(&self, asked: Asked, yes: bool) -> Condition {
        let value = i64::from(yes);
        self.within(asked, vec![Range { low: value, high: value }])
    }

    fn name_in<'b>(&self, at: &IdedExpr, literal: &'b Literal) -> Lowered<&'b str> {
        match literal {
            Literal::Text(name) | Literal::Member(.., name) => Ok(name),
            _ => Err(self.fault(at, "expected a name in quotes".into())),
        }
    }

    fn unknown<'b>(
        &self,
        at: &IdedExpr,
        what: &str,
        name: &str,
        names: impl IntoIterator<Item = &'b str>,
    ) -> Vec<Fault> {
        self.fault(at, format!("there is no {what} `{name}`{}", hint(name, names)))
    }

    fn term<'b>(&self, expression: &'b IdedExpr) -> Lowered<Term<'b>> {
        match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal).map(Term::Literal),
            Expr::List(list) => {
                let literals = list.elements.iter().map(|element| match self.term(element)? {
                    Term::Literal(literal) => Ok((element, literal)),
                    _ => Err(self.fault(element, "a list holds constants only".into())),
                });
                all_of(literals).map(Term::List)
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

    fn call(&self, whole: &IdedExpr, call: &CallExpr) -> Lowered<Term<'static>> {
        let target = call.target.as_ref().and_then(|target| dotted(target));
        let name = target.map_or_else(|| call.func_name.clone(), |target| format!("{target}.{}", call.func_name));
        match (name.as_str(), call.args.as_slice()) {
            (operators::INDEX, [map, key]) => match self.term(map)? {
                Term::Many(family) => self.entry(whole, family, key),
                _ => Err(self.fault(map, "only a map has entries in brackets".into())),
            },
            (operators::NEGATE, [of]) => self.negative(whole, of),
            (operators::CONDITIONAL, [condition, yes, no]) => Err(self.ternary(whole, [condition, yes, no])),
            ("duration", [text]) => match self.term(text)? {
                Term::Literal(Literal::Text(written)) => {
                    let minutes = duration(&written).map_err(|message| self.fault(text, message))?;
                    Ok(Term::Literal(Literal::Minutes(minutes)))
                }
                _ => Err(self.fault(text, "`duration` takes a text, such as \"36h\"".into())),
            },
            (unit, arguments) if let Some(minutes) = minutes_in(unit) => match arguments {
                [count] if let Term::Literal(Literal::Whole(count)) = self.term(count)? => {
                    Ok(Term::Literal(Literal::Minutes(count.saturating_mul(minutes))))
                }
                _ => Err(self.fault(whole, format!("`{name}` takes one whole number"))),
            },
            _ if name.starts_with(['_', '-', '@']) => {
                let message =
                    "conditions do no arithmetic; compare one name with one constant, and write the result there";
                Err(self.fault(whole, message.into()))
            }
            (_, arguments) => match (self.scope.named(&name), arguments) {
                (Some(Named::Many(family)), [key]) if family.entries().is_some() => self.entry(whole, family, key),
                (Some(Named::Many(family)), _) if family.entries().is_some() => {
                    Err(self.fault(whole, format!("`{name}` takes the id of one category")))
                }
                _ => Err(self.nothing_called(whole, &name)),
            },
        }
    }

    fn entry(&self, whole: &IdedExpr, family: Family, key: &IdedExpr) -> Lowered<Term<'static>> {
        let Some(kind) = family.entries() else { return Err(self.not_alone(whole, family)) };
        match self.term(key)? {
            Term::Literal(literal) => Ok(Term::Value(self.member(key, family, self.name_in(key, &literal)?)?, kind)),
            _ => Err(self.fault(key, "expected a name in quotes".into())),
        }
    }

    fn negative(&self, whole: &IdedExpr, of: &IdedExpr) -> Lowered<Term<'static>> {
        Ok(Term::Literal(match self.term(of)? {
            Term::Literal(Literal::Whole(number)) => Literal::Whole(number.saturating_neg()),
            Term::Literal(Literal::Decimal(number)) => Literal::Decimal(-number),
            Term::Literal(Literal::Minutes(minutes)) => Literal::Minutes(minutes.saturating_neg()),
            _ => return Err(self.fault(whole, "only a number or a duration can be negative".into())),
        }))
    }

    fn ternary(&self, whole: &IdedExpr, parts: [&IdedExpr; 3]) -> Vec<Fault> {
        let [condition, yes, no] = parts.map(|part| self.text_of(part));
        let instead = format!("({condition} && {yes}) || (!({condition}) && {no})");
        let instead = if instead.len() <= 120 { instead } else { "(a && b) || (!(a) && c)".into() };
        self.fault(whole, format!("conditions have no `? :`; write `{instead}`"))
    }

    fn named(&self, expression: &IdedExpr) -> Lowered<Term<'static>> {
        if let Expr::Ident(name) = &expression.expr
            && let Some(literal) = self.bound_to(name)
        {
            return Ok(Term::Literal(literal));
        }
        let Some(name) = dotted(expression) else {
            let message =
                "this part of CEL cannot be used in a condition; whether a map has an entry is `\"name\" in …`";
            return Err(self.fault(expression, message.into()));
        };
        match self.scope.named(&name) {
            Some(Named::One(asked, kind)) => Ok(Term::Value(asked, kind)),
            Some(Named::Many(family)) => Ok(Term::Many(family)),
            None => Err(self.nothing_called(expression, &name)),
        }
    }

    fn bound_to(&self, name: &str) -> Option<Literal> {
        let mut bound = self.bound;
        while let Some(here) = bound.filter(|here| here.name != name) {
            bound = here.outer;
        }
        bound.map(|here| here.literal.clone())
    }

    fn nothing_called(&self, at: &IdedExpr, name: &str) -> Vec<Fault> {
        let of_map = name.rsplit_once('.').filter(
            |(map, _)| matches!(self.scope.named(map), Some(Named::Many(family)) if family.entries().is_some()),
        );
        if let Some((map, key)) = of_map {
            return self.fault(at, format!("`{map}` is a map; write `{map}[\"{key}\"]`"));
        }
        if name == "occasion.holiday" {
            return self.fault(at, "the catalog names no `country`, whose holidays these would be".into());
        }
        let names = self.scope.names();
        self.fault(at, format!("there is nothing called `{name}`{}", hint(name, names.iter().map(String::as_str))))
    }

    /// Reads a constant as the number that an attribute of this type has.
    fn constant(&self, at: &IdedExpr, kind: &Type, literal: &Literal) -> Lowered<i64> {
        let told_apart = |number: i64| {
            let message = || format!("{number} is beyond what conditions can compare with; say at most {MOST}");
            if number.unsigned_abs() <= MOST { Ok(number) } else { Err(self.fault(at, message())) }
        };
        kind.read(literal, self.scope.decimals)
            .map_err(|mismatch| match mismatch {
                Mismatch::Expected(expected) => self.fault(at, format!("expected {expected}")),
                Mismatch::Unknown(text) => {
                    let Type::Text(values) = kind else { return self.fault(at, "expected another text".into()) };
                    self.unknown(at, "value", &text, values.iter().map(String::as_str))
                }
            })
            .and_then(told_apart)
    }

    /// Finds the smallest part that is too much on its own, wanted or not, and says what to do with it.
    fn most_of_them(&self, expression: &IdedExpr, wanted: bool, count: usize) -> Vec<Fault> {
        let (parts, wanted) = match &expression.expr {
            Expr::Call(call) => (call.args.as_slice(), wanted != (call.func_name == operators::LOGICAL_NOT)),
            _ => ([].as_slice(), wanted),
        };
        for part in parts {
            let count = self.lower(part, wanted).map_or(0, |part| part.conjunctions().len());
            if count > Condition::MOST_CONJUNCTIONS {
                return self.most_of_them(part, wanted, count);
            }
        }
        self.too_many(expression, count)
    }

    fn too_many(&self, at: &IdedExpr, count: usize) -> Vec<Fault> {
        let part = |part: &IdedExpr| {
            let text = self.text_of(part);
            if text.chars().count() <= 60 {
                text.into()
            } else {
                format!("{}…", text.chars().take(60).collect::<String>())
            }
        };
        let advice = match &at.expr {
            Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, [a, b]) => format!(
                    "both sides multiply; make an offer for each alternative of `{}`, or of `{}`",
                    part(a),
                    part(b)
                ),
                (_, [a, b]) => format!("make two offers, one with `{}` and one with `{}`", part(a), part(b)),
                _ => "split the offer".into(),
            },
            _ => "name fewer members, or make several offers".into(),
        };
        let most = Condition::MOST_CONJUNCTIONS;
        self.fault(
            at,
            format!("this part has {count} alternatives, more than the {most} that a condition may have; {advice}"),
        )
    }

    fn text_of(&self, part: &IdedExpr) -> &'a str {
        self.extent(part).and_then(|(from, until)| self.source.get(from..until)).unwrap_or("…")
    }

    fn fault(&self, at: &IdedExpr, message: String) -> Vec<Fault> {
        let whole = (0, self.source.len());
        let span = self.extent(at).filter(|(from, until)| from < until && *until <= whole.1);
        vec![Fault::Condition { message, span: span.unwrap_or(whole) }]
    }

    /// Returns the bytes from the first to the last part of an expression, with the brackets around them; the parser
    /// only marks an operator or a dot.
    fn extent(&self, at: &IdedExpr) -> Option<(usize, usize)> {
        self.rough_extent(at).and_then(|extent| with_brackets(self.source, extent))
    }

    fn rough_extent(&self, at: &IdedExpr) -> Option<(usize, usize)> {
        let byte = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let own = self.places.offset_for(at.id).map(|(from, last)| (byte(from), byte(last).saturating_add(1)));
        let parts: Vec<&IdedExpr> = match &at.expr {
            Expr::Select(select) => vec![&select.operand],
            Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
            Expr::List(list) => list.elements.iter().collect(),
            Expr::Comprehension(each) => vec![&each.iter_range, &each.loop_step],
            _ => vec![],
        };
        let field = match &at.expr {
            Expr::Select(select) => own.map(|(dot, _)| (dot, dot + 1 + select.field.len())),
            _ => None,
        };
        let extents = parts.into_iter().filter_map(|part| self.rough_extent(part)).chain(own).chain(field);
        extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

/// Largest number, in minor units, minutes or as it is, that a condition compares with: values have 32 bits, and what lies
/// beyond counts as the ends.
const MOST: u64 = 2_147_483_645;

/// Returns what both sides came to, or all that is wrong with either.
fn together<A, B>(left: Lowered<A>, right: Lowered<B>) -> Lowered<(A, B)> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (left, right) => Err(left.err().into_iter().chain(right.err()).flatten().collect()),
    }
}

/// Returns what all parts came to, or all that is wrong with any.
fn all_of<T>(parts: impl Iterator<Item = Lowered<T>>) -> Lowered<Vec<T>> {
    let mut all = Ok(Vec::new());
    for part in parts {
        all = together(all, part).map(|(mut all, part)| {
            all.push(part);
            all
        });
    }
    all
}

fn constant(yes: bool) -> Condition {
    if yes { Condition::Always } else { Condition::NEVER }
}

fn names_member(left: &Literal, right: &Literal) -> bool {
    matches!(left, Literal::Member(..)) || matches!(right, Literal::Member(..))
}

/// Returns whether a macro is `exists` (or else `all`), and what it asks of each member.
fn quantified(each: &ComprehensionExpr) -> Option<(bool, &IdedExpr)> {
    let (Expr::Literal(LiteralValue::Boolean(start)), Expr::Call(step)) = (&each.accu_init.expr, &each.loop_step.expr)
    else {
        return None;
    };
    match (start.into_inner(), step.func_name.as_str(), step.args.as_slice()) {
        (false, operators::LOGICAL_OR, [_, body]) => Some((true, body)),
        (true, operators::LOGICAL_AND, [_, body]) => Some((false, body)),
        _ => None,
    }
}

fn dotted(expression: &IdedExpr) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(format!("{}.{}", dotted(&select.operand)?, select.field)),
        _ => None,
    }
}

/// Adds the brackets that open before `from` and close after `until`, as many as what is between needs.
fn with_brackets(source: &str, (from, until): (usize, usize)) -> Option<(usize, usize)> {
    let (mut missing, mut open) = (0_usize, 0_usize);
    for character in source.get(from..until)?.chars() {
        match character {
            '(' | '[' => open += 1,
            ')' | ']' if open == 0 => missing += 1,
            ')' | ']' => open -= 1,
            _ => {}
        }
    }
    let before = source.get(..from)?.char_indices().rev().filter(|(_, c)| !c.is_whitespace());
    let after = source.get(until..)?.char_indices().filter(|(_, c)| !c.is_whitespace());
    let opening = before.take_while(|(_, c)| matches!(c, '(' | '[')).take(missing).last();
    let closing = after.take_while(|(_, c)| matches!(c, ')' | ']')).take(open).last();
    Some((opening.map_or(from, |(at, _)| at), closing.map_or(until, |(at, _)| until + at + 1)))
}

fn hint<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
