//! Records with holes: a JSON text in which `<<name>>` stands for something that differs from record to record.
//!
//! Templates stay text from end to end, so that key order and escapes (`\u0026`) reach the corpus as they are
//! written; a `serde_json::Value` would lose both.

use super::scene::Scene;

/// A template, cut at its holes.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole(Hole),
}

/// What may stand in a template between `<<` and `>>`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hole {
    Account,
    Region,
    Time,
    IamDate { days_on: i64 },
    KmsDate { days_on: i64 },
    Uuid,
    Hex(usize),
    Base64(usize),
    Size,
    AccessKeyId(&'static str),
    User,
    UserId,
    UserAddress,
    Sender,
    Credential,
    Group,
    Role,
    RoleId,
    Session,
    Bucket,
    KeyId,
    Address,
    Agent,
}

impl Template {
    /// Cuts a template's text.
    ///
    /// # Panics
    /// When a hole has a name nobody knows: templates are part of this crate.
    pub(super) fn new(text: &str) -> Self {
        let text = without_white_space(text).replace("\"<<size>>\"", "<<size>>");
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("<<") {
            let (name, after) = after.split_once(">>").expect("a hole that begins ends");
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Hole(hole(name)));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self { pieces }
    }

    /// Appends the record that this template and `scene` make.
    pub(super) fn fill(&self, scene: &mut Scene, into: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => into.extend_from_slice(text.as_bytes()),
                Piece::Hole(hole) => scene.fill(*hole, into),
            }
        }
    }
}

fn hole(name: &str) -> Hole {
    let (name, length) = match name.split_once(':') {
        Some((name, length)) => (name, length.parse().expect("a hole's length is a number")),
        None => (name, 0),
    };
    match name {
        "account" => Hole::Account,
        "region" => Hole::Region,
        "time" => Hole::Time,
        "iamdate" => Hole::IamDate { days_on: 0 },
        "iamdate90" => Hole::IamDate { days_on: 90 },
        "kmsdate" => Hole::KmsDate { days_on: 0 },
        "kmsdate30" => Hole::KmsDate { days_on: 30 },
        "uuid" => Hole::Uuid,
        "hex" => Hole::Hex(length),
        "base64" => Hole::Base64(length),
        "size" => Hole::Size,
        "akia" => Hole::AccessKeyId("AKIA"),
        "asia" => Hole::AccessKeyId("ASIA"),
        "user" => Hole::User,
        "userid" => Hole::UserId,
        "userip" => Hole::UserAddress,
        "sender" => Hole::Sender,
        "credential" => Hole::Credential,
        "group" => Hole::Group,
        "role" => Hole::Role,
        "roleid" => Hole::RoleId,
        "session" => Hole::Session,
        "bucket" => Hole::Bucket,
        "keyid" => Hole::KeyId,
        "ip" => Hole::Address,
        "agent" => Hole::Agent,
        other => panic!("no hole is called {other}"),
    }
}

/// JSON without the white space between its tokens: CloudTrail writes none.
fn without_white_space(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    json.chars()
        .filter(|&c| {
            let inside = in_string;
            if escaped {
                escaped = false;
            } else if inside && c == '\\' {
                escaped = true;
            } else if c == '"' {
                in_string = !in_string;
            }
            inside || !c.is_ascii_whitespace()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::without_white_space;

    #[test]
    fn white_space_goes_and_strings_stay() {
        let pretty = "{\n  \"a\": \"one \\\" two\\\\\",\n  \"b\": [1, \"\\u0026 \"]\n}\n";
        assert_eq!(without_white_space(pretty), r#"{"a":"one \" two\\","b":[1,"\u0026 "]}"#);
    }
}
