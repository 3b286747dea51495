//! Takes an object or an array apart into its members, each left as it is written.
//!
//! Structure is checked, down to the end of the text: quotes, colons, commas, and that brackets are closed by their
//! own kind. Inside a member nothing else is until somebody opens it. Whatever serde_json takes for an object or array
//! of at most 128 levels is taken here, with the same members; keeping them as text costs a general parser four times
//! as much.

/// A member nested deeper is refused, as the reader does: the kinds of open brackets are kept in one bit each.
const DEPTH: u32 = 128;

/// Walks along a text.
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// A string as it is written, quotes off.
pub(super) struct Quoted<'a> {
    pub(super) inner: &'a str,
    /// It holds a backslash.
    pub(super) is_escaped: bool,
}

impl<'a> Scan<'a> {
    /// Begins at the text's first byte that isn't blank.
    pub(super) fn of(text: &'a str) -> Self {
        let mut scan = Self { text, at: 0 };
        scan.blanks();
        scan
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes past a byte and the blanks behind it.
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.byte() == Some(byte)).then_some(())?;
        self.at += 1;
        self.blanks();
        Some(())
    }

    /// True at the end of the text.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.text.len()
    }

    /// Goes past a string and the blanks behind it.
    pub(super) fn string(&mut self) -> Option<Quoted<'a>> {
        let start = self.at + 1;
        let is_escaped = self.skip_string()?;
        let inner = self.text.get(start..self.at - 1)?;
        self.blanks();
        Some(Quoted { inner, is_escaped })
    }

    /// Goes past a value and the blanks behind it; gives the value.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        let start = self.at;
        match self.byte()? {
            b'"' => {
                self.skip_string()?;
            }
            b'{' | b'[' => self.skip_nested()?,
            _ => self.skip_scalar()?,
        }
        let value = self.text.get(start..self.at)?;
        self.blanks();
        Some(value)
    }

    /// Goes past a string; true if it holds a backslash.
    fn skip_string(&mut self) -> Option<bool> {
        (self.byte() == Some(b'"')).then_some(())?;
        self.at += 1;
        let mut is_escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let found = memchr::memchr2(b'"', b'\\', rest)?;
            self.at += found + 1;
            if rest.get(found) == Some(&b'"') {
                return Some(is_escaped);
            }
            is_escaped = true;
            self.at += 1;
        }
    }

    fn skip_nested(&mut self) -> Option<()> {
        // One bit for each open bracket: 1 for a brace.
        let (mut kinds, mut depth) = (0_u128, 0_u32);
        loop {
            let byte = self.byte()?;
            match byte {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => {
                    depth += 1;
                    if depth > DEPTH {
                        return None;
                    }
                    kinds = kinds << 1 | u128::from(byte == b'{');
                }
                b'}' | b']' => {
                    if (kinds & 1 == 1) != (byte == b'}') {
                        return None;
                    }
                    kinds >>= 1;
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Goes past a number or a literal.
    fn skip_scalar(&mut self) -> Option<()> {
        let rest = self.text.get(self.at..)?;
        let length =
            rest.bytes().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'));
        let scalar = rest.get(..length.unwrap_or(rest.len()))?;
        let is_number = scalar.starts_with(|c: char| c == '-' || c.is_ascii_digit())
            && scalar.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if !is_number && !matches!(scalar, "true" | "false" | "null") {
            return None;
        }
        self.at += scalar.len();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::super::json::Object;
    use super::super::properties::any_json;

    fn ours(json: &str) -> Option<BTreeMap<String, String>> {
        let object = Object::read(json)?;
        let members = object.members().iter();
        Some(members.map(|(key, value)| (key.clone().into_owned(), value.as_written().to_owned())).collect())
    }

    fn theirs(json: &str) -> Option<BTreeMap<String, String>> {
        let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json).ok()?;
        Some(members.into_iter().map(|(key, value)| (key.into_owned(), value.get().to_owned())).collect())
    }

    #[test]
    fn broken_structure_is_refused() {
        for json in [
            "",
            "{",
            "}",
            "{}}",
            "{} {}",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,,"b":2}"#,
            r#"{"a":[}}"#,
            r#"{"a":{]}"#,
            r#"{"a":"b}"#,
            r#"{"a":"b\"}"#,
            r#"{"a":nul}"#,
            r#"{"a":x}"#,
            r#"{a:1}"#,
            r#"{"a":[1}"#,
            r#"{"a":"\"#,
            "[1]",
            "[",
            "null",
            "{\"a\"",
        ] {
            assert_eq!(ours(json), None, "{json}");
        }
    }

    #[test]
    fn blanks_and_escapes_are_where_json_allows_them() {
        for json in [
            " {} ",
            "{ }",
            "\n{\t\"a\" :\r 1 , \"b\\\"c\" : [ 1 , { } ] }\n",
            r#"{"a\\":"\\","\u0062":"]}\"{["}"#,
            r#"{"":-1.5e+3}"#,
        ] {
            assert!(theirs(json).is_some());
            assert_eq!(ours(json), theirs(json), "{json}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_general_parser(value in any_json(), pretty in any::<bool>()) {
            let json = if pretty { format!("{value:#}") } else { value.to_string() };
            prop_assert_eq!(ours(&json), theirs(&json));
            if let Value::Object(members) = &value {
                prop_assert_eq!(ours(&json).unwrap().len(), members.len());
            }
        }

        #[test]
        fn what_a_general_parser_takes_is_taken(json in r#"[{}\[\]":,a\\0 tru1-]{0,24}"#) {
            if let Some(theirs) = theirs(&json) {
                prop_assert_eq!(ours(&json), Some(theirs));
            }
        }
    }
}
