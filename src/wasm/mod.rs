//! The handle that JavaScript calls. No logic: read the input, call, write the output.
//!
//! Signals come in and views go out as postcard bytes through two buffers that live as long as the handle; everything
//! else is a number. What JavaScript can call is listed in `exports`, and its other half is `pkg/src/core.ts`.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::answer::{Context, windows};
use crate::cadence::Silence;
use crate::catalog::{Catalog, Language, OfferIx, PlacementIx};
use crate::decide::{Decision, Outcome};
use crate::explain::sentence;
use crate::index::Step;
use crate::profile::Profile;
use crate::session::{Engine, Session};
use crate::signal::{Fact, Signal};
use crate::value::{Key, Seed, Timestamp};
use crate::wire::codec::{ToWire, to_bytes, write_list};
use crate::wire::decision::{currency, digits};
use crate::wire::fault::FaultView;
use crate::wire::signal::decision_id;
use crate::wire::state::StateFault;
use crate::wire::{
    LocateView, MomentView, NextView, SaidView, ShowView, SignalFault, TraceView, context, pack, signal, state,
};

#[cfg(all(target_arch = "wasm32", not(any(feature = "studio", feature = "ledger"))))]
mod exports;
#[cfg(feature = "ledger")]
pub mod ledger;
#[cfg(feature = "studio")]
pub mod studio;

/// Gives out memory with 4 KB less code than the allocator that Rust's own library brings.
/// Not in debug builds, whose checks of it take longer than a browser waits for a test.
#[cfg(all(target_arch = "wasm32", not(target_feature = "atomics"), not(debug_assertions)))]
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// One engine with one shopper.
pub struct Core {
    engine: Rc<Engine>,
    session: Session,
    last: Option<Key>,
    /// Its digits.
    id: [u8; 16],
    /// What was last told of each placement.
    told: Vec<Option<(Outcome, Language)>>,
    context: Context,
    until: f64,
    state_fault: Option<StateFault>,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Core {
    /// Loads a pack, the first `pack` of `bytes`, and what was saved, the rest (none: nothing). A pack that is refused
    /// leaves the fault in `bytes`.
    ///
    /// The seed comes in two halves of 32 bits; time is milliseconds since the epoch.
    pub fn load(bytes: &mut Vec<u8>, pack: u32, seed_low: u32, seed_high: u32, now_ms: f64) -> Option<Self> {
        let saved = bytes.split_off(usize::try_from(pack).unwrap_or(0).min(bytes.len()));
        let now = instant(now_ms);
        Self::begin(bytes, now, &|catalog| state::open(catalog, &saved, seed(seed_low, seed_high), now))
    }

    /// Loads the pack in `bytes` for a shopper of whom `profile` tells what that pack has to do with.
    fn begin(
        bytes: &mut Vec<u8>,
        now: Timestamp,
        profile: &dyn Fn(&Catalog) -> (Profile, Option<StateFault>),
    ) -> Option<Self> {
        let started = pack::open(core::mem::take(bytes), now, 0).and_then(|catalog| {
            let (profile, state_fault) = profile(&catalog);
            let (got, seen) = (catalog.version, profile.catalog_version);
            let of = |catalog| Self::of(Rc::new(Engine::new(catalog)), profile, state_fault);
            if got < seen { Err(pack::PackFault::Stale { got, seen }) } else { Ok(of(catalog)) }
        });
        started.map_err(|fault| *bytes = to_bytes(&FaultView::from(&fault))).ok()
    }

    /// Returns another shopper on the same engine, who starts from what was saved, in the input.
    pub fn fork(&self, seed_low: u32, seed_high: u32, now_ms: f64) -> Self {
        Self::start(Rc::clone(&self.engine), &self.input, seed(seed_low, seed_high), instant(now_ms))
    }

    /// Goes on with another pack, in `bytes`: the shopper stays, with all that is remembered of them, and decisions made so
    /// far can be explained no more. A pack that is refused changes nothing and leaves the fault in `bytes`.
    pub fn update(&mut self, bytes: &mut Vec<u8>, now_ms: f64) -> bool {
        let now = instant(now_ms);
        let carry = |next: &Catalog| (state::carry(&self.engine.catalog, next, self.session.profile(), now), None);
        Self::begin(bytes, now, &carry).map(|core| *self = core).is_some()
    }

    /// Returns where to write `len` bytes of input. Valid until the next call.
    pub fn input(&mut self, len: u32) -> *const u8 {
        self.input.clear();
        self.input.resize(usize::try_from(len).unwrap_or(0), 0);
        self.input.as_ptr()
    }

    /// Returns where the last output begins. Valid until the next call.
    pub fn output(&self) -> *const u8 {
        self.output.as_ptr()
    }

    /// Tells whether the signal in the input would be taken in: 0, or the length of a fault in the output.
    pub fn check(&mut self) -> u32 {
        match self.read() {
            Ok(_) => 0,
            Err(fault) => self.fault(&fault),
        }
    }

    /// Takes in the signal in the input: 0, or the length of a fault in the output.
    pub fn observe(&mut self) -> u32 {
        match self.read() {
            Ok(signal) => self.take(&signal),
            Err(fault) => self.fault(&fault),
        }
    }

    /// Returns the place of the placement whose id is in the input, or -1.
    pub fn placement(&self) -> i32 {
        let id = core::str::from_utf8(&self.input).unwrap_or("");
        self.engine.catalog.placement_by_id(id).map_or(-1, |place| i32::from(place.0))
    }

    /// Decides once for a placement: 1 where it says what the decision before said there, but for its id and time; else 0,
    /// and what it says is told by [`Core::said`].
    pub fn ask(&mut self, placement: u32, now_ms: f64) -> u32 {
        let decision = self.session.ask(&self.engine, place(placement), instant(now_ms));
        self.last = Some(decision.id);
        self.id = digits(decision.id);
        let Some(told) = usize::try_from(placement).ok().and_then(|place| self.told.get_mut(place)) else { return 0 };
        match told {
            Some((outcome, language)) if *outcome == decision.outcome && *language == decision.language => 1,
            _ => {
                *told = Some((decision.outcome, decision.language));
                0
            }
        }
    }

    /// Returns where the sixteen digits of the last decision's id stand; for as long as the handle lives.
    pub fn id(&self) -> *const u8 {
        self.id.as_ptr()
    }

    /// Returns the length of what a placement asks a context about in the output.
    pub fn questions(&mut self, placement: u32) -> u32 {
        let Engine { catalog, index } = &*self.engine;
        let view = context::questions(catalog, index, place(placement));
        self.write(view)
    }

    /// Returns where the values of a context are written, 32 bits each; for as long as the handle lives.
    pub fn values(&self) -> *const i32 {
        self.context.values.0.as_ptr()
    }

    /// Returns how many values there are.
    pub fn values_len(&self) -> u32 {
        u32::try_from(self.context.values.0.len()).unwrap_or(u32::MAX)
    }

    /// Returns where the host tells how often an offer was shown in each window; for as long as the handle lives.
    pub fn shown(&self) -> *const u32 {
        self.context.shown.as_ptr()
    }

    /// Begins to answer from the context alone: the place of the best offer; or below 0: -1 nothing fits, -2 the catalog's
    /// time is over, -3 quiet hours, until [`Core::until`]; from `UNTOLD_FROM` down, the value at the place so much lower
    /// has to be told first: write it and [`Core::go_on`].
    pub fn ask_in(&mut self, placement: u32, now_ms: f64) -> i32 {
        let Engine { catalog, index } = &*self.engine;
        match self.context.ask((catalog, index), place(placement), instant(now_ms)) {
            Ok(step) => code(step),
            Err(Silence::QuietHours { until }) => {
                self.until = milliseconds(until);
                -3
            }
            Err(_) => -2,
        }
    }

    /// Goes on to answer: a value was told that was asked for, or the last offer will not do.
    pub fn go_on(&mut self) -> i32 {
        let Engine { catalog, index } = &*self.engine;
        code(self.context.go_on((catalog, index)))
    }

    /// Tells whether the caps of an offer allow what is told of it in [`Core::shown`].
    pub fn allows(&self, offer: u32) -> bool {
        self.context.allows(&self.engine.catalog, OfferIx(offer))
    }

    /// Returns when the quiet hours end that the last answer told of.
    pub fn until(&self) -> f64 {
        self.until
    }

    /// Returns the length of an offer in words in the output; 0 is German, 1 English, else the catalog's own.
    pub fn offer(&mut self, offer: u32, language: u32) -> u32 {
        let catalog = &self.engine.catalog;
        let language = match language {
            0 => catalog.language(Some(*b"de")),
            1 => catalog.language(Some(*b"en")),
            _ => catalog.language(None),
        };
        let view = ShowView::plain(catalog, OfferIx(offer), language).map(|view| view.to_bytes());
        self.write(view.unwrap_or_default())
    }

    /// Returns the length of what the last decision says in the output, 0 before the first.
    pub fn said(&mut self) -> u32 {
        let decision = self.last.and_then(|id| self.session.recent(id));
        let view = decision.map(|decision| SaidView::new(&self.engine.catalog, decision).to_bytes());
        self.write(view.unwrap_or_default())
    }

    /// Returns the length of the way to the decision whose id is in the input, 0 where it is not remembered.
    pub fn trace(&mut self) -> u32 {
        let id = core::str::from_utf8(&self.input).unwrap_or("");
        let decision = decision_id(id).ok().and_then(|id| self.session.recent(id));
        let view = decision.map(|decision| TraceView::new(&self.engine, decision).to_bytes());
        self.write(view.unwrap_or_default())
    }

    /// Returns the length of one sentence about the decision whose id is in the input, 0 where it is not remembered.
    ///
    /// The language is 0 for German, 1 for English, anything else for that of the decision.
    pub fn explain(&mut self, language: u32) -> u32 {
        let id = core::str::from_utf8(&self.input).unwrap_or("");
        let decision = decision_id(id).ok().and_then(|id| self.session.recent(id));
        let asked = |decision: &Decision| match language {
            0 => Language::De,
            1 => Language::En,
            _ => decision.language,
        };
        let text = decision.map(|decision| sentence(&self.engine.catalog, decision, asked(decision)));
        self.write(text.unwrap_or_default().into_bytes())
    }

    /// Returns the length of the moment in the output.
    pub fn moment(&mut self, now_ms: f64) -> u32 {
        let moment = self.session.moment(&self.engine, instant(now_ms));
        let language = self.engine.catalog.language(self.session.profile().language);
        let view = MomentView::new(&self.engine.catalog, &moment, language).to_bytes();
        self.write(view)
    }

    /// Returns the length of what the shopper may buy next in the output.
    pub fn needs(&mut self, now_ms: f64) -> u32 {
        let needs = NextView::all(&self.engine.catalog, self.session.profile(), instant(now_ms));
        self.write(to_bytes(&needs))
    }

    /// Returns the length of whether it is worth asking where the shopper is in the output.
    pub fn locate(&mut self, placement: u32, now_ms: f64) -> u32 {
        let located = self.session.locate(&self.engine, place(placement), instant(now_ms));
        let catalog = &self.engine.catalog;
        let language = catalog.language(self.session.profile().language);
        let view = LocateView::new(catalog, located, language).to_bytes();
        self.write(view)
    }

    /// Returns the length of what the pack says of itself in the output.
    pub fn describe(&mut self) -> u32 {
        let catalog = &self.engine.catalog;
        let mut bytes = Vec::new();
        let out = &mut bytes;
        (catalog.text(catalog.name), catalog.version, currency(catalog), catalog.decimals).write(out);
        write_list(&catalog.languages, out, |known, out| {
            let language = if *known == Language::De { "de" } else { "en" };
            language.write(out);
        });
        write_list(&catalog.placements, out, |placement, out| catalog.text(placement.id).write(out));
        write_list(&windows(catalog), out, |window, out| (window.whole_minutes() / 60).unsigned_abs().write(out));
        self.state_fault.map(FaultView::from).write(out);
        self.write(bytes)
    }

    /// Returns the length of what may be stored of the profile in the output.
    pub fn save(&mut self) -> u32 {
        let bytes = state::encode(&self.engine.catalog, self.session.profile());
        self.write(bytes)
    }

    /// Forgets everything, and starts again quietly.
    pub fn forget(&mut self, now_ms: f64) {
        self.session.forget(instant(now_ms));
        self.last = None;
    }

    /// Returns the length of everything that is remembered, in words, in the output.
    pub fn export(&mut self) -> u32 {
        let bytes = state::export(&self.engine.catalog, self.session.profile());
        self.write(bytes)
    }
}

impl Core {
    fn start(engine: Rc<Engine>, saved: &[u8], seed: Seed, now: Timestamp) -> Self {
        let (profile, state_fault) = state::open(&engine.catalog, saved, seed, now);
        Self::of(engine, profile, state_fault)
    }

    fn of(engine: Rc<Engine>, profile: Profile, state_fault: Option<StateFault>) -> Self {
        let (context, session) = (Context::new(&engine.catalog), Session::new(profile));
        let (input, output) = (Vec::new(), Vec::new());
        let (id, told) = ([0; 16], alloc::vec![None; engine.catalog.placements.len()]);
        Self { engine, session, last: None, id, told, context, until: 0.0, state_fault, input, output }
    }

    fn read(&self) -> Result<Signal, SignalFault> {
        let signal = signal::decode(&self.input)?.resolve(&self.engine.catalog)?;
        match signal.fact {
            Fact::Reply { decision, .. } if !self.session.profile().has_shown(decision) => {
                Err(SignalFault::UnknownDecision)
            }
            _ => Ok(signal),
        }
    }

    fn take(&mut self, signal: &Signal) -> u32 {
        match self.session.observe(&self.engine, signal) {
            Ok(()) => 0,
            Err(_) => self.fault(&SignalFault::UnknownDecision),
        }
    }

    fn fault(&mut self, fault: &SignalFault) -> u32 {
        let bytes = to_bytes(&FaultView::from(fault));
        self.write(bytes)
    }

    fn write(&mut self, bytes: Vec<u8>) -> u32 {
        self.output = bytes;
        u32::try_from(self.output.len()).unwrap_or(u32::MAX)
    }
}

fn place(placement: u32) -> PlacementIx {
    PlacementIx(u16::try_from(placement).unwrap_or(u16::MAX))
}

/// Codes of steps from here down ask for a value.
const UNTOLD_FROM: i32 = -16;

/// Returns a step as JavaScript has it.
fn code(step: Step) -> i32 {
    match step {
        Step::Offer(offer) => i32::try_from(offer.0).unwrap_or(-1),
        Step::Untold(attribute) => UNTOLD_FROM - i32::from(attribute.0),
        Step::End => -1,
    }
}

fn seed(low: u32, high: u32) -> Seed {
    Seed(u64::from(high) << 32 | u64::from(low))
}

/// Reads the host's clock; what is no number is the epoch, so that a wrong clock makes us quieter, not louder.
fn instant(ms: f64) -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and from_ms holds it in range")]
    Timestamp::from_ms(ms as i64)
}

/// Returns an instant as JavaScript has it; every instant is exact in 53 bits.
#[expect(clippy::cast_precision_loss, reason = "a timestamp has at most 53 bits")]
fn milliseconds(at: Timestamp) -> f64 {
    at.ms() as f64
}
