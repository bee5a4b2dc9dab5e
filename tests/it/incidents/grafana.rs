//! A Grafana that signs ID tokens: its keys over HTTP, and tokens right and forged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// Publishes the keys that it was told to publish.
pub struct Grafana {
    pub url: String,
    published: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<Answers>>,
    fetched: Arc<AtomicU32>,
}

/// How it answers whoever fetches the keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    WithKeys,
    /// Not before it is told to answer in another way.
    Never,
    /// With a redirect whose body holds the keys.
    WithRedirect,
}

pub struct Key {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        Self { id, pair }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": coordinate(&point[1..33]), "y": coordinate(&point[33..]),
        })
    }

    /// A token with this header and these claims, signed with this key.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": self.id, "typ": "jwt" })
    }
}

impl Grafana {
    pub fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let grafana = Self {
            url,
            published: Arc::default(),
            answers: Arc::new(Mutex::new(Answers::WithKeys)),
            fetched: Arc::default(),
        };
        grafana.publish(keys);
        let (published, answers, fetched) = (
            grafana.published.clone(),
            grafana.answers.clone(),
            grafana.fetched.clone(),
        );
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (published, answers, fetched) = (published.clone(), answers.clone(), fetched.clone());
                std::thread::spawn(move || answer(stream.unwrap(), &published, &answers, &fetched));
            }
        });
        grafana
    }

    /// From now on, also those who wait for an answer.
    pub fn answer(&self, how: Answers) {
        *self.answers.lock().unwrap() = how;
    }

    pub fn publish(&self, keys: &[&Key]) {
        *self.published.lock().unwrap() = keys.iter().map(|key| key.jwk()).collect();
    }

    pub fn fetched(&self) -> u32 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// The claims of a token for the org, good for an hour.
    pub fn claims(&self, org: &str, role: Option<&str>) -> Value {
        let now = Timestamp::now().as_second();
        let mut claims = json!({
            "iss": self.url, "aud": [format!("org:{org}")], "sub": "user:1", "username": "ann",
            "iat": now, "exp": now + 3_600,
        });
        if let Some(role) = role {
            claims["role"] = json!(role);
        }
        claims
    }
}

fn answer(mut stream: TcpStream, published: &Mutex<Vec<Value>>, answers: &Mutex<Answers>, fetched: &AtomicU32) {
    let lines = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let is_keys = head
        .first()
        .is_some_and(|line| line.starts_with("GET /api/signing-keys/keys "));
    fetched.fetch_add(u32::from(is_keys), Ordering::Relaxed);
    let how = loop {
        match *answers.lock().unwrap() {
            Answers::Never => {}
            how => break how,
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let status = match (is_keys, how) {
        (false, _) => "404 Not Found",
        (true, Answers::WithRedirect) => "302 Found\r\nlocation: /login",
        (true, _) => "200 OK",
    };
    let body = json!({ "keys": *published.lock().unwrap() }).to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
}
