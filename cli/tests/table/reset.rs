//! `keytrail reset`: with the operator's own credentials, to a terminal only.

use std::path::Path;
use std::process::Command;

use crate::emulator::{block_on, command, config, keytrail, run, variables};

/// Runs a command on a terminal of its own, whose output is what this prints.
const ON_A_TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/// A user with an API key, and its id.
fn key(user: &str, service: &str) -> String {
    let iam = config().iam();
    block_on(async {
        iam.create_user().user_name(user).send().await.unwrap();
        let made = iam.create_service_specific_credential().user_name(user).service_name(service);
        let made = made.send().await.unwrap().service_specific_credential.unwrap();
        made.service_specific_credential_id
    })
}

fn on_a_terminal(args: &[&str]) -> crate::emulator::Run {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut python = Command::new(root.join(".tools/emulator/bin/python"));
    let plain = command(args);
    python.arg("-c").arg(ON_A_TERMINAL).arg(plain.get_program()).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => python.env(name, value),
            None => python.env_remove(name),
        };
    }
    python.envs(variables()).current_dir(root);
    run(python)
}

#[test]
fn a_secret_goes_to_a_terminal_and_nowhere_else() {
    let user = format!("reset-{}", std::process::id());
    let key = key(&user, "logs.amazonaws.com");
    let piped = keytrail(&["reset", &key, "--user", &user, "--yes"]);
    assert_eq!((piped.code, piped.stdout.as_str()), (Some(2), ""));
    assert!(piped.stderr.contains("on a terminal only"), "{}", piped.stderr);

    let shown = |args: &[&str]| on_a_terminal(&[&["reset"], args].concat());
    let first = shown(&[&key, "--user", &user, "--yes"]);
    assert_eq!(first.code, Some(0), "{}", first.stdout);
    let secret = |text: &str| text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap().to_owned();
    let second = shown(&[&key, "--user", &user, "--yes"]);
    assert_eq!(second.code, Some(0), "{}", second.stdout);
    assert_ne!(secret(&first.stdout), secret(&second.stdout), "each reset makes another");
    assert!(secret(&first.stdout).len() > 20, "{}", first.stdout.len());

    let unknown = shown(&["ACCAEXAMPLENOWHERE01", "--user", &user, "--yes"]);
    assert_eq!(unknown.code, Some(7), "{}", unknown.stdout);
    let nobody = shown(&[&key, "--user", "nobody-of-that-name", "--yes"]);
    assert_eq!(nobody.code, Some(7), "{}", nobody.stdout);
}

#[test]
fn a_password_is_no_api_key() {
    let user = format!("password-{}", std::process::id());
    let password = key(&user, "codecommit.amazonaws.com");
    let run = on_a_terminal(&["reset", &password, "--user", &user, "--yes"]);
    assert_eq!(run.code, Some(7), "{}", run.stdout);
    assert!(run.stdout.contains("never touched"), "{}", run.stdout);
}
