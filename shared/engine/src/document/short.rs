//! Names for items that must stay small.

use crate::fingerprint::hash64;

/// The bytes of a name that an hour keeps whole.
const LONGEST: usize = 40;
/// Of a longer one its beginning, and the hash that tells it from others which begin so.
const BEGINNING: usize = 24;

/// What an hour keeps of a longer name: its beginning, three dots, and eight digits of its hash. `None` for a name that is
/// kept whole. A name's short form follows from it alone, so that sets of them are as order-proof as sets of names.
pub(super) fn short(name: &str) -> Option<String> {
    // What JSON would escape takes up to six times its room.
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if name.len() <= LONGEST && name.bytes().all(plain) {
        return None;
    }
    let beginning = name.bytes().take(BEGINNING).map(|byte| if plain(byte) { char::from(byte) } else { '?' });
    let hash = format!("{:016x}", hash64("name", name));
    Some(beginning.chain("...".chars()).chain(hash.chars().take(8)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_common_length_are_kept_and_longer_ones_told_apart() {
        assert_eq!(short("/aws/lambda/checkout-production-eu"), None);
        let long = |end: &str| short(&format!("/aws/lambda/{}{end}", "checkout-".repeat(20))).unwrap();
        assert!(
            long("a").starts_with("/aws/lambda/checkout-che...") && long("a") != long("b"),
            "{}",
            long("a")
        );
    }

    proptest! {
        #[test]
        fn whatever_it_is_it_takes_little_room_and_is_short_for_good(name in "\\PC{0,600}|.{0,60}") {
            let short_name = short(&name).unwrap_or(name);
            prop_assert!(serde_json::to_string(&short_name).unwrap().len() <= LONGEST + 2);
            prop_assert_eq!(short(&short_name), None);
        }
    }
}
