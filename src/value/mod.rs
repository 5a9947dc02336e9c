//! Leaf types with a unit each: money, time, keys, chance. Knows nothing of shops or offers.

pub mod chance;
pub mod key;
pub mod money;
pub mod order;
pub mod part;
pub mod time;

pub use chance::{Ppm, Seed};
pub use key::Key;
pub use money::{BasisPoints, Minor};
pub use part::Part;
pub use time::{Local, Now, Span, Timestamp};
