//! The HTTPS client that fetches the engine.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// A client that trusts what the machine trusts (and `cafile`, if given) and honours `HTTPS_PROXY`.
pub fn agent(cafile: Option<&Path>) -> anyhow::Result<Agent> {
    let tls = tls(cafile)?;
    let config = Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("kulprit/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        // Generous for a slow line; what has arrived by then is kept and resumed.
        .timeout_recv_body(Some(Duration::from_secs(1800)))
        .http_status_as_error(false)
        .build();
    Ok(config.into())
}

/// What the machine trusts, and `cafile`, if given.
pub fn tls(cafile: Option<&Path>) -> anyhow::Result<TlsConfig> {
    Ok(TlsConfig::builder().root_certs(root_certificates(cafile)?).build())
}

/// The system's certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` included), or Mozilla's where the system has none.
fn root_certificates(cafile: Option<&Path>) -> anyhow::Result<RootCerts> {
    let native = rustls_native_certs::load_native_certs().certs;
    let mut certificates: Vec<Certificate<'static>> = native
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    if let Some(path) = cafile {
        let pem = std::fs::read(path).with_context(|| format!("cannot read cafile {} of .npmrc", path.display()))?;
        certificates.extend(parse_pem(&pem).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
    }
    Ok(if certificates.is_empty() {
        RootCerts::WebPki
    } else {
        RootCerts::new_with_certs(&certificates)
    })
}
