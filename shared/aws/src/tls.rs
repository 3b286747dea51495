//! TLS by rustls with ring: half a megabyte smaller than AWS-LC, and nothing gathers entropy at start.
//!
//! Reading the system's bundle of authorities takes a function longer than all the rest of its start. AWS's own endpoints
//! are certified under five roots, which are here, so that only these are read. They are no limit on whom is trusted: the
//! first certificate under another root (AWS moves on, a partition has other authorities, a company looks into its traffic)
//! has the client made anew, once, with the system's bundle, and the call goes on with that.
//!
//! `docs/adr/0005-roots.md` has the reasons and figures.

use std::error::Error;
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::CertificateError;

/// Source: <https://www.amazontrust.com/repository/>
const ROOTS: &str = include_str!("roots.pem");

/// The client that all services share.
pub(crate) fn client() -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(ROOTS);
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => {
            let pinned = Builder::new().tls_provider(RING).tls_context(context).build_https();
            SharedHttpClient::new(Roots(Arc::new(Clients { pinned, system: OnceLock::new() })))
        }
        // Without our roots it takes the time that they save, and no more.
        Err(_) => with_the_systems_bundle(),
    }
}

const RING: Provider = Provider::Rustls(CryptoMode::Ring);

fn with_the_systems_bundle() -> SharedHttpClient {
    Builder::new().tls_provider(RING).build_https()
}

/// The client with our roots, and, once it was needed, the one with the system's.
#[derive(Debug)]
struct Clients {
    pinned: SharedHttpClient,
    system: OnceLock<SharedHttpClient>,
}

impl Clients {
    fn system(&self) -> &SharedHttpClient {
        self.system.get_or_init(|| {
            tracing::warn!(
                "an endpoint's certificate is under none of AWS's known roots: the system's bundle decides from now on"
            );
            with_the_systems_bundle()
        })
    }
}

#[derive(Clone, Debug)]
struct Roots(Arc<Clients>);

impl HttpClient for Roots {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        if let Some(system) = self.0.system.get() {
            return system.http_connector(settings, components);
        }
        SharedHttpConnector::new(Connector {
            pinned: self.0.pinned.http_connector(settings, components),
            clients: Arc::clone(&self.0),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

/// What a connector of the system's client is made from, should it be needed.
#[derive(Clone, Debug)]
struct Connector {
    pinned: SharedHttpConnector,
    clients: Arc<Clients>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Nothing was sent when a handshake fails, so that the same request may go out once more.
        let again = request.try_clone();
        let (first, this) = (self.pinned.call(request), self.clone());
        HttpConnectorFuture::new(async move {
            match (first.await, again) {
                (Err(error), Some(again)) if is_unknown_root(&error) => {
                    let system = this.clients.system().http_connector(&this.settings, &this.components);
                    system.call(again).await
                }
                (answer, _) => answer,
            }
        })
    }
}

/// Whether an error says that a certificate is under no root that is known here.
fn is_unknown_root(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let tls = error.downcast_ref::<rustls::Error>();
        if matches!(tls, Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))) {
            return true;
        }
        // An error of IO that wraps another one passes over it when asked for its source.
        let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match within {
            Some(within) => Some(within),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use base64::Engine as _;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_are_those_whose_fingerprints_stand_beside_them() {
        let mut count = 0;
        for block in ROOTS.split("SHA-256 ").skip(1) {
            let (fingerprint, rest) = block.split_once('\n').unwrap();
            let (_, rest) = rest.split_once("-----BEGIN CERTIFICATE-----").unwrap();
            let (body, _) = rest.split_once("-----END CERTIFICATE-----").unwrap();
            let der = base64::engine::general_purpose::STANDARD.decode(body.replace('\n', "")).unwrap();
            let mut found = String::new();
            for byte in Sha256::digest(der) {
                write!(found, "{byte:02x}").unwrap();
            }
            assert_eq!(found, fingerprint);
            count += 1;
        }
        assert_eq!(count, 5);
    }

    #[test]
    fn an_unknown_root_is_found_under_any_number_of_wrappings() {
        let tls = |error| rustls::Error::InvalidCertificate(error);
        let unknown = std::io::Error::other(std::io::Error::other(tls(CertificateError::UnknownIssuer)));
        assert!(is_unknown_root(&unknown));
        assert!(!is_unknown_root(&std::io::Error::other(tls(CertificateError::Expired))));
        assert!(!is_unknown_root(&std::io::Error::other("invalid peer certificate: UnknownIssuer")));
    }
}
