//! JSON Web Signatures, as far as Grafana uses them: compact form, ES256, a key id. Nothing else is accepted, and nothing that a header says
//! about where its key is to be found is looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;

/// No ID token is longer.
const LONGEST: usize = 16 * 1024;

/// An uncompressed point of the curve P-256: 4, x, y.
pub(super) type PublicKey = [u8; 65];

/// A token taken apart, its signature not yet checked.
pub(super) struct Unverified<'a> {
    pub key_id: String,
    signed: &'a str,
    signature: Vec<u8>,
    payload: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that must be understood; none is.
    crit: Option<serde_json::Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart. `None`: it is none, or not of the only kind that is accepted.
    pub fn parse(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.alg != "ES256" || header.crit.is_some() {
            return None;
        }
        Some(Self {
            key_id: header.kid,
            signed,
            signature: decode(signature)?,
            payload: decode(payload)?,
        })
    }

    /// The payload, if the key signed it.
    pub fn verify(self, key: &PublicKey) -> Option<Vec<u8>> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(self.signed.as_bytes(), &self.signature)
            .ok()?;
        Some(self.payload)
    }
}
