//! One emulator for the test binary; for each test a caller of its own, whose calls alone it sees and spoils.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use keytrail_aws::AwsConfig;
use serde_json::{Value, json};

/// Runs a test on a runtime of its own, as a function's is.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Somebody who calls the emulator.
#[derive(Debug)]
pub(crate) struct Caller {
    access_key: String,
    faults: Mutex<Vec<Value>>,
    pub(crate) config: AwsConfig,
}

impl Caller {
    /// One whom no other test knows.
    pub(crate) fn new() -> Self {
        static CALLERS: AtomicU32 = AtomicU32::new(0);
        let access_key = format!("AKIATEST{:012}", CALLERS.fetch_add(1, Ordering::Relaxed));
        let config = AwsConfig::read(|name| {
            Some(match name {
                "AWS_REGION" => "us-east-1".to_owned(),
                "AWS_ACCESS_KEY_ID" => access_key.clone(),
                "AWS_SECRET_ACCESS_KEY" => "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
                "AWS_ENDPOINT_URL" => endpoint().to_owned(),
                _ => return None,
            })
        });
        Self { config: config.unwrap(), access_key, faults: Mutex::default() }
    }

    /// Spoils calls of this caller; `fault` is what `tests/emulator/faults.py` describes.
    pub(crate) fn spoil(&self, mut fault: Value) {
        fault["access_key"] = self.access_key.clone().into();
        let planted = control("POST", "faults", &fault);
        self.faults.lock().unwrap().push(planted["id"].clone());
    }

    /// Ends what spoils calls of this caller.
    pub(crate) fn unspoil(&self) {
        for id in self.faults.lock().unwrap().drain(..) {
            control("DELETE", &format!("faults?id={id}"), &Value::Null);
        }
    }

    /// The calls of this caller so far.
    pub(crate) fn calls(&self) -> Vec<Value> {
        let log = control("GET", &format!("log?accessKey={}", self.access_key), &Value::Null);
        log["calls"].as_array().unwrap().clone()
    }

    /// The names of the calls so far.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.calls().iter().map(|call| call["action"].as_str().unwrap().to_owned()).collect()
    }
}

/// A name that no other test uses.
pub(crate) fn unique(name: &str) -> String {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

/// Calls the emulator's own interface: `tests/emulator/control.py`.
pub(crate) fn control(method: &str, path: &str, body: &Value) -> Value {
    let host = endpoint().strip_prefix("http://").unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} /_emulator/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{method} {path}: {answer}");
    serde_json::from_str(body).unwrap()
}

/// Makes a bucket, which CloudTrail wants to see before it makes a trail. moto doesn't look at signatures.
pub(crate) fn make_bucket(name: &str) {
    let host = endpoint().strip_prefix("http://").unwrap();
    let scope = "AKIATESTBUCKETS00000/20260801/us-east-1/s3/aws4_request";
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "PUT /{name} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 200 "), "{answer}");
}

/// Keeps pages small, so that a listing of three has two pages. For all tests: none depends on large ones.
pub(crate) fn small_pages() {
    control("PUT", "iam", &json!({"page_size": 1}));
}

fn endpoint() -> &'static str {
    static STARTED: OnceLock<(String, Child)> = OnceLock::new();
    &STARTED.get_or_init(start).0
}

/// It ends with this process in whatever way this ends: its stdin closes then.
fn start() -> (String, Child) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".tools/emulator/bin/python");
    assert!(
        python.exists(),
        "the emulator is not installed: run ./test, which installs it (or tests/tools/install emulator)"
    );
    let mut command = Command::new(python);
    command.args(["-m", "emulator", "--without-dynamodb", "--until-stdin-closes"]);
    command.current_dir(root.join("tests")).stdin(Stdio::piped());
    // It tells at length of each connection that a test has it cut.
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: Value = serde_json::from_str(&line).unwrap();
    (addresses["endpoint"].as_str().unwrap().to_owned(), child)
}
