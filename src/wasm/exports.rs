//! What JavaScript can call: functions of numbers. A handle is the address of a [`Core`] or of [`Bytes`].
//!
//! INVARIANT: `pkg/src/core.ts`, the only caller, passes handles that it was given and that it has not let go, and one
//! call ends before the next begins, since nothing here calls the host.

#![allow(unsafe_code, reason = "an export has a name of its own; nothing here is unsafe but that")]

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Core;

/// Bytes on their way to a core that is not there yet.
struct Bytes(Vec<u8>);

macro_rules! exports {
    ($(fn $name:ident($self:ident: $handle:ty $(, $argument:ident: $type:ty)*) $(-> $result:ty)? $body:block)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name($self: $handle $(, $argument: $type)*) $(-> $result)? $body
    )*};
}

/// Exports methods of a core by their names.
macro_rules! methods {
    ($($name:ident($self:ty $(, $argument:ident: $type:ty)*) $(-> $result:ty)?;)*) => {
        exports! {
            $(fn $name(core: $self $(, $argument: $type)*) $(-> $result)? { core.$name($($argument),*) })*
        }
    };
}

exports! {
    fn bytes(length: u32) -> Box<Bytes> {
        Box::new(Bytes(alloc::vec![0; usize::try_from(length).unwrap_or(0)]))
    }
    fn bytes_at(bytes: &Bytes) -> *const u8 {
        bytes.0.as_ptr()
    }
    fn let_bytes_go(_bytes: Box<Bytes>) {}
    fn load(bytes: &mut Bytes, pack: u32, seed_low: u32, seed_high: u32, now_ms: f64) -> Option<Box<Core>> {
        Core::load(&mut bytes.0, pack, seed_low, seed_high, now_ms).map(Box::new)
    }
    fn update(core: &mut Core, bytes: &mut Bytes, now_ms: f64) -> bool {
        core.update(&mut bytes.0, now_ms)
    }
    fn fork(core: &Core, seed_low: u32, seed_high: u32, now_ms: f64) -> Box<Core> {
        Box::new(core.fork(seed_low, seed_high, now_ms))
    }
    fn let_go(_core: Box<Core>) {}
}

methods! {
    input(&mut Core, length: u32) -> *const u8;
    output(&Core) -> *const u8;
    check(&mut Core) -> u32;
    observe(&mut Core) -> u32;
    placement(&Core) -> i32;
    ask(&mut Core, placement: u32, now_ms: f64) -> u32;
    id(&Core) -> *const u8;
    said(&mut Core) -> u32;
    questions(&mut Core, placement: u32) -> u32;
    values(&Core) -> *const i32;
    values_len(&Core) -> u32;
    shown(&Core) -> *const u32;
    ask_in(&mut Core, placement: u32, now_ms: f64) -> i32;
    go_on(&mut Core) -> i32;
    allows(&Core, offer: u32) -> bool;
    until(&Core) -> f64;
    offer(&mut Core, offer: u32, language: u32) -> u32;
    trace(&mut Core) -> u32;
    explain(&mut Core, language: u32) -> u32;
    moment(&mut Core, now_ms: f64) -> u32;
    needs(&mut Core, now_ms: f64) -> u32;
    locate(&mut Core, placement: u32, now_ms: f64) -> u32;
    describe(&mut Core) -> u32;
    save(&mut Core) -> u32;
    forget(&mut Core, now_ms: f64);
    export(&mut Core) -> u32;
}
