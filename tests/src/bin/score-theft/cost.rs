//! What a call costs in the engine with all rules on, and how large a user's document gets.

use std::collections::HashMap;
use std::time::Instant;

use keytrail_engine::document::Document;
use keytrail_engine::judge::judge;
use keytrail_engine::policy::Policy;
use keytrail_engine::subject::{DocumentId, Kind, Part};
use keytrail_engine::touch::touched;
use keytrail_fleet::Fleet;

use crate::settings::Settings;
use crate::watch::around;

/// Every call is taken in and judged by itself, as if each came alone: the worst case.
pub(crate) fn measure(settings: &Settings) {
    let fleet = Fleet::generate(settings.seed(0), settings.size);
    let events: Vec<_> = fleet
        .calls
        .iter()
        .enumerate()
        .filter_map(|(number, call)| fleet.event(number, call, settings.variant))
        .collect();
    let (mut documents, policy): (HashMap<DocumentId, Document>, _) = (HashMap::new(), Policy::default());
    let (mut taking_in, mut judging) = (0_u128, 0_u128);
    for event in &events {
        let began = Instant::now();
        let ids = touched(event);
        for id in &ids {
            if !documents.contains_key(id) {
                documents.extend(Document::empty(id).map(|empty| (id.clone(), empty)));
            }
            documents.get_mut(id).into_iter().for_each(|document| {
                document.absorb(event);
            });
        }
        taking_in += began.elapsed().as_nanos();
        let of_usage = ids.iter().filter(|id| id.subject.kind == Kind::Usage);
        let (main, hours): (Vec<_>, Vec<_>) = of_usage.cloned().partition(|id| id.part == Part::Main);
        let Some(document) = main.first().and_then(|id| documents.get(id)) else { continue };
        let hours = hours.into_iter().filter(|id| matches!(id.part, Part::Hour { .. })).collect();
        let world = around(&documents, document, hours, &policy);
        let began = Instant::now();
        std::hint::black_box(judge(document, &world, &policy, event.time.unwrap_or_default()));
        judging += began.elapsed().as_nanos();
    }
    let number = events.len().max(1) as u128;
    println!("{number} calls: {} ns to take in, {} ns to judge", taking_in / number, judging / number);
    let mut sizes: Vec<usize> = documents
        .iter()
        .filter(|(id, _)| id.subject.kind == Kind::Usage && id.part == Part::Main)
        .filter_map(|(_, document)| serde_json::to_vec(document).ok())
        .map(|json| json.len())
        .collect();
    sizes.sort_unstable();
    let at =
        |share: usize| sizes.get(sizes.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
    println!("a usage subject's document: median {} bytes, largest {} bytes", at(50), at(100));
}
