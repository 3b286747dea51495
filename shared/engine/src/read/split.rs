//! The state machine that walks through containers and hands each object on.

use super::element::{Delivery, Sink};
use super::fault::Reason;
use super::scan::{Progress, Scan};
use super::{Limits, Position};

/// Splits an input that arrives piece by piece.
///
/// The caller owns the bytes: it presents a window, throws away as many bytes as [`feed`](Self::feed) tells, and
/// presents the rest again with more behind them. So nothing is copied, and the caller holds no more than one
/// record and one piece at a time.
#[derive(Debug)]
pub struct Splitter {
    pub(super) limits: Limits,
    pub(super) containers: Vec<Container>,
    pub(super) state: State,
    pub(super) scan: Scan,
    /// Bytes of the input before the window.
    offset: u64,
    ordinal: u64,
    /// Whether a value was met.
    pub(super) begun: bool,
    strings: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    List,
    Object,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// A value comes, or, first in a list, its end.
    Value { first: bool },
    /// A value is over.
    After,
    /// A container's next member comes.
    Member,
    /// An object that begins with the window is followed to its end.
    Object,
    /// The value that goes on with the window is of no use; at its end this is the matter with it.
    Useless(Option<(Position, Reason)>),
    /// Only the next line that begins a value is of use.
    Line,
    /// Nothing more is of use.
    Over,
}

/// What a step did with the bytes it was given.
pub(super) enum Step {
    /// It took that many and knows how to go on.
    Took(usize),
    /// It took that many and needs more.
    Wants(usize),
}

/// Splits an input that is at hand as a whole.
pub fn split(input: &[u8], limits: Limits, sink: &mut Sink<'_>) {
    Splitter::new(limits).feed(input, true, sink);
}

impl Splitter {
    /// A splitter at the beginning of an input.
    pub fn new(limits: Limits) -> Self {
        Self::inside(limits, 0, 0)
    }

    /// A splitter of what a JSON string holds.
    pub(super) fn inside(limits: Limits, strings: usize, ordinal: u64) -> Self {
        Self {
            limits,
            containers: Vec::new(),
            state: State::Value { first: true },
            scan: Scan::default(),
            offset: 0,
            ordinal,
            begun: false,
            strings,
        }
    }

    /// Records and faults so far.
    pub fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// Whether nothing that may follow can be read any more, so that the caller may stop.
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Goes through a window of the input, which is its end if `last`, and tells how many bytes of it are done
    /// with (all, if it was the last).
    ///
    /// While less than the whole window is taken, the next must be longer, or nothing is gained by presenting it.
    pub fn feed(&mut self, window: &[u8], last: bool, sink: &mut Sink<'_>) -> usize {
        let mut at = 0;
        loop {
            let rest = window.get(at..).unwrap_or_default();
            let (length, wants) = match self.step(rest, last, sink) {
                Step::Took(length) => (length, false),
                Step::Wants(length) => (length, true),
            };
            at += length;
            self.offset += length as u64;
            if wants {
                if last && self.end(sink) {
                    continue;
                }
                break;
            }
        }
        if last { window.len() } else { at }
    }

    fn step(&mut self, rest: &[u8], last: bool, sink: &mut Sink<'_>) -> Step {
        match self.state {
            State::Value { first } => self.value(rest, last, first, sink),
            State::After => self.after(rest, sink),
            State::Member => self.member(rest, sink),
            State::Object => self.object(rest, sink),
            State::Useless(_) => self.useless(rest, sink),
            State::Line => self.line(rest),
            State::Over => Step::Wants(rest.len()),
        }
    }

    /// The input is at its end and a step wants more. Whether another attempt is to be made with what is left.
    fn end(&mut self, sink: &mut Sink<'_>) -> bool {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Object => {
                self.fault(Reason::TruncatedRecord, sink);
                if self.containers.is_empty() {
                    self.state = State::Line;
                    return true;
                }
            }
            State::Useless(Some((position, reason))) => sink(Err(super::Fault { position, reason })),
            State::Value { .. } | State::After if self.containers.is_empty() => {
                if !self.begun {
                    self.fault(Reason::Empty, sink);
                }
            }
            State::Value { .. } | State::After | State::Member | State::Useless(None) => {
                self.fault(Reason::TruncatedContainer, sink);
            }
            State::Line | State::Over => {}
        }
        false
    }

    /// The part of the window that one value may fill, and one byte more to tell that it is too large.
    pub(super) fn within<'a>(&self, rest: &'a [u8]) -> &'a [u8] {
        rest.get(..=self.limits.record_bytes).unwrap_or(rest)
    }

    /// Asks for more bytes, unless there are already more than one value may have.
    pub(super) fn wait(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Step {
        let limit = self.limits.record_bytes;
        if rest.len() <= limit { Step::Wants(0) } else { self.give_up(Reason::TooLarge { limit }, sink) }
    }

    fn object(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Step {
        let limit = self.limits.record_bytes;
        // No further than the limit, lest a line that swallows the rest of a large input is followed to its end.
        let within = self.within(rest);
        match self.scan.run(within) {
            Progress::End(_) if self.scan.findings().control && self.containers.is_empty() => {
                self.give_up(Reason::ControlCharacter, sink)
            }
            Progress::End(length) => {
                self.state = State::After;
                let findings = *self.scan.findings();
                self.delivery(sink).object(rest.get(..length).unwrap_or_default(), &findings);
                Step::Took(length)
            }
            Progress::More if rest.len() <= limit || self.containers.is_empty() => self.wait(rest, sink),
            Progress::More => {
                let position = Position { ordinal: self.ordinal, offset: self.offset };
                self.ordinal += 1;
                self.state = State::Useless(Some((position, Reason::TooLarge { limit })));
                Step::Took(0)
            }
            Progress::Control => self.give_up(Reason::ControlCharacter, sink),
            Progress::Deep => self.give_up(Reason::TooDeep { limit: self.limits.depth }, sink),
        }
    }

    fn useless(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Step {
        match self.scan.run(rest) {
            Progress::End(length) => {
                if let State::Useless(Some((position, reason))) =
                    std::mem::replace(&mut self.state, State::After)
                {
                    sink(Err(super::Fault { position, reason }));
                }
                Step::Took(length)
            }
            _ => Step::Wants(self.scan.forget()),
        }
    }

    /// Goes to the next line that begins a value at its first column; lines of a value printed over many are
    /// indented.
    fn line(&mut self, rest: &[u8]) -> Step {
        match memchr::memchr(b'\n', rest) {
            None => Step::Wants(rest.len()),
            Some(end) => match rest.get(end + 1) {
                None => Step::Wants(end),
                Some(b'{' | b'[') => {
                    self.state = State::Value { first: true };
                    Step::Took(end + 1)
                }
                Some(_) => Step::Took(end + 1),
            },
        }
    }

    /// Reports the value at hand as broken and looks for the next line, outside of all containers.
    pub(super) fn give_up(&mut self, reason: Reason, sink: &mut Sink<'_>) -> Step {
        self.fault(reason, sink);
        self.containers.clear();
        self.state = State::Line;
        Step::Took(0)
    }

    pub(super) fn fault(&mut self, reason: Reason, sink: &mut Sink<'_>) {
        self.delivery(sink).fault(reason);
    }

    fn delivery<'d, 's>(&'d mut self, sink: &'d mut Sink<'s>) -> Delivery<'d, 's> {
        Delivery {
            sink,
            ordinal: &mut self.ordinal,
            offset: self.offset,
            limits: self.limits,
            strings: self.strings,
        }
    }
}
