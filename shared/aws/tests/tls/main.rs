//! A server whose certificate is under none of AWS's roots, on loopback.
//!
//! Which authorities the system has is part of a process's environment, so that each test runs itself again as a process of
//! its own: as the caller, whose system has the authorities that the test says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]

mod server;

use std::process::Command;

use keytrail_aws::{AwsConfig, Failure, FailureKind};

use server::{Authority, Server};

/// Where a process is to call; without it, it is the test.
const ENDPOINT: &str = "KEYTRAIL_TEST_TLS_ENDPOINT";
const CALLS: usize = 3;

/// Calls the server a few times with one client; what each call came to.
fn call() -> Option<Vec<Result<(), FailureKind>>> {
    let endpoint = std::env::var(ENDPOINT).ok()?;
    let config = AwsConfig::read(|name| {
        Some(match name {
            "AWS_REGION" => "us-east-1".to_owned(),
            "AWS_ACCESS_KEY_ID" => "AKIAIOSFODNN7EXAMPLE".to_owned(),
            "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            "AWS_ENDPOINT_URL" => endpoint.clone(),
            _ => return None,
        })
    });
    let client = config.unwrap().sqs();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Some(runtime.block_on(async {
        let mut answers = Vec::new();
        for _ in 0..CALLS {
            let answer = client.list_queues().send().await;
            answers.push(answer.map(drop).map_err(|error| Failure::of(error).kind));
        }
        answers
    }))
}

/// Runs the test of this name as a process that trusts an authority.
fn run_again(test: &str, trusted: &Authority, server: &Server) {
    let bundle = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), trusted.pem()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    command.env(ENDPOINT, server.endpoint()).env("SSL_CERT_FILE", bundle.path()).env_remove("SSL_CERT_DIR");
    let done = command.output().unwrap();
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn a_root_that_only_the_system_knows_costs_one_handshake_and_no_call() {
    if let Some(answers) = call() {
        assert_eq!(answers, [Ok(()); CALLS]);
        return;
    }
    let authority = Authority::new();
    let server = Server::start(&authority);
    run_again("a_root_that_only_the_system_knows_costs_one_handshake_and_no_call", &authority, &server);
    assert_eq!(server.served(), CALLS);
    assert_eq!(server.broken_off(), 1, "the client is made anew once");
}

#[test]
fn a_root_that_nobody_knows_is_not_trusted() {
    if let Some(answers) = call() {
        assert_eq!(answers, [Err(FailureKind::Unreachable); CALLS]);
        return;
    }
    let server = Server::start(&Authority::new());
    run_again("a_root_that_nobody_knows_is_not_trusted", &Authority::new(), &server);
    assert_eq!(server.served(), 0);
    assert!(server.broken_off() >= CALLS);
}
