//! What is computed of floats here and not by `libm`: the same to the bit, in fewer instructions and bytes.

use core::f64::consts::LOG2_E;

/// The logarithm of 2 in two parts, the first short.
const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];
/// Coefficients of the remainder.
const REST: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];

/// Powers of 2 that are reached in two steps.
const FAR: u32 = 1_000;

/// Returns e to the power of `x`: between -690 and 690 what `libm::exp` does, to the bit.
///
/// Source: Sun Microsystems, "fdlibm", 1993, `e_exp.c`: the nearest power of 2 times a rational function of what is left,
/// here without the ways past it.
pub fn exp(x: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let power = (LOG2_E * x + 0.5_f64.copysign(x)) as i32;
    if power.unsigned_abs() >= FAR {
        let root = exp(x.clamp(-2e3, 2e3) / 2.0);
        return root * root;
    }
    let [high, low] = LN_2.map(|part| f64::from(power) * part);
    let high = x - high;
    let x = high - low;
    let square = x * x;
    let [a, b, c, d, e] = REST;
    let rest = x - square * (a + square * (b + square * (c + square * (d + square * e))));
    let rest = 1.0 + (x * rest / (2.0 - rest) - low + high);
    f64::from_bits(rest.to_bits().wrapping_add(i64::from(power).cast_unsigned() << 52))
}

/// Returns the square root, which is the same everywhere (IEEE 754, section 5.4). A module has an instruction for it, and
/// `libm` hundreds.
#[cfg(feature = "wasm")]
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}
#[cfg(not(feature = "wasm"))]
pub use libm::sqrt;

/// Returns the nearest whole number, of two the one farther from 0; 0 for what is none.
pub fn rounded(number: f64) -> i32 {
    // NOTE: less than a half by as little as can be, so that what is less than a half is not rounded up.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let whole = (number + 0.499_999_999_999_999_94_f64.copysign(number)) as i32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Seed;

    #[test]
    fn the_exponential_is_that_of_libm_to_the_bit() {
        let mut seed = Seed(1);
        let mut below = |most: u32| f64::from(seed.below(1_000_000_000)) / 1e9 * f64::from(most);
        let drawn: alloc::vec::Vec<f64> = (0..200_000).map(|nth| below([1, 8, 40, 690][nth % 4])).collect();
        for x in drawn.into_iter().chain([0.0, 1e-30, 0.346, 0.347, 1.039, 1.04]).flat_map(|x| [x, -x]) {
            assert_eq!(exp(x).to_bits(), libm::exp(x).to_bits(), "{x}");
        }
        for far in [700.0, 709.7, 745.0, 746.0, 2_000.0, 1e9, f64::INFINITY] {
            assert!(exp(-far) <= 1e-303 && exp(far) >= 1e303, "{far}");
        }
        assert_eq!([exp(-1e9), exp(1e9)], [0.0, f64::INFINITY]);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn halves_are_rounded_away_from_nothing() {
        for number in [0.0, 0.499_999_999_999_999_94, 0.5, 0.7, 1.5, 2.499, 2.5, 1_234_567.5, 3e9, f64::INFINITY] {
            for number in [number, -number] {
                assert_eq!(f64::from(rounded(number)), libm::round(number).clamp(i32::MIN.into(), i32::MAX.into()));
            }
        }
        assert_eq!(rounded(f64::NAN), 0);
    }
}
