//! How many distinct hashes filled these registers: the improved raw estimator of Otmar Ertl, "New
//! cardinality estimation algorithms for HyperLogLog sketches" (2017), <https://arxiv.org/abs/1702.01284>,
//! section 3.
//!
//! It has no bias to correct and no threshold between small and large counts, and it takes saturated
//! registers into account, so that five bits a register are enough.

/// The greatest value that a register holds: the hash had no one among its first 30 bits after the index.
pub(super) const SATURATED: u8 = 31;

/// Estimates the number of distinct hashes. Registers above [`SATURATED`] count as saturated.
pub(super) fn cardinality(registers: &[u8]) -> f64 {
    let mut tally = [0_u32; SATURATED as usize + 1];
    for register in registers {
        if let Some(count) = tally.get_mut(usize::from(*register.min(&SATURATED))) {
            *count += 1;
        }
    }
    let [empty, between @ .., saturated] = tally;
    let size = registers.len() as f64;
    let mut sum = size * tau(1.0 - f64::from(saturated) / size);
    for count in between.iter().rev() {
        sum = 0.5 * (sum + f64::from(*count));
    }
    sum += size * sigma(f64::from(empty) / size);
    size * size / (2.0 * std::f64::consts::LN_2 * sum)
}

/// x + Σ x^(2^k) · 2^(k−1), the share of the empty registers. Infinite when all are: the estimate is then
/// zero.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut weight, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * weight;
        weight += weight;
        if sum <= before {
            return sum;
        }
    }
}

/// (1 − x − Σ (1 − x^(2^−k))² · 2^−k) / 3, the share of the saturated registers.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut weight, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * weight;
        if sum >= before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The registers that `count` hashes are expected to fill, without chance: each register takes its
    /// quantile of the distribution, in which it is at most k with probability e^(−count / (m · 2^k)).
    fn expected(count: f64) -> Vec<u8> {
        let at_most = |rank: u8| (-count / (1024.0 * 2_f64.powi(i32::from(rank)))).exp();
        let quantile = |share: f64| (0..SATURATED).find(|rank| at_most(*rank) >= share).unwrap_or(SATURATED);
        (0..1024).map(|register| quantile((f64::from(register) + 0.5) / 1024.0)).collect()
    }

    #[test]
    fn the_estimate_has_no_bias_from_ten_to_the_end_of_its_registers() {
        for count in [10.0, 100.0, 1e3, 2.5e3, 5e3, 1e4, 1e6, 1e9, 1e11, 1e12, 3e12] {
            let error = cardinality(&expected(count)) / count - 1.0;
            assert!(error.abs() < 0.01, "{error} at {count}");
        }
    }

    #[test]
    fn empty_registers_count_nothing_and_saturated_ones_stay_finite() {
        assert_eq!(cardinality(&[0; 1024]), 0.0);
        assert!(
            (cardinality(&{
                let mut one = [0; 1024];
                one[7] = 1;
                one
            }) - 1.0)
                .abs()
                < 0.01
        );
        let mut nearly = [SATURATED; 1024];
        nearly[0] = 30;
        assert!(cardinality(&nearly).is_finite());
        // All saturated: beyond what 40 bits of a hash can tell apart.
        assert!(cardinality(&[SATURATED; 1024]) > 1e12);
    }
}
