use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::laws::{self, Absorb};
use super::*;

type Fact = (i64, u64, u8, u8);

impl Absorb<Fact> for Register<u8> {
    fn take(&mut self, &(millis, record, revision, value): &Fact) -> bool {
        self.absorb(Time::from_millis(millis), RecordId(record), revision, &value)
    }
}

/// What the register should say, from all facts at once.
fn oracle(facts: &[Fact]) -> Option<(i64, BTreeMap<u64, BTreeSet<u8>>)> {
    let newest = facts.iter().map(|fact| fact.0.div_euclid(1_000)).max()?;
    let mut said: BTreeMap<u64, (u8, BTreeSet<u8>)> = BTreeMap::new();
    for &(_, record, revision, value) in facts.iter().filter(|fact| fact.0.div_euclid(1_000) == newest) {
        let claim = said.entry(record).or_default();
        if revision > claim.0 {
            *claim = (revision, BTreeSet::new());
        }
        if revision == claim.0 {
            claim.1.insert(value);
        }
    }
    Some((newest * 1_000, said.into_iter().map(|(record, claim)| (record, claim.1)).collect()))
}

fn agrees_with_the_oracle(register: &Register<u8>, facts: &[Fact]) -> Result<(), TestCaseError> {
    let Some((at, said)) = oracle(facts) else {
        prop_assert_eq!(register.state(), Reading::Unknown);
        return Ok(());
    };
    prop_assert_eq!(register.at(), Some(Time::from_millis(at)));
    let values: BTreeSet<u8> = said.values().flatten().copied().collect();
    if said.len() > CLAIMS || values.len() > 1 {
        prop_assert_eq!(register.state(), Reading::Contested);
    } else {
        let value = values.first().unwrap();
        prop_assert_eq!(register.state(), Reading::Settled(value, Time::from_millis(at)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_newest_second_decides_in_any_order(
        deliveries in laws::deliveries((-1_500_i64..3_000, 0_u64..4, 0_u8..3, 0_u8..3), 0..20)
    ) {
        let register = laws::converges::<Register<u8>, _>(&deliveries)?;
        agrees_with_the_oracle(&register, &deliveries.facts)?;
    }

    #[test]
    fn two_values_of_one_revision_are_contested_in_any_order(
        deliveries in laws::deliveries((0_i64..1_000, 0_u64..2, 0_u8..2, 0_u8..6), 0..12)
    ) {
        let register = laws::converges::<Register<u8>, _>(&deliveries)?;
        agrees_with_the_oracle(&register, &deliveries.facts)?;
        if let Some((_, said)) = oracle(&deliveries.facts) {
            let ends = |values: &BTreeSet<u8>| [*values.first().unwrap(), *values.last().unwrap()];
            let expected: BTreeSet<u8> = said.values().flat_map(ends).collect();
            prop_assert_eq!(register.candidates().copied().collect::<BTreeSet<u8>>(), expected);
        }
    }

    #[test]
    fn too_many_records_in_a_second_are_contested_in_any_order(
        deliveries in laws::deliveries((0_i64..1_200, 0_u64..14, 0_u8..2, 0_u8..2), 0..40)
    ) {
        let register = laws::converges::<Register<u8>, _>(&deliveries)?;
        agrees_with_the_oracle(&register, &deliveries.facts)?;
    }
}

#[test]
fn a_correction_settles_what_its_original_contested() {
    let mut register = Register::<String>::default();
    let at = Time::from_millis(7_000);
    assert!(register.absorb(at, RecordId(1), 0, "Active"));
    assert!(register.absorb(Time::from_millis(7_400), RecordId(2), 0, "Inactive"));
    assert_eq!(register.state(), Reading::Contested);
    assert!(register.absorb(at, RecordId(1), 1, "Inactive"));
    assert_eq!(register.state().settled().map(String::as_str), Some("Inactive"));
    assert!(!register.absorb(at, RecordId(1), 0, "Active"), "the original, once more");
}

#[test]
fn json_is_compact_and_read_without_trust() {
    let mut register = Register::<String>::default();
    register.absorb(Time::from_millis(7_000), RecordId(2), 0, "Active");
    let json = r#"{"at":"1970-01-01T00:00:07Z","claims":[{"record":"0000000000000002","value":"Active"}]}"#;
    assert_eq!(serde_json::to_string(&register).unwrap(), json);

    let shuffled = r#"{"at":"1970-01-01T00:00:07.5Z","claims":[
        {"record":"2","value":"Active"},{"record":"1","value":"Active"},{"record":"2","value":"Active"}]}"#;
    let read: Register<String> = serde_json::from_str(shuffled).unwrap();
    register.absorb(Time::from_millis(7_000), RecordId(1), 0, "Active");
    assert_eq!(read, register);
    assert_eq!(serde_json::from_str::<Register<String>>("{}").unwrap(), Register::default());
}
