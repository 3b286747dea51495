//! Any order, any number of times: the same records end in the same facts and the same standing findings.

use keytrail_engine::finding::Finding;
use keytrail_engine::policy::Policy;
use keytrail_testkit::remember::Remembered;
use keytrail_testkit::story::{Delivery, Story, delivery, flooded_story, story};
use proptest::prelude::*;

/// One worker reads everything, in the order of telling.
fn as_told(story: &Story) -> Remembered {
    Remembered::of(Delivery::as_told().files(&story.records()))
}

/// Several workers read what `delivery` brings, batch by batch in turn, and put together what they remember.
fn delivered(story: &Story, delivery: &Delivery, workers: usize) -> Remembered {
    let mut parts: Vec<Remembered> = (0..workers.max(1)).map(|_| Remembered::default()).collect();
    for (number, batch) in delivery.files(&story.records()).into_iter().enumerate() {
        let part = number % parts.len();
        parts[part].read(batch.as_bytes());
    }
    let mut whole = Remembered::default();
    parts.into_iter().for_each(|part| whole.join(part));
    whole
}

fn same(one: &Remembered, other: &Remembered) -> Result<(), TestCaseError> {
    let (left, right): (Vec<_>, Vec<_>) =
        (one.world.documents().collect(), other.world.documents().collect());
    prop_assert_eq!(left.len(), right.len(), "not the same documents");
    for (left, right) in left.iter().zip(&right) {
        prop_assert_eq!(left, right);
    }
    let policy = Policy::default();
    let ids = |findings: Vec<Finding>| findings.into_iter().map(|it| (it.id.clone(), it)).collect::<Vec<_>>();
    prop_assert_eq!(ids(one.findings(&policy)), ids(other.findings(&policy)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_story_ends_the_same_however_it_arrives(
        story in story(), one in delivery(), other in delivery(), workers in 1_usize..5
    ) {
        let told = as_told(&story);
        prop_assert_eq!(&told.faults, &Vec::<String>::new());
        same(&told, &delivered(&story, &one, 1))?;
        same(&told, &delivered(&story, &other, workers))?;
    }

    #[test]
    fn what_is_stored_and_read_again_is_the_same(story in story()) {
        for document in as_told(&story).world.documents() {
            let text = serde_json::to_string(document).unwrap();
            let again: keytrail_engine::document::Document = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(document, &again);
            prop_assert_eq!(text, serde_json::to_string(&again).unwrap());
        }
    }

    /// A finding's id must outlive later records: what stood before all had arrived either stands in the end, or is
    /// withdrawn by what came later, but the same fact never fires under two ids.
    #[test]
    fn a_finding_keeps_its_id_while_records_arrive(story in story(), arriving in delivery()) {
        let mut so_far = Remembered::default();
        let mut fired = std::collections::BTreeMap::new();
        let policy = Policy::default();
        for batch in arriving.files(&story.records()) {
            so_far.read(batch.as_bytes());
            for finding in so_far.findings(&policy) {
                let key = (finding.rule.clone(), finding.subject.clone(), finding.id.clone());
                fired.insert(key, finding);
            }
        }
        for finding in as_told(&story).findings(&policy) {
            let key = (finding.rule.clone(), finding.subject.clone(), finding.id.clone());
            prop_assert!(fired.contains_key(&key), "lost by late arrival: {finding:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_flood_ends_the_same_however_it_arrives(story in flooded_story(), one in delivery()) {
        same(&as_told(&story), &delivered(&story, &one, 3))?;
    }
}
