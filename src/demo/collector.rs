//! Sends slices to a collector, or to anything else that speaks OTLP over HTTP.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kulprit_engine::trusted_tls;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use ureq::http::{HeaderName, HeaderValue, Uri};

use super::otlp;
use super::simulation::Slice;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Records in one request: receivers limit its size.
const MOST: usize = 2_000;
/// How often a request is sent again that may be taken later, and the first pause; each further is twice as long.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);
/// How much of an answer is read, and told.
const LARGEST: u64 = 1 << 20;
const TOLD: usize = 300;

/// Where it is sent, and with which headers. Its calls block.
pub struct Collector {
    agent: ureq::Agent,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether it has ever taken anything: then it is there, and may be again.
    has_taken: bool,
}

/// How much was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub spans: u64,
    pub lines: u64,
    pub points: u64,
    /// What the collector said that it did not take.
    pub refused: u64,
}

impl Collector {
    /// `headers` are written as in `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, several with commas between.
    pub fn new(url: &str, headers: &str) -> Result<Self> {
        let usual = "give the address of an OTLP/HTTP receiver, such as http://localhost:4318";
        let parsed: Uri = url
            .parse()
            .with_context(|| format!("--otlp: {url:?} is no address: {usual}"))?;
        if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none() {
            bail!("--otlp: {url:?} is no HTTP address: {usual}");
        }
        let agent = ureq::Agent::config_builder()
            .tls_config(trusted_tls(None)?)
            .user_agent(concat!("kulprit/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build();
        let pairs = headers.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        Ok(Self {
            agent: agent.into(),
            url: url.trim_end_matches('/').to_owned(),
            headers: pairs.map(header).collect::<Result<_>>()?,
            has_taken: false,
        })
    }

    /// Sends what a slice holds. Errors: it cannot be reached, or takes none of it.
    pub fn send(&mut self, slice: &Slice) -> Result<Taken> {
        let mut taken = Taken::default();
        for spans in slice.spans.chunks(MOST) {
            taken.refused += self.post("traces", &otlp::spans(spans))?;
            taken.spans += spans.len() as u64;
        }
        for lines in slice.logs.chunks(MOST) {
            taken.refused += self.post("logs", &otlp::logs(lines))?;
            taken.lines += lines.len() as u64;
        }
        for points in slice.points.chunks(MOST) {
            taken.refused += self.post("metrics", &otlp::metrics(points))?;
            taken.points += points.len() as u64;
        }
        Ok(taken)
    }

    /// How many of the records were refused.
    fn post(&mut self, signal: &str, message: &impl Message) -> Result<u64> {
        let url = format!("{}/v1/{signal}", self.url);
        let body = message.encode_to_vec();
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.try_post(&url, &body) {
                Err(Failure::MayPass(error)) if self.has_taken => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "the collector takes nothing now: trying again"
                    );
                    std::thread::sleep(pause);
                    pause *= 2;
                }
                outcome => return outcome.map_err(Failure::error),
            }
        }
        self.try_post(&url, &body).map_err(Failure::error)
    }

    fn try_post(&mut self, url: &str, body: &[u8]) -> Result<u64, Failure> {
        let mut request = self.agent.post(url).content_type("application/x-protobuf");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(|error| {
            Failure::MayPass(anyhow::Error::new(error).context(format!(
                "{url} cannot be reached: is the collector's OTLP/HTTP receiver there? it listens on port 4318 unless it is told otherwise"
            )))
        })?;
        let status = response.status().as_u16();
        let answer = response
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .read_to_vec()
            .unwrap_or_default();
        match status {
            200..=299 => {
                self.has_taken = true;
                Ok(refused(&answer, url))
            }
            429 | 502..=504 => Err(Failure::MayPass(anyhow::anyhow!(
                "{url} answers {status}: {}",
                told(&answer)
            ))),
            401 | 403 => Err(Failure::Final(anyhow::anyhow!(
                "{url} answers {status}: {}: give credentials by --otlp-headers or OTEL_EXPORTER_OTLP_HEADERS",
                told(&answer)
            ))),
            404 | 405 => Err(Failure::Final(anyhow::anyhow!(
                "{url} answers {status}: this is no OTLP/HTTP receiver: give the address before /v1/traces, such as http://localhost:4318"
            ))),
            _ => Err(Failure::Final(anyhow::anyhow!(
                "{url} answers {status}: {}",
                told(&answer)
            ))),
        }
    }
}

enum Failure {
    MayPass(anyhow::Error),
    Final(anyhow::Error),
}

impl Failure {
    fn error(self) -> anyhow::Error {
        match self {
            Self::MayPass(error) | Self::Final(error) => error,
        }
    }
}

fn header(pair: &str) -> Result<(HeaderName, HeaderValue)> {
    let read = || {
        let (name, value) = pair.split_once('=')?;
        let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((name.trim().parse().ok()?, value.parse().ok()?))
    };
    // The value may be a secret.
    read().with_context(|| {
        let name = pair.split('=').next().unwrap_or_default();
        format!("--otlp-headers: {name:?} is no header: give name=value, several with commas between, blanks and commas in values as %20 and %2C")
    })
}

/// How many records the collector says that it did not take; the answers of all signals have the same form.
fn refused(answer: &[u8], url: &str) -> u64 {
    let partial = ExportTraceServiceResponse::decode(answer)
        .ok()
        .and_then(|answer| answer.partial_success);
    let Some(partial) = partial.filter(|partial| partial.rejected_spans > 0) else {
        return 0;
    };
    tracing::warn!(
        url,
        refused = partial.rejected_spans,
        said = partial.error_message,
        "the collector took a part"
    );
    partial.rejected_spans.unsigned_abs()
}

/// What an answer says, as far as it is text.
fn told(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_control() && *letter != '\u{fffd}')
        .take(TOLD)
        .collect();
    match text.trim() {
        "" => "it does not say why".to_owned(),
        text => text.to_owned(),
    }
}
