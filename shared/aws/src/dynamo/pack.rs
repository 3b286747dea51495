//! Packing the text of an hour, so that keeping it up to date costs one write unit.
//!
//! The registers of its sketches are spelled out, and the text is compressed with a dictionary: what every hour says anyway,
//! and the item's own address, which the text repeats. Packed, an hour of a thousand calls takes about 450 bytes.

mod spelling;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use spelling::{spell, unspell};

/// The number in front of what was packed with [`DICTIONARY`] as it is.
const AS_IT_IS: u8 = 1;
/// The number in front of what was packed with [`DICTIONARY`], its registers spelled out.
const SPELLED: u8 = 2;

/// What hours have in common, what is likeliest last. Stored hours can be read with exactly this text only: another one
/// gets another number, and this one stays.
const DICTIONARY: &str = concat!(
    r#"},"denied":{"exact":"","more":true"}"#,
    r#"["2001:db8:["10.0.0/16","192.168.0/24"/48""#,
    r#"["Boto3/1","Java/1","Go-http-client/2","python-requests/2","curl/8","aws-cli/2","vector/0","logstash/8","#,
    r#""fluent-bit/3","fluentd/1","OpenTelemetry Collector/0","otel-collector/0"]"#,
    r#"["ap-northeast-1","ap-southeast-2","ap-south-1","ca-central-1","sa-east-1","eu-west-2","eu-north-1","#,
    r#""eu-central-1","eu-west-1","us-west-1","us-west-2","us-east-2","us-east-1"]"#,
    r#"["/aws/containerinsights/","/aws/eks/","/aws/ecs/","/aws/lambda/"/application"/checkout"/production/"]"#,
    r#"{"schema":{"major":1,"minor":0},"subject":"aws/111122223333/global/usage/logs.amazonaws.com/"#,
    r#"","part":"hour/2026-08-01T05:00:00Z/ACCA","facts":{"kind":"hour","seen":{"first":"2026-08-01T05:00:00Z","#,
    r#""last":"2026-08-01T05:59:59Z"},"calls":{"dense":"","exact":""},"denied":{"exact":""},"networks":{"values":["#,
    r#""],"more":true},"agents":{"values":["/1"]},"regions":{"values":["us-east-1"]},"log_groups":{"values":["/"]}}}"#,
);

/// The most that a text can be once unpacked: the largest item is 400 KB, and no document comes near that.
const LARGEST_TEXT: usize = 1 << 20;

/// Why something can't be unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackError {
    #[error("it was packed in a way that this version doesn't know")]
    UnknownDictionary,
    #[error("what was packed is damaged")]
    Damaged,
    #[error("it would unpack to more than a mebibyte")]
    TooLarge,
}

/// Packs a text that repeats its address. `None` if it can't be packed; then it is stored as it is.
pub(super) fn pack(text: &str, address: &str) -> Option<Vec<u8>> {
    match spell(text).filter(|spelled| unspell(spelled).as_deref() == Some(text)) {
        Some(spelled) => compress(SPELLED, &spelled, address),
        None => compress(AS_IT_IS, text, address),
    }
}

fn compress(number: u8, text: &str, address: &str) -> Option<Vec<u8>> {
    let mut packer = Compress::new(Compression::best(), false);
    packer.set_dictionary(dictionary(address).as_bytes()).ok()?;
    // Deflate's own bound for what doesn't compress is far below this; the last byte is the number's.
    let mut packed = Vec::with_capacity(text.len() + text.len() / 8 + 64);
    packed.push(number);
    let status = packer.compress_vec(text.as_bytes(), &mut packed, FlushCompress::Finish).ok()?;
    (status == Status::StreamEnd).then_some(packed)
}

/// Unpacks what [`pack`] made of a text with this address.
pub(super) fn unpack(packed: &[u8], address: &str) -> Result<String, UnpackError> {
    let (number, packed) = packed.split_first().ok_or(UnpackError::Damaged)?;
    match *number {
        AS_IT_IS => decompress(packed, address),
        SPELLED => unspell(&decompress(packed, address)?).ok_or(UnpackError::Damaged),
        _ => Err(UnpackError::UnknownDictionary),
    }
}

fn decompress(packed: &[u8], address: &str) -> Result<String, UnpackError> {
    let mut unpacker = Decompress::new(false);
    unpacker.set_dictionary(dictionary(address).as_bytes()).map_err(|_| UnpackError::Damaged)?;
    let mut text = Vec::with_capacity(2048);
    loop {
        let (read, length) = (unpacker.total_in(), text.len());
        let rest = usize::try_from(read).ok().and_then(|read| packed.get(read..)).unwrap_or_default();
        let status = unpacker.decompress_vec(rest, &mut text, FlushDecompress::Finish);
        match status.map_err(|_| UnpackError::Damaged)? {
            Status::StreamEnd => return String::from_utf8(text).map_err(|_| UnpackError::Damaged),
            _ if text.len() >= LARGEST_TEXT => return Err(UnpackError::TooLarge),
            // Without progress and with room left, more input would be needed, and there is none.
            _ if text.len() < text.capacity() && text.len() == length && unpacker.total_in() == read => {
                return Err(UnpackError::Damaged);
            }
            _ => text.reserve(text.len()),
        }
    }
}

/// The address goes last, where references to it are shortest.
fn dictionary(address: &str) -> String {
    [DICTIONARY, address].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_unpacked_as_it_was_packed(text in ".{0,3000}", address in ".{0,200}") {
            let packed = pack(&text, &address).unwrap();
            prop_assert_eq!(unpack(&packed, &address).unwrap(), text);
        }

        #[test]
        fn whatever_is_found_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..80) {
            let _ = unpack(&bytes, "a");
            let whole = pack(&"hour ".repeat(50), "a").unwrap();
            if cut < whole.len() {
                prop_assert!(unpack(&whole[..cut], "a").is_err());
            }
        }
    }

    #[test]
    fn a_text_that_swells_is_refused_before_it_fills_the_memory() {
        let swollen = pack(&"x".repeat(LARGEST_TEXT * 4), "a").unwrap();
        assert!(swollen.len() < 20_000);
        assert!(matches!(unpack(&swollen, "a"), Err(UnpackError::TooLarge)));
    }

    #[test]
    fn another_dictionary_is_unknown_and_not_misread() {
        let mut packed = pack("hour", "a").unwrap();
        packed[0] = 3;
        assert!(matches!(unpack(&packed, "a"), Err(UnpackError::UnknownDictionary)));
    }

    /// Hours that were stored can be read with the dictionary they were written with, and with no other.
    #[test]
    fn the_dictionary_has_not_changed() {
        let fingerprint = keytrail_engine::fingerprint::fingerprint("dictionary", [DICTIONARY]);
        assert_eq!(
            fingerprint.to_string(),
            "4810ae66bb21ed85485f1ba779915773",
            "give another dictionary another number, and keep this one"
        );
    }
}
