//! DynamoDB Local for tests: AWS's own engine in memory, one for each test binary, a table for each test.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use keytrail_aws::AwsConfig;
use keytrail_aws::dynamo::{DynamoLedger, create_table};

/// Another endpoint to use than one that is started here.
const ENDPOINT: &str = "KEYTRAIL_DYNAMODB_ENDPOINT";
const START: Duration = Duration::from_secs(60);

/// Runs a test on a runtime of its own, as a function's is.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A client of the one DynamoDB Local.
pub(crate) fn client() -> aws_sdk_dynamodb::Client {
    let config = AwsConfig::read(|name| {
        Some(match name {
            "AWS_REGION" => "us-east-1".to_owned(),
            "AWS_ACCESS_KEY_ID" => "AKIAIOSFODNN7EXAMPLE".to_owned(),
            "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            "AWS_ENDPOINT_URL" => endpoint(),
            _ => return None,
        })
    });
    config.unwrap().dynamodb()
}

/// A ledger in a new table.
pub(crate) async fn ledger() -> DynamoLedger {
    DynamoLedger::new(client(), &table().await)
}

/// The name of a new table.
pub(crate) async fn table() -> String {
    static TABLES: AtomicU32 = AtomicU32::new(0);
    let name = format!("keytrail-{}-{}", std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    // On a busy machine the answer may be late and the call repeated: nobody else's table has this name.
    if let Err(error) = create_table(&client(), &name).await {
        assert!(format!("{error:?}").contains("ResourceInUseException"), "{error:?}");
    }
    name
}

fn endpoint() -> String {
    static STARTED: OnceLock<(u16, Child)> = OnceLock::new();
    std::env::var(ENDPOINT).unwrap_or_else(|_| {
        let (port, _) = STARTED.get_or_init(start);
        format!("http://127.0.0.1:{port}")
    })
}

fn start() -> (u16, Child) {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
    let (java, home) = (tools.join("bin/java"), tools.join("dynamodb/current"));
    let installed = java.exists() && home.join("DynamoDBLocal.jar").exists();
    assert!(
        installed,
        "DynamoDB Local is not installed: run ./test, which installs it (or tests/tools/install dynamodb), or name a \
         running one in {ENDPOINT}"
    );
    let home = home.canonicalize().unwrap();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    // The shell outlives nobody: when this process ends in whatever way, its end of the pipe closes, and `read` returns.
    let mut command = Command::new("sh");
    command.args(["-c", r#""$@" <&- & read -r _; kill -9 $!"#, "sh"]).arg(java);
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g"]);
    command.arg(format!("-Djava.library.path={}", home.join("DynamoDBLocal_lib").display()));
    command.arg("-jar").arg(home.join("DynamoDBLocal.jar"));
    command.args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port", &port.to_string()]);
    let quiet = command.current_dir(home).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = quiet.spawn().unwrap();
    wait_for(port);
    (port, child)
}

fn wait_for(port: u16) {
    let deadline = Instant::now() + START;
    loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("DynamoDB Local does not answer on port {port}: {error}"),
        }
    }
}
