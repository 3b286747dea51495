//! Stable hashes: the same on every machine and in every version, since they are written down.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// 128 bits that name a thing made of parts; 32 hexadecimal digits in JSON and in print.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u128);

/// 64 bits of a hash of `bytes`, for sketches and record identities.
///
/// `domain` says what the bytes are, so that equal bytes of two kinds do not meet.
pub fn hash64(domain: &str, bytes: impl AsRef<[u8]>) -> u64 {
    let Fingerprint(bits) = fingerprint(domain, [bytes]);
    (bits >> 64) as u64
}

/// A name for what `parts` say together, in this order.
///
/// Each part goes in behind its length: `["ab", "c"]` and `["a", "bc"]` differ.
pub fn fingerprint<P: AsRef<[u8]>>(domain: &str, parts: impl IntoIterator<Item = P>) -> Fingerprint {
    let mut hasher = Sha256::new();
    let mut put = |part: &[u8]| {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    };
    put(domain.as_bytes());
    for part in parts {
        put(part.as_ref());
    }
    let digest = hasher.finalize();
    Fingerprint(digest.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        // The standard parser takes a sign too; the only written form is 32 digits.
        let bits = (text.len() == 32 && !text.starts_with('+')).then(|| u128::from_str_radix(&text, 16));
        match bits {
            Some(Ok(bits)) => Ok(Self(bits)),
            _ => Err(serde::de::Error::custom("a fingerprint is 32 hexadecimal digits")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_fingerprint_never_changes_between_versions() {
        // Computed with another SHA-256: printf '\0\0\0\0\0\0\0\4rule\0\0\0\0\0\0\0\1a' | sha256sum
        assert_eq!(fingerprint("rule", ["a"]).to_string(), "76e2ac302af7f1ee7bc46d8f8dfd1622");
        assert_eq!(format!("{:016x}", hash64("rule", "a")), "76e2ac302af7f1ee");
    }

    #[test]
    fn parts_cannot_be_confused() {
        let all = [
            fingerprint("d", ["ab", "c"]),
            fingerprint("d", ["a", "bc"]),
            fingerprint("d", ["abc"]),
            fingerprint("d", ["abc", ""]),
            fingerprint("d", ["", "abc"]),
            fingerprint("da", ["bc"]),
            fingerprint("", ["d", "abc"]),
            fingerprint::<&str>("d", []),
            fingerprint("d", [""]),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn only_the_written_form_is_read() {
        let print = fingerprint("d", ["a"]);
        let json = serde_json::to_string(&print).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), print);
        for bad in ["\"\"", "\"ab\"", "12", "\"+0000000000000000000000000000000\"", "\"zz\""] {
            assert!(serde_json::from_str::<Fingerprint>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn different_parts_differ(
            a in prop::collection::vec(".{0,4}", 0..4),
            b in prop::collection::vec(".{0,4}", 0..4),
        ) {
            prop_assert_eq!(fingerprint("d", &a) == fingerprint("d", &b), a == b);
        }
    }
}
