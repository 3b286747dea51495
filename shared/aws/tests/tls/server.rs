//! An authority, and a server that it certifies: it answers every request with an empty JSON object.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// An authority that no bundle has.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two of one name would be told apart by their keys only, which is another error.
        parameters.distinguished_name.push(DnType::CommonName, format!("{:?}", key.public_key_raw()));
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    fn certify(&self) -> (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()))
    }
}

#[derive(Default)]
struct Counts {
    served: AtomicUsize,
    broken_off: AtomicUsize,
}

/// A server that runs until the process ends.
pub(crate) struct Server {
    port: u16,
    counts: Arc<Counts>,
}

impl Server {
    pub(crate) fn start(authority: &Authority) -> Self {
        let (certificate, key) = authority.certify();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key.into());
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::<Counts>::default();
        let counting = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let count = match serve(StreamOwned::new(connection, stream)) {
                    Ok(()) => &counting.served,
                    Err(_) => &counting.broken_off,
                };
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, counts }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Requests that were answered.
    pub(crate) fn served(&self) -> usize {
        self.counts.served.load(Ordering::SeqCst)
    }

    /// Connections that ended before an answer.
    pub(crate) fn broken_off(&self) -> usize {
        self.counts.broken_off.load(Ordering::SeqCst)
    }
}

/// One request of one connection.
fn serve(mut stream: StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")?;
    stream.conn.send_close_notify();
    stream.flush()
}
