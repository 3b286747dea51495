//! Asking a person before something is written.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::args::place::Sure;
use crate::render::visible;

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Do it.
    Yes,
    /// Leave it.
    No,
    /// Nobody is there to be asked, and `--yes` wasn't given.
    Nobody,
}

/// Asks on the terminal, unless that was said already. Only a plain yes is one.
pub(crate) fn confirmed(sure: Sure, question: &str) -> anyhow::Result<Answer> {
    if sure.yes {
        return Ok(Answer::Yes);
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(Answer::Nobody);
    }
    let mut stderr = anstream::stderr().lock();
    write!(stderr, "{} [y/N] ", visible(question))?;
    stderr.flush()?;
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(if is_yes(&line) { Answer::Yes } else { Answer::No })
}

fn is_yes(line: &str) -> bool {
    ["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_one() {
        for line in ["y\n", "Y", " yes \n", "YES\r\n"] {
            assert!(is_yes(line), "{line:?}");
        }
        for line in ["", "\n", "n", "no", "yep", "yes please", "1", "true"] {
            assert!(!is_yes(line), "{line:?}");
        }
    }
}
