//! A table of the text, from which what is known is taken; what nobody asked for is a fault.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::fault::Faults;

/// How a value is written.
pub(super) struct Form<T> {
    /// What a good value looks like, to be read after "write".
    pub(super) good: &'static str,
    /// Reads a value, if it is a good one.
    pub(super) read: fn(&DeValue<'_>) -> Option<T>,
}

/// A table of the text.
pub(super) struct Table<'t> {
    /// The table's own name with a dot, or nothing for the whole text.
    path: String,
    members: &'t DeTable<'t>,
    known: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) const fn top(members: &'t DeTable<'t>) -> Self {
        Self { path: String::new(), members, known: Vec::new() }
    }

    /// The value of a key, if it is there and good.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        form: &Form<T>,
        faults: &mut Faults<'_>,
    ) -> Option<T> {
        let (at, value) = self.member(key)?;
        let read = (form.read)(value);
        if read.is_none() {
            let problem = format!("is {}", shown(value));
            faults.add(at, self.name(key), problem, format!("write {}", form.good));
        }
        read
    }

    /// The table of a key, if it is there and one.
    pub(super) fn table(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Option<Self> {
        let (at, value) = self.member(key)?;
        let Some(members) = value.as_table() else {
            let remedy = format!("write a table: [{}] on a line of its own", self.name(key));
            faults.add(at, self.name(key), format!("is {}", shown(value)), remedy);
            return None;
        };
        Some(Self { path: format!("{}.", self.name(key)), members, known: Vec::new() })
    }

    /// The tables of a list of tables, if the key is there and one.
    pub(super) fn list(&mut self, key: &'static str, faults: &mut Faults<'_>) -> Vec<Self> {
        let Some((at, value)) = self.member(key) else { return Vec::new() };
        let name = self.name(key);
        let items = value.as_array().map(|items| items.iter().map(|item| item.get_ref().as_table()));
        let tables = items.and_then(|items| items.collect::<Option<Vec<_>>>());
        let Some(tables) = tables else {
            let remedy = format!("write tables: [[{name}]] on a line of its own before each");
            faults.add(at, name, format!("is {}", shown(value)), remedy);
            return Vec::new();
        };
        let numbered = tables.into_iter().enumerate();
        let table =
            |(number, members)| Self { path: format!("{name}[{number}]."), members, known: Vec::new() };
        numbered.map(table).collect()
    }

    /// All members of a table whose keys are names, with the names.
    pub(super) fn named<T>(self, form: &Form<T>, faults: &mut Faults<'_>) -> Vec<(Box<str>, T)> {
        let mut named = Vec::new();
        for (key, value) in self.members.iter() {
            let (name, value, at): (&str, _, _) = (key.get_ref(), value.get_ref(), value.span());
            match (form.read)(value) {
                Some(read) => named.push((name.into(), read)),
                None => {
                    let problem = format!("is {}", shown(value));
                    faults.add(at, self.name(&printable(name)), problem, format!("write {}", form.good));
                }
            }
        }
        named
    }

    /// The value of a key that must be there.
    pub(super) fn needs<T>(
        &mut self,
        key: &'static str,
        form: &Form<T>,
        faults: &mut Faults<'_>,
    ) -> Option<T> {
        if self.members.get(key).is_none() {
            self.known.push(key);
            self.missing(key, form.good, faults);
            return None;
        }
        self.read(key, form, faults)
    }

    /// Reports that a value, good by itself, does not go with another.
    pub(super) fn wrong(&self, key: &'static str, value: u32, good: &str, faults: &mut Faults<'_>) {
        let name = |its: &str| its == key;
        let at = self.members.iter().find(|(its, _)| name(its.get_ref())).map_or(0..0, |(its, _)| its.span());
        faults.add(at, self.name(key), format!("is {value}"), format!("write {good}"));
    }

    /// Reports that a key is missing which must be there.
    pub(super) fn missing(&self, key: &'static str, good: &str, faults: &mut Faults<'_>) {
        // An empty table has no span of its own; its first member's is near enough.
        let at = self.members.iter().map(|(key, _)| key.span()).min_by_key(|at| at.start).unwrap_or(0..0);
        faults.add(at, self.name(key), "is missing".to_owned(), format!("write {good}"));
    }

    fn member(&mut self, key: &'static str) -> Option<(Range<usize>, &'t DeValue<'t>)> {
        self.known.push(key);
        let value = self.members.get(key)?;
        Some((value.span(), value.get_ref()))
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.path)
    }

    /// Reports what is in the table and was not asked for.
    pub(super) fn finish(self, faults: &mut Faults<'_>) {
        for (key, _) in self.members.iter() {
            let name: &str = key.get_ref();
            if !self.known.contains(&name) {
                faults.add(
                    key.span(),
                    self.name(&printable(name)),
                    "is not known".to_owned(),
                    self.hint(name),
                );
            }
        }
    }

    fn hint(&self, name: &str) -> String {
        let distance = |known: &str| strsim::damerau_levenshtein(name, known);
        let nearest = self.known.iter().map(|known| (distance(known), *known)).min();
        match nearest {
            Some((distance, known)) if distance <= 2 + known.len() / 4 => format!("did you mean {known}?"),
            _ => format!("known here: {}", self.known.join(", ")),
        }
    }
}

/// A value as a person would point at it, on one line.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{}\"", printable(text)),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(items) => match items.iter().map(|item| item.get_ref()).next() {
            None => "an empty list".to_owned(),
            Some(_) => "a list in which something is not right".to_owned(),
        },
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// At most 40 characters, none of which moves a cursor.
fn printable(text: &str) -> String {
    let shown = text.chars().take(40).flat_map(char::escape_debug).collect();
    if text.chars().nth(40).is_some() { shown + "…" } else { shown }
}
