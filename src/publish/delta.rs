//! What changed from one pack to the next, so that who has the one needs few bytes for the other.
//!
//! A delta is steps until its end. A step is three numbers (LEB128, 7 bits a byte, the lowest first; at most 32 bits) and bytes:
//!
//! 1. how many bytes to copy from the pack before,
//! 2. how far from where the last copy ended this one begins (zigzag: 0, -1, 1, -2, … are 0, 1, 2, 3, …),
//! 3. how many new bytes follow, and those bytes.
//!
//! The first copy is counted from the beginning. A step is what is copied and then what is new; either may be nothing. It is
//! not signed, since what it makes is checked against the hash in the head.

use alloc::vec::Vec;

use super::Fault;

/// Shortest run of equal bytes that is looked for.
const SHORTEST: usize = 8;
/// Shortest run that is worth a step where the copy goes on from where the last one ended.
const SHORTEST_ON: usize = 4;
/// Most places that are compared for one run.
const MOST_PLACES: usize = 32;

/// Returns the delta from one pack to the next. The same bytes every time.
///
/// Cost: a sorted list of every place in `from` (16 bytes each), and for each byte that is not copied a look at up to 32 of them.
pub fn make(from: &[u8], to: &[u8]) -> Vec<u8> {
    let places = Places::of(from);
    let (mut delta, mut at, mut cursor) = (Vec::new(), 0, 0);
    let mut step = Step::default();
    let mut new = 0;
    while at < to.len() {
        match places.longest(to, at, cursor + (at - new)) {
            Some((place, length)) => {
                step.write(&mut delta, to.get(new..at).unwrap_or_default());
                step = Step { copy: length, from: place, before: cursor };
                (at, cursor) = (at + length, place + length);
                new = at;
            }
            None => at += 1,
        }
    }
    step.write(&mut delta, to.get(new..).unwrap_or_default());
    delta
}

/// Returns what a delta makes of the pack before, at most `most` bytes.
pub fn apply(from: &[u8], mut delta: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let (mut made, mut cursor) = (Vec::new(), 0_i64);
    while !delta.is_empty() {
        let (copy, jump, new) = (take_number(&mut delta)?, take_number(&mut delta)?, take_number(&mut delta)?);
        cursor += i64::from(jump >> 1) ^ -i64::from(jump & 1);
        let begin = usize::try_from(cursor).map_err(|_| Fault::WrongDelta)?;
        let copied = from.get(begin..).and_then(|rest| rest.get(..copy as usize)).ok_or(Fault::WrongDelta)?;
        let (fresh, rest) = delta.split_at_checked(new as usize).ok_or(Fault::WrongDelta)?;
        if copied.len() + fresh.len() > most - made.len() {
            return Err(Fault::WrongDelta);
        }
        made.extend_from_slice(copied);
        made.extend_from_slice(fresh);
        (delta, cursor) = (rest, cursor + i64::from(copy));
    }
    Ok(made)
}

fn take_number(delta: &mut &[u8]) -> Result<u32, Fault> {
    let mut number = 0_u64;
    for shift in [0, 7, 14, 21, 28] {
        let (byte, rest) = delta.split_first().ok_or(Fault::WrongDelta)?;
        *delta = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return u32::try_from(number).map_err(|_| Fault::WrongDelta);
        }
    }
    Err(Fault::WrongDelta)
}

fn write_number(delta: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        let [low, ..] = number.to_le_bytes();
        delta.push(0x80 | low);
        number >>= 7;
    }
    let [last, ..] = number.to_le_bytes();
    delta.push(last);
}

/// A copy whose new bytes are still being looked for.
#[derive(Default)]
struct Step {
    copy: usize,
    from: usize,
    before: usize,
}

impl Step {
    fn write(&self, delta: &mut Vec<u8>, new: &[u8]) {
        if self.copy + new.len() == 0 {
            return;
        }
        let (on, back) = (self.from.saturating_sub(self.before), self.before.saturating_sub(self.from));
        write_number(delta, self.copy);
        write_number(delta, if back > 0 { 2 * back - 1 } else { 2 * on });
        write_number(delta, new.len());
        delta.extend_from_slice(new);
    }
}

/// Where each run of [`SHORTEST`] bytes is in a pack.
struct Places<'a> {
    /// Sorted.
    runs: Vec<([u8; SHORTEST], usize)>,
    bytes: &'a [u8],
}

impl<'a> Places<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let runs = bytes.windows(SHORTEST).filter_map(|run| run.try_into().ok());
        let mut runs: Vec<_> = runs.zip(0..).collect();
        runs.sort_unstable();
        Self { runs, bytes }
    }

    /// Returns the longest run from `at` on, and where it is; where the copy goes on at `on`, a shorter one will do.
    fn longest(&self, to: &[u8], at: usize, on: usize) -> Option<(usize, usize)> {
        let wanted = to.get(at..)?;
        let length = |place: usize| {
            let there = self.bytes.get(place..).unwrap_or_default();
            there.iter().zip(wanted).take_while(|(a, b)| a == b).count()
        };
        let straight = length(on);
        if straight >= SHORTEST_ON && straight >= wanted.len().min(4 * SHORTEST) {
            return Some((on, straight));
        }
        // Those nearest to where the copy goes on: lists of numbers have the same runs again and again.
        let run = wanted.first_chunk().copied().unwrap_or_default();
        let nearest = self.runs.partition_point(|known| *known < (run, on)).saturating_sub(MOST_PLACES / 2);
        let near = self.runs.iter().skip(nearest).take(MOST_PLACES).filter(|(known, _)| *known == run);
        let near = near.map(|(_, place)| (*place, length(*place)));
        let best = near.max_by_key(|(place, length)| (*length, core::cmp::Reverse(place.abs_diff(on))));
        match best {
            Some((place, length)) if length > straight + SHORTEST_ON => Some((place, length)),
            _ => (straight >= SHORTEST_ON).then_some((on, straight)),
        }
    }
}
