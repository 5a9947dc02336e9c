//! Tactful, the moment engine: decides on the shopper's side of the network whether this is a moment to speak, and if
//! so with which coupon, nostalgia reminder or piece of help, or that the tactful thing is silence.
//!
//! # The map
//!
//! Data flows one way, and the order of the `mod` lines below is that way: a module names only those above it (held by
//! `tests/tidy.rs`). Time, chance and memory enter on the left as values; nothing in the middle has a clock, a random
//! generator or a disk to ask, so the same inputs give the same bytes in every host.
//!
//! ```text
//! author   catalog.json --author--> Catalog --wire::pack--> shop.tact
//! device   signal --profile::remember--> Profile
//!          Profile + now         --moment-->   Moment       presence, intent, need, memory, occasion, stage
//!          Moment + Profile      --cadence-->  permission   | hold: resting until …
//!          Moment + Catalog      --index-->    candidates   | hold: nothing fits
//!          candidates + Profile  --cadence-->  survivors    each refusal into the trace
//!          survivors + basket    --savings-->  priced       exact money
//!          priced + replies      --rank-->     ranked       usefulness, goals
//!          ranked + interruption --decide-->   Ready        kept until a signal, or the next instant that matters
//!          Ready + chance        --decide-->   Decision     show or hold
//! after    reply --learn--> Profile
//! ```
//!
//! - [`value`]: money, time, keys, chance: leaf types with a unit each.
//! - [`product`], [`basket`], [`store`]: the things of a shop; [`mark`]: the networks and beacons a store is known by.
//! - [`signal`]: what can happen: [`signal::Fact`] has every kind; [`signal::gs1`] reads scanned codes.
//! - [`catalog`]: what a shop has to say; [`catalog::Condition`] is what an author's CEL becomes, and texts,
//!   [offers](catalog::Offers) and [rules](catalog::rules::Rules) are read from the pack where they lie. An offer with a
//!   [reach](catalog::Reach) is for some devices alone.
//! - [`profile`]: what this device remembers of one shopper, bounded; [`profile::Profile::remember`] takes signals in.
//! - [`moment`]: what the signals mean now: [`moment::understand`].
//! - [`index`]: all conditions of a placement at once, as bitmaps: [`index::Block::next`].
//! - [`cadence`]: may we speak ([`cadence::permission`]), and may this offer be shown ([`cadence::exclusion`])?
//! - [`savings`]: what a coupon takes off a basket: [`savings::evaluate`]; at a till, the best of several:
//!   [`savings::best::best`].
//! - [`rank`]: usefulness, learned from replies ([`rank::taste`]), the cost of interrupting, and the choice ([`rank::choice`]).
//! - [`decide`]: the whole pipeline on one page, made ready ([`decide::Ready`]) and then chosen from ([`decide::decide`]).
//! - [`locate`]: is it worth asking where the shopper is: [`locate::wanted`].
//! - [`answer`]: what the catalog alone answers to a host that tells what it knows: [`answer::Context::ask`].
//! - [`learn`]: what a reply teaches: [`learn::reply`].
//! - [`share`]: what may be told of a week, noised on the device, and what many such answers add up to.
//! - [`explain`]: one honest sentence for the shopper: [`explain::sentence`].
//! - [`session`]: one shopper with one catalog, and what is kept ready for them; the only place where a profile changes.
//! - [`wire`]: where bytes become types: packs ([`wire::pack`]), saved profiles ([`wire::state`]), signals, decisions.
//! - [`token`]: what a shop has signed to honour once, in 114 bytes: [`token::Payload`], and its name, [`token::Serial`].
//! - `ledger` (feature `ledger` or `author`): who was given what and that there was never more of it than the budget, as
//!   values in and values out: one turn of a shard (`ledger::turn`), and the root that lends to it.
//! - `simulate` (feature `author`): a seeded population lives a year with a catalog, through [`session`].
//! - `author` (feature `author`): what a shop writes: JSON, CEL, opening hours, time zones; every problem at once. And what
//!   a shop and its developers read of a decision (`author::reading`).
//! - `publish` (feature `token`): what a shop publishes, signed and logged: who may ([`publish::Authority`]), and what
//!   ([`publish::Head`]); and what a reader takes for true ([`publish::Known`]).
//! - `wasm` (feature `wasm`): the handle that JavaScript calls, and no logic.
//!
//! The command line is `src/bin/tactful` (feature `cli`), the JavaScript package `pkg/`, the demo shop and the edge
//! worker `www/`. Floats live in [`moment`], [`rank`], [`share`] and `simulate` only, and go through `libm` or `moment::float`, since the
//! platforms' own functions differ in the last bit, but for the square root; what leaves the first two is whole numbers.
//!
//! # What is kept, and until when
//!
//! A question about time is put to [`value::Now`], which keeps in mind the nearest instant that has not come. So whatever
//! is found out about a moment knows by itself until when it stays true: [`session::Session`] keeps it till then, or till a
//! signal changes what is known, and an ask that finds it ready costs a choice and nothing else. What is kept equals what
//! would be found anew (`tests/properties.rs` holds every ask of random histories to that).
//!
//! # Two promises that shape the code
//!
//! **Deciding cannot fail.** No `unwrap`, no indexing, no lossy cast outside tests (clippy denies them), no allocation
//! that grows with hostile input. A refusal is a value with its reason: [`cadence::Silence`], [`cadence::Exclusion`],
//! [`decide::Refusal`], [`decide::Hold`].
//!
//! **Lost memory is quiet.** What cannot be read ([`wire::state::StateFault`]) becomes a profile with
//! [`unknown_since`](profile::Profile::unknown_since), which counts as if the caps might have been reached.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "author", feature = "wasm", test))]
extern crate std;

pub mod value;

pub mod product;

pub mod basket;

pub mod store;

pub mod mark;

pub mod signal;

pub mod catalog;

pub mod profile;

pub mod moment;

pub mod index;

pub mod cadence;

pub mod savings;

pub mod rank;

pub mod decide;

pub mod locate;

pub mod answer;

pub mod learn;

pub mod share;

pub mod explain;

pub mod session;

pub mod wire;

pub mod token;

#[cfg(any(feature = "author", feature = "ledger"))]
pub mod ledger;

#[cfg(feature = "author")]
pub mod simulate;

#[cfg(feature = "author")]
pub mod author;

#[cfg(feature = "token")]
pub mod publish;

#[cfg(feature = "wasm")]
pub mod wasm;

/// The README's example, compiled and run.
#[cfg(all(doctest, feature = "author"))]
#[doc = include_str!("../README.md")]
struct Readme;
