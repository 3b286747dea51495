//! How many distinct things there were: exactly while few, then within about three per cent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::Join;
use super::estimate::{SATURATED, cardinality};

/// A number of distinct things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(u64),
    /// About so many: a standard error of 3.25 % with 1024 registers.
    About(u64),
}

impl Count {
    /// The number, exact or not.
    pub const fn number(self) -> u64 {
        match self {
            Self::Exact(number) | Self::About(number) => number,
        }
    }
}

/// The distinct count of 64-bit hashes (see [`hash64`](crate::fingerprint::hash64)).
///
/// Holds the hashes themselves while they take no more room than the registers would (80 for the usual size),
/// and 2^P HyperLogLog registers of five bits after: 640 bytes for P = 10, with a standard error of 1.04 /
/// √2^P (3.25 %; P = 8 takes 160 bytes and errs by 6.5 %).
///
/// Order-proof: it is dense if and only if the set of all hashes ever exceeded the bound, and a register is
/// the greatest rank of all hashes ever, whether they came one by one, through the exact list, or from
/// another sketch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Sketch<const P: u32 = 10>(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// Sorted, without repeats, at most [`Sketch::EXACT`].
    Exact(Vec<u64>),
    /// One register a byte in memory, five bits when written.
    Dense(Box<[u8]>),
}

impl<const P: u32> Sketch<P> {
    const REGISTERS: usize = {
        assert!(P >= 6 && P <= 16, "a sketch has from 64 to 65536 registers");
        1 << P
    };

    /// How many distinct hashes it tells exactly.
    pub const EXACT: usize = Self::REGISTERS * 5 / 8 / size_of::<u64>();

    /// Takes in one hash. Returns whether anything changed.
    pub fn absorb(&mut self, hash: u64) -> bool {
        match &mut self.0 {
            Form::Dense(registers) => raise::<P>(registers, hash),
            Form::Exact(hashes) => {
                let Err(index) = hashes.binary_search(&hash) else { return false };
                if hashes.len() < Self::EXACT {
                    hashes.insert(index, hash);
                } else {
                    let mut registers = dense::<P>(hashes);
                    raise::<P>(&mut registers, hash);
                    self.0 = Form::Dense(registers);
                }
                true
            }
        }
    }

    /// How many distinct hashes there were.
    pub fn count(&self) -> Count {
        match &self.0 {
            Form::Exact(hashes) => Count::Exact(hashes.len() as u64),
            // More than the bound is certain, whatever the estimate.
            Form::Dense(registers) => {
                Count::About((cardinality(registers).round() as u64).max(Self::EXACT as u64 + 1))
            }
        }
    }

    /// How many distinct hashes there were, while that is exact.
    pub(super) const fn exact_len(&self) -> Option<usize> {
        match &self.0 {
            Form::Exact(hashes) => Some(hashes.len()),
            Form::Dense(_) => None,
        }
    }

    /// Whether this hash was there; `None` once it only estimates.
    pub fn contains_exactly(&self, hash: u64) -> Option<bool> {
        match &self.0 {
            Form::Exact(hashes) => Some(hashes.binary_search(&hash).is_ok()),
            Form::Dense(_) => None,
        }
    }

    /// Whether there was nothing yet.
    pub const fn is_empty(&self) -> bool {
        matches!(&self.0, Form::Exact(hashes) if hashes.is_empty())
    }
}

/// The upper P bits of a hash choose the register; it keeps the greatest position of the first one-bit after.
fn raise<const P: u32>(registers: &mut [u8], hash: u64) -> bool {
    let rank = (hash << P).leading_zeros().saturating_add(1).min(u32::from(SATURATED)) as u8;
    match registers.get_mut((hash >> (u64::BITS - P)) as usize) {
        Some(register) if *register < rank => {
            *register = rank;
            true
        }
        _ => false,
    }
}

fn dense<const P: u32>(hashes: &[u64]) -> Box<[u8]> {
    let mut registers = vec![0; Sketch::<P>::REGISTERS].into_boxed_slice();
    for hash in hashes {
        raise::<P>(&mut registers, *hash);
    }
    registers
}

impl<const P: u32> Default for Sketch<P> {
    fn default() -> Self {
        Self(Form::Exact(Vec::new()))
    }
}

impl<const P: u32> Join for Sketch<P> {
    fn join(&mut self, other: &Self) -> bool {
        match (&mut self.0, &other.0) {
            (_, Form::Exact(theirs)) => {
                theirs.iter().fold(false, |changed, hash| self.absorb(*hash) | changed)
            }
            (Form::Dense(mine), Form::Dense(theirs)) => {
                let mut changed = false;
                for (mine, theirs) in mine.iter_mut().zip(theirs) {
                    changed |= *mine < *theirs;
                    *mine = (*mine).max(*theirs);
                }
                changed
            }
            (Form::Exact(mine), Form::Dense(theirs)) => {
                let mut registers = theirs.clone();
                for hash in mine {
                    raise::<P>(&mut registers, *hash);
                }
                self.0 = Form::Dense(registers);
                true
            }
        }
    }
}

/// The written form, in base64: hashes of eight bytes each, or registers of five bits each; big-endian.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Written {
    Exact(String),
    Dense(String),
}

impl<const P: u32> From<Sketch<P>> for Written {
    fn from(sketch: Sketch<P>) -> Self {
        match sketch.0 {
            Form::Exact(hashes) => {
                let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_be_bytes()).collect();
                Self::Exact(BASE64.encode(bytes))
            }
            Form::Dense(registers) => Self::Dense(BASE64.encode(pack(&registers))),
        }
    }
}

impl<const P: u32> TryFrom<Written> for Sketch<P> {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let bytes = |text: &str| BASE64.decode(text).map_err(|_| "a sketch is written in base64");
        match written {
            Written::Exact(text) => {
                let bytes = bytes(&text)?;
                let (hashes, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err("an exact sketch has eight bytes a hash");
                }
                let mut sketch = Self::default();
                for hash in hashes {
                    sketch.absorb(u64::from_be_bytes(*hash));
                }
                Ok(sketch)
            }
            Written::Dense(text) => {
                let registers = unpack(&bytes(&text)?);
                if registers.len() != Self::REGISTERS {
                    return Err("a dense sketch has as many registers as its size");
                }
                Ok(Self(Form::Dense(registers.into_boxed_slice())))
            }
        }
    }
}

/// Eight registers of five bits in five bytes.
fn pack(registers: &[u8]) -> Vec<u8> {
    let (eights, _) = registers.as_chunks::<8>();
    let bits =
        |eight: &[u8; 8]| eight.iter().fold(0_u64, |bits, register| (bits << 5) | u64::from(*register));
    eights.iter().flat_map(|eight| bits(eight).to_be_bytes().into_iter().skip(3)).collect()
}

fn unpack(bytes: &[u8]) -> Vec<u8> {
    let (fives, _) = bytes.as_chunks::<5>();
    let bits = |five: &[u8; 5]| five.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
    let eight = |bits: u64| (0..8).rev().map(move |place| (bits >> (5 * place)) as u8 & SATURATED);
    fives.iter().flat_map(|five| eight(bits(five))).collect()
}

#[cfg(test)]
mod tests;
