//! One emulator for the test binary, with DynamoDB Local behind it; a table for each test.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use keytrail_aws::AwsConfig;
use keytrail_aws::dynamo::{DynamoLedger, create_table};
use serde_json::Value;

/// Another emulator to use than one that is started here.
const ENDPOINT: &str = "KEYTRAIL_EMULATOR_ENDPOINT";

/// Whom the emulator takes for a user of its account.
const VARIABLES: [(&str, &str); 3] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAOPERATOR00000000"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
];

/// Runs a test on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The clients' configuration.
pub(crate) fn config() -> AwsConfig {
    let read = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint().to_owned()),
        _ => VARIABLES.iter().find(|(its, _)| *its == name).map(|(_, value)| (*value).to_owned()),
    };
    AwsConfig::read(read).unwrap()
}

/// A new table, and its ledger.
pub(crate) fn table() -> (String, DynamoLedger) {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let name = format!("cli-{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    let client = config().dynamodb();
    block_on(create_table(&client, &name)).unwrap();
    let ledger = DynamoLedger::new(client, &name);
    (name, ledger)
}

/// What a run gave.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The JSON on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.stdout, self.stderr))
    }
}

/// The command in surroundings of its own: no variable of AWS but the emulator's address.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keytrail"));
    command.args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("AWS_ENDPOINT_URL", endpoint());
    command
}

/// Runs it with the operator's credentials and no terminal.
pub(crate) fn keytrail(args: &[&str]) -> Run {
    let mut command = command(args);
    command.envs(VARIABLES);
    run(command)
}

/// What names the operator.
pub(crate) const fn variables() -> [(&'static str, &'static str); 3] {
    VARIABLES
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Run {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A yes that nobody typed on a terminal is none.
    drop(child.stdin.take().unwrap().write_all(b"yes\n"));
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn endpoint() -> &'static str {
    static STARTED: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let running = || std::env::var(ENDPOINT).ok().map(|endpoint| (endpoint, None));
    &STARTED.get_or_init(|| running().unwrap_or_else(start)).0
}

/// It ends with this process in whatever way this ends: its stdin closes then.
fn start() -> (String, Option<Child>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = root.join(".tools/emulator/bin/python");
    assert!(
        python.exists(),
        "the emulator is not installed: run ./test, which installs it (or tests/tools/install emulator dynamodb), or \
         name a running one in {ENDPOINT}"
    );
    let mut command = Command::new(python);
    command.args(["-m", "emulator", "--until-stdin-closes"]);
    command.current_dir(root.join("tests")).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: Value = serde_json::from_str(&line).unwrap();
    (addresses["endpoint"].as_str().unwrap().to_owned(), Some(child))
}
