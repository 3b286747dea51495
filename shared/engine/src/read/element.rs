//! One object of the input, whole: a record, an envelope around one, or a string that holds more of them.

use super::fault::{Fault, Reason};
use super::open::blank;
use super::scan::{Findings, Progress, Scan};
use super::shape::{Member, Shape};
use super::{Envelope, Limits, Position, RawRecord, Splitter, spells_letters};

/// Takes what is read, in the order of the input.
pub type Sink<'s> = dyn FnMut(Result<RawRecord<'_>, Fault>) + 's;

/// JSON inside JSON strings inside JSON: an SQS body is one level, and nothing known needs two.
const STRINGS_DEEP: usize = 2;

/// Hands on what is found, and counts it.
pub(super) struct Delivery<'d, 's> {
    pub(super) sink: &'d mut Sink<'s>,
    pub(super) ordinal: &'d mut u64,
    pub(super) offset: u64,
    pub(super) limits: Limits,
    /// How many JSON strings surround the object.
    pub(super) strings: usize,
}

impl Delivery<'_, '_> {
    /// Hands on whatever the object holds that begins at the first of `json` and ends at the last.
    pub(super) fn object(mut self, json: &[u8], findings: &Findings) {
        if let Some(reason) = self.refusal(json, findings) {
            self.fault(reason);
        } else if let Some((source, name)) = plain_names(json, findings) {
            self.record(json, Some(source), Some(name), None, findings);
        } else if let Err(reason) = self.exactly(json, findings) {
            self.fault(reason);
        }
    }

    pub(super) fn fault(&mut self, reason: Reason) {
        let position = self.position();
        (self.sink)(Err(Fault { position, reason }));
    }

    fn position(&mut self) -> Position {
        let position = Position { ordinal: *self.ordinal, offset: self.offset };
        *self.ordinal += 1;
        position
    }

    fn refusal(&self, json: &[u8], findings: &Findings) -> Option<Reason> {
        if json.len() > self.limits.record_bytes {
            return Some(Reason::TooLarge { limit: self.limits.record_bytes });
        }
        if findings.depth > self.limits.depth {
            return Some(Reason::TooDeep { limit: self.limits.depth });
        }
        if findings.control {
            return Some(Reason::ControlCharacter);
        }
        (!json.ends_with(b"}")).then(|| Reason::malformed("an object that begins with `{` ends with `]`"))
    }

    fn record(
        &mut self,
        json: &[u8],
        event_source: Option<&str>,
        event_name: Option<&str>,
        envelope: Option<Envelope<'_>>,
        findings: &Findings,
    ) {
        let (position, escapes) = (self.position(), findings.backslash);
        (self.sink)(Ok(RawRecord { json, event_source, event_name, envelope, position, escapes }));
    }

    /// The way for everything but a record in its usual spelling.
    fn exactly(&mut self, json: &[u8], findings: &Findings) -> Result<(), Reason> {
        let shape: Shape<'_> = parse(json)?;
        let source = shape.event_source.text().map_err(malformed)?;
        let name = shape.event_name.text().map_err(malformed)?;
        if source.is_some() && name.is_some() {
            self.record(json, source.as_deref(), name.as_deref(), None, findings);
        } else if let (Some(_), Some(detail)) = (shape.detail_type.json(), shape.detail.json()) {
            self.envelope(&shape, detail)?;
        } else if let (Some(_), Some(body)) = (shape.message_id.json(), shape.body.text().map_err(malformed)?)
        {
            self.text(&body);
        } else if let Some(record) = shape.cloud_trail_event.text().map_err(malformed)? {
            self.text(&record);
        } else if shape.is_recordlike() {
            self.record(json, source.as_deref(), name.as_deref(), None, findings);
        } else {
            return Err(if shape.digest { Reason::Digest } else { Reason::NotARecord });
        }
        Ok(())
    }

    fn envelope(&mut self, shape: &Shape<'_>, detail: &str) -> Result<(), Reason> {
        let json = detail.as_bytes();
        if json.first() != Some(&b'{') {
            return Err(Reason::WrongType { found: found(json) });
        }
        let mut scan = Scan::default();
        if scan.run(json) != Progress::End(json.len()) {
            return Err(Reason::malformed("the detail's brackets do not balance"));
        }
        let findings = scan.findings();
        let text = Member::lenient_text;
        let (id, source, detail_type) = (text(&shape.id), text(&shape.source), text(&shape.detail_type));
        let (account, region, time) = (text(&shape.account), text(&shape.region), text(&shape.time));
        let envelope = Some(Envelope {
            id: id.as_deref(),
            source: source.as_deref(),
            detail_type: detail_type.as_deref(),
            account: account.as_deref(),
            region: region.as_deref(),
            time: time.as_deref(),
        });
        if let Some((source, name)) = plain_names(json, findings) {
            self.record(json, Some(source), Some(name), envelope, findings);
        } else {
            let inner: Shape<'_> = parse(json)?;
            let source = inner.event_source.text().map_err(malformed)?;
            let name = inner.event_name.text().map_err(malformed)?;
            self.record(json, source.as_deref(), name.as_deref(), envelope, findings);
        }
        Ok(())
    }

    /// Reads what a JSON string holds as an input of its own.
    fn text(&mut self, text: &str) {
        if self.strings >= STRINGS_DEEP {
            return self.fault(Reason::TooDeep { limit: STRINGS_DEEP });
        }
        let (offset, sink) = (self.offset, &mut *self.sink);
        let mut splitter = Splitter::inside(self.limits, self.strings + 1, *self.ordinal);
        splitter.feed(text.as_bytes(), true, &mut |item| {
            sink(match item {
                Ok(record) => Ok(RawRecord { position: Position { offset, ..record.position }, ..record }),
                Err(Fault { position, reason }) => {
                    Err(Fault { position: Position { offset, ..position }, reason: inside_string(reason) })
                }
            });
        });
        *self.ordinal = splitter.ordinal();
    }
}

/// What is wrong with an input that is a JSON string of another.
fn inside_string(reason: Reason) -> Reason {
    match reason {
        Reason::NotJson | Reason::Empty => {
            Reason::malformed("a string that should hold a record holds no JSON")
        }
        reason => reason,
    }
}

/// `eventSource` and `eventName` if both are there once, spelled plainly.
fn plain_names<'a>(json: &'a [u8], findings: &Findings) -> Option<(&'a str, &'a str)> {
    if findings.twice || findings.backslash && spells_letters(json) {
        return None;
    }
    Some((plain_text(json, findings.source?)?, plain_text(json, findings.name?)?))
}

/// The string behind the colon that follows at `at`, if no escape is in it.
fn plain_text(json: &[u8], at: usize) -> Option<&str> {
    let rest = match json.get(at..)? {
        [b':', b'"', rest @ ..] => rest,
        // Blanks may stand before both.
        spaced => {
            let colon = spaced.get(blank(spaced, 0)..)?.strip_prefix(b":")?;
            colon.get(blank(colon, 0)..)?.strip_prefix(b"\"")?
        }
    };
    let (text, ending) = rest.split_at_checked(memchr::memchr2(b'"', b'\\', rest)?)?;
    if ending.starts_with(b"\"") { std::str::from_utf8(text).ok() } else { None }
}

fn parse<'a>(json: &'a [u8]) -> Result<Shape<'a>, Reason> {
    serde_json::from_slice(json).map_err(malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn malformed(error: serde_json::Error) -> Reason {
    Reason::malformed(error.to_string())
}

/// What a value is that begins with these bytes.
pub(super) fn found(json: &[u8]) -> &'static str {
    match json.first() {
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'-' | b'0'..=b'9') => "a number",
        _ => "something that is not JSON",
    }
}
