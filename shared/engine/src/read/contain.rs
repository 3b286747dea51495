//! The steps of a splitter between objects: into containers, through their members and out again.

use super::element::{Sink, found};
use super::fault::Reason;
use super::open::{self, Look, Opening, blank, opening};
use super::scan::Scan;
use super::split::{Container, Splitter, State, Step};

/// Containers inside containers: a list inside an object is two.
const CONTAINERS_DEEP: usize = 16;

/// UTF-8's byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

impl Splitter {
    pub(super) fn value(&mut self, rest: &[u8], last: bool, first: bool, sink: &mut Sink<'_>) -> Step {
        let outermost = self.containers.is_empty();
        let at = if outermost { padding(rest) } else { blank(rest, 0) };
        if at > 0 {
            return Step::Took(at);
        }
        let Some(&byte) = rest.first() else { return Step::Wants(0) };
        if outermost && !last && rest.len() < MARK.len() && MARK.starts_with(rest) {
            return Step::Wants(0);
        }
        let beginning = !std::mem::replace(&mut self.begun, true);
        match byte {
            b'{' => self.brace(rest, last, sink),
            b'[' => self.enter(&[Container::List], 1, sink),
            b']' if !outermost => {
                if !first {
                    self.fault(Reason::malformed("expected a value after the comma"), sink);
                }
                self.leave()
            }
            _ if outermost => self.stray(rest, last, beginning, sink),
            _ => match open::value(self.within(rest), 0) {
                Look::Found(length) => {
                    self.fault(Reason::WrongType { found: found(rest) }, sink);
                    self.state = State::After;
                    Step::Took(length)
                }
                Look::More => self.wait(rest, sink),
                Look::Wrong(expected) => self.give_up(Reason::malformed(expected), sink),
            },
        }
    }

    /// An object begins: a container or one of the things that are looked for.
    fn brace(&mut self, rest: &[u8], last: bool, sink: &mut Sink<'_>) -> Step {
        match opening(self.within(rest)) {
            Look::Found(Opening::List(length)) => {
                return self.enter(&[Container::Object, Container::List], length, sink);
            }
            Look::More if !last && rest.len() <= self.limits.record_bytes => return Step::Wants(0),
            Look::Found(Opening::Single) | Look::More | Look::Wrong(_) => {}
        }
        self.state = State::Object;
        // Behind a line that is cut off the next can be read; inside a list, only the end of the value is certain.
        self.scan =
            if self.containers.is_empty() { Scan::careful(self.limits.depth) } else { Scan::default() };
        Step::Took(0)
    }

    fn enter(&mut self, containers: &[Container], length: usize, sink: &mut Sink<'_>) -> Step {
        if self.containers.len() + containers.len() > CONTAINERS_DEEP {
            return self.give_up(Reason::TooDeep { limit: CONTAINERS_DEEP }, sink);
        }
        self.containers.extend_from_slice(containers);
        self.state = State::Value { first: true };
        Step::Took(length)
    }

    /// Leaves a container at the bracket that closes it.
    fn leave(&mut self) -> Step {
        self.containers.pop();
        self.state = State::After;
        Step::Took(1)
    }

    /// Something that begins no value stands outside all containers.
    fn stray(&mut self, rest: &[u8], last: bool, beginning: bool, sink: &mut Sink<'_>) -> Step {
        if !beginning {
            return self.give_up(Reason::WrongType { found: found(rest) }, sink);
        }
        // A first line that was cut off at its front still ends like one; a text of another kind does not.
        let within = self.within(rest);
        let line = memchr::memchr(b'\n', within).and_then(|end| within.get(..end));
        if line.is_none() && !last && rest.len() <= self.limits.record_bytes {
            self.begun = false;
            return Step::Wants(0);
        }
        if line.is_some_and(|line| line.trim_ascii_end().ends_with(b"}")) {
            return self.give_up(Reason::malformed("expected `{` or `[`"), sink);
        }
        self.fault(Reason::NotJson, sink);
        self.state = State::Over;
        Step::Took(0)
    }

    pub(super) fn after(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Step {
        let Some(&container) = self.containers.last() else {
            self.state = State::Value { first: true };
            return Step::Took(0);
        };
        let at = blank(rest, 0);
        if at > 0 {
            return Step::Took(at);
        }
        match (container, rest.first()) {
            (_, None) => Step::Wants(0),
            (Container::List, Some(b',')) => {
                self.state = State::Value { first: false };
                Step::Took(1)
            }
            (Container::Object, Some(b',')) => {
                self.state = State::Member;
                Step::Took(1)
            }
            (Container::List, Some(b']')) | (Container::Object, Some(b'}')) => self.leave(),
            (Container::List, Some(b'{')) => {
                self.fault(Reason::malformed("expected a comma between records"), sink);
                self.state = State::Value { first: false };
                Step::Took(0)
            }
            (Container::List, Some(_)) => self.give_up(Reason::malformed("expected `,` or `]`"), sink),
            (Container::Object, Some(_)) => self.give_up(Reason::malformed("expected `,` or `}`"), sink),
        }
    }

    /// A member behind the list of a container: another list, or nothing of interest.
    pub(super) fn member(&mut self, rest: &[u8], sink: &mut Sink<'_>) -> Step {
        let at = blank(rest, 0);
        if at > 0 {
            return Step::Took(at);
        }
        let within = self.within(rest);
        let member = match open::member(within, 0) {
            Look::Found(member) => member,
            Look::More => return self.wait(rest, sink),
            Look::Wrong(expected) => return self.give_up(Reason::malformed(expected), sink),
        };
        if member.is_list(rest) {
            return self.enter(&[Container::List], member.value + 1, sink);
        }
        if matches!(rest.get(member.value), Some(b'{' | b'[')) {
            self.scan = Scan::default();
            self.state = State::Useless(None);
            return Step::Took(member.value);
        }
        match open::value(within, member.value) {
            Look::Found(end) => {
                self.state = State::After;
                Step::Took(end)
            }
            Look::More => self.wait(rest, sink),
            Look::Wrong(expected) => self.give_up(Reason::malformed(expected), sink),
        }
    }
}

/// How many bytes at the front are no part of any value: white space, zero bytes, byte order marks.
fn padding(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at = blank(rest, at);
        let here = rest.get(at..).unwrap_or_default();
        if here.starts_with(MARK) {
            at += MARK.len();
        } else if here.first() == Some(&0) {
            at += 1;
        } else {
            return at;
        }
    }
}
