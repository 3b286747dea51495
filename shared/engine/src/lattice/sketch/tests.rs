use super::super::laws::{self, Absorb};
use super::*;
use crate::fingerprint::hash64;
use proptest::prelude::*;
use std::collections::BTreeSet;

impl<const P: u32> Absorb<u64> for Sketch<P> {
    fn take(&mut self, hash: &u64) -> bool {
        self.absorb(*hash)
    }
}

/// A stream of well-mixed hashes (SplitMix64), a different one for each seed.
fn hashes(seed: u64) -> impl Iterator<Item = u64> {
    (1_u64..).map(move |n| {
        let mut z = (n ^ (seed << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

fn agrees_with_the_set<const P: u32>(sketch: &Sketch<P>, facts: &[u64]) -> Result<(), TestCaseError> {
    let distinct: BTreeSet<u64> = facts.iter().copied().collect();
    if distinct.len() <= Sketch::<P>::EXACT {
        prop_assert_eq!(sketch.count(), Count::Exact(distinct.len() as u64));
        for hash in facts {
            prop_assert_eq!(sketch.contains_exactly(*hash), Some(true));
            let other = hash.wrapping_add(1);
            prop_assert_eq!(sketch.contains_exactly(other), Some(distinct.contains(&other)));
        }
    } else {
        prop_assert!(matches!(sketch.count(), Count::About(n) if n > Sketch::<P>::EXACT as u64));
        prop_assert_eq!(sketch.contains_exactly(facts[0]), None);
    }
    prop_assert_eq!(sketch.is_empty(), facts.is_empty());
    Ok(())
}

proptest! {
    /// Small enough to go from exact to dense in every possible place.
    #[test]
    fn a_small_sketch_converges(deliveries in laws::deliveries(any::<u64>(), 0..16)) {
        let sketch = laws::converges::<Sketch<6>, _>(&deliveries)?;
        agrees_with_the_set(&sketch, &deliveries.facts)?;
    }

    #[test]
    fn the_usual_sketch_converges(
        seed in any::<u64>(),
        deliveries in laws::deliveries(0_usize..120, 0..160),
    ) {
        let known: Vec<u64> = hashes(seed).take(120).collect();
        let deliveries = laws::Deliveries {
            facts: deliveries.facts.iter().map(|index| known[*index]).collect(),
            arrivals: deliveries.arrivals.iter().map(|(index, worker)| (known[*index], *worker)).collect(),
        };
        let sketch = laws::converges::<Sketch, _>(&deliveries)?;
        agrees_with_the_set(&sketch, &deliveries.facts)?;
    }

    #[test]
    fn registers_survive_packing(registers in prop::collection::vec(0_u8..=SATURATED, 64)) {
        let packed = pack(&registers);
        prop_assert_eq!(packed.len(), 40);
        prop_assert_eq!(unpack(&packed), registers);
    }

    #[test]
    fn no_text_breaks_a_sketch(text in "\\PC{0,60}", kind in "exact|dense|other") {
        let json = serde_json::json!({ kind: text }).to_string();
        let _ = serde_json::from_str::<Sketch<6>>(&json);
    }
}

/// Relative errors of the estimate at each of `sizes` (ascending), for each seed.
fn errors<const P: u32>(sizes: &[u64], seeds: std::ops::Range<u64>) -> Vec<Vec<f64>> {
    let mut errors = vec![Vec::new(); sizes.len()];
    for seed in seeds {
        let (mut sketch, mut stream, mut done) = (Sketch::<P>::default(), hashes(seed), 0);
        for (size, errors) in sizes.iter().zip(&mut errors) {
            for hash in stream.by_ref().take((size - done) as usize) {
                sketch.absorb(hash);
            }
            done = *size;
            errors.push(sketch.count().number() as f64 / *size as f64 - 1.0);
        }
    }
    errors
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// 64 seeds: a measured root mean square lies within a quarter of the true one (its own standard error is 9
/// %), a measured mean within four of its standard errors of zero.
fn errs_by<const P: u32>(standard_error: f64, sizes: &[u64], seeds: std::ops::Range<u64>) {
    let count = seeds.end as f64;
    for (size, errors) in sizes.iter().zip(errors::<P>(sizes, seeds)) {
        let square = mean(errors.iter().map(|error| error * error)).sqrt();
        let bias = mean(errors.iter().copied()).abs();
        let worst = errors.iter().fold(0.0_f64, |worst, error| worst.max(error.abs()));
        println!("P={P} n={size}: rms {square:.4}, bias {bias:.4}, worst {worst:.4}");
        assert!(square < standard_error * 1.25, "root mean square {square} at {size}");
        assert!(bias < standard_error * 4.0 / count.sqrt(), "bias {bias} at {size}");
        assert!(worst < standard_error * 4.5, "worst {worst} at {size}");
    }
}

#[test]
fn the_error_is_about_three_per_cent_at_any_size() {
    errs_by::<10>(0.0325, &[81, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000], 0..64);
}

#[test]
fn the_error_stays_at_a_million() {
    errs_by::<10>(0.0325, &[100_000, 300_000, 1_000_000], 0..6);
}

#[test]
fn the_small_class_errs_by_six_and_a_half_per_cent() {
    errs_by::<8>(0.065, &[21, 50, 200, 1_000, 10_000], 0..64);
}

#[test]
fn the_error_holds_with_the_real_hash() {
    let mut sketch = Sketch::<10>::default();
    for n in 0..5_000_u32 {
        sketch.absorb(hash64("value", format!("198.51.100.{n}")));
    }
    let error = sketch.count().number() as f64 / 5_000.0 - 1.0;
    assert!(error.abs() < 0.0325 * 3.0, "{error}");
}

#[test]
fn five_bits_count_on_where_others_wrap() {
    // The rank of a hash with no one-bit is 55; a register holds 31 and stays there.
    let mut sketch = Sketch::<10>::default();
    for register in 0..1024_u64 {
        sketch.absorb(register << 54);
    }
    assert!(!sketch.absorb(0), "already saturated");
    assert!(sketch.count().number() > 1_000_000_000_000);
}

#[test]
fn the_written_form_is_no_longer_than_the_registers() {
    let mut sketch = Sketch::<10>::default();
    assert_eq!(serde_json::to_string(&sketch).unwrap(), r#"{"exact":""}"#);
    let mut longest = 0;
    for hash in hashes(1).take(500) {
        sketch.absorb(hash);
        longest = longest.max(serde_json::to_string(&sketch).unwrap().len());
    }
    // 640 bytes in base64, and the word around them.
    assert_eq!(longest, 854 + r#"{"exact":""}"#.len());

    for broken in
        [r#"{"exact":"AAAA"}"#, r#"{"dense":"AAAA"}"#, r#"{"dense":""}"#, r#"{"exact":"é"}"#, "{}", "[]"]
    {
        assert!(serde_json::from_str::<Sketch<10>>(broken).is_err(), "{broken}");
    }
}
