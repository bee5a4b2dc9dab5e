//! The answer to `/api/v1/correlate`: suspects with their evidence, the root cause in a sentence, whom it hurts, and when what began.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::blast::{Affected, Blast, Class};
use super::confidence::Confidence;
use super::fusion::Suspect as Ranked;
use super::question::Correlate;
use super::rows::{ClusterEvent, EventExample, HurtTrace, ServiceChange, SystemChange};
use super::scores::Finding;
use super::traffic::Stopped;
use crate::questions::topology::{EdgeRow, is_sparse, upstream};
use crate::sources::SourceRead;
use crate::text::finite;
use kulprit_request::Window;

/// Evidence below this surprise is within what is usual.
const WORTH_SHOWING: f64 = 0.3;
/// Letters of a message that a line of evidence shows.
const EXCERPT: usize = 240;
/// Pieces of evidence for a suspect, and how much more or less a further piece must tell of.
const MOST_PIECES: usize = 3;
const LEAST_CHANGE: f64 = 0.05;

/// What `/api/v1/correlate` and `kulprit correlate --format json` answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Answer {
    /// Best first, at most ten.
    pub suspects: Vec<Suspect>,
    /// None when no service shows a change worth a suspicion.
    pub root_cause: Option<RootCause>,
    pub blast_radius: BlastRadius,
    /// The worst first: failed before slow, then the longest.
    pub traces: Vec<Trace>,
    /// In the order of time.
    pub timeline: Vec<Moment>,
    pub window: Window,
    pub history_from: Timestamp,
    /// What the reader should know about this answer, such as sources that could not be read.
    pub warnings: Vec<String>,
    /// What was read in place; where anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRead>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Suspect {
    pub service: String,
    /// The surprise of its strongest evidence (a caller of the root cause may have a higher one): 1 is the edge of the usual, each further 1 is a factor of 6.3.
    pub score: f64,
    /// Why it stands below one with a smaller score; none where it does not.
    #[serde(default)]
    pub note: Option<String>,
    pub evidence: Vec<Evidence>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Evidence {
    pub kind: EvidenceKind,
    /// What changed, for people.
    pub text: String,
    /// When the window shows it first (for what is gone: when it was seen last); none where that is not known.
    pub since: Option<Timestamp>,
    /// 0 and up, as the suspect's score.
    pub surprise: f64,
    /// The log message behind a pattern.
    pub example: Option<String>,
    /// The endpoint where it changed.
    pub endpoint: Option<String>,
    /// Shares of requests, levels of a metric, or 1 and the factor of a latency: before and now.
    pub before: f64,
    pub now: f64,
}

/// What a piece of evidence is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EvidenceKind {
    Pattern,
    Edge,
    Metric,
    /// Of the system itself: a version, an image, an instance.
    Change,
}

impl EvidenceKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::Edge => "edge",
            Self::Metric => "metric",
            Self::Change => "change",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RootCause {
    pub service: String,
    /// 0 to 100.
    pub confidence: f64,
    pub parts: Parts,
    pub sentence: String,
}

/// What the confidence is made of, each 0 to 1; the formula stands in `src/questions/root_cause/confidence.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Parts {
    pub pattern_dominance: f64,
    pub signal_consistency: f64,
    pub temporal_alignment: f64,
    pub margin: f64,
    pub coverage: f64,
    pub support: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BlastRadius {
    pub class: Class,
    /// Requests hurt beyond what was usual ÷ all requests.
    pub requests_share: f64,
    /// The rise of the share of root traces hurt.
    pub traces_share: f64,
    pub affected: Vec<Affected>,
    /// Calls between services, those towards the root cause marked with their distance.
    pub edges: Vec<Call>,
    /// Services with too few requests to be judged.
    pub unjudged: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Call {
    pub caller: String,
    pub callee: String,
    pub calls: u64,
    pub errors: u64,
    pub calls_before: u64,
    pub errors_before: u64,
    pub p95_ms: f64,
    pub p95_ms_before: f64,
    /// Calls between the caller and the root cause; none when the edge does not lead there.
    pub hops: Option<u32>,
    /// Too few calls to be judged.
    pub sparse: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Trace {
    pub trace_id: String,
    pub service: String,
    pub endpoint: String,
    pub started: Timestamp,
    pub duration_ms: f64,
    pub error: bool,
    pub requests: u64,
}

/// What a moment of the timeline is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MomentKind {
    /// The window's begin or end.
    Window,
    Pattern,
    Edge,
    Metric,
    Change,
    /// The first failed request.
    Errors,
    /// The last request before they stopped.
    Traffic,
}

impl From<EvidenceKind> for MomentKind {
    fn from(kind: EvidenceKind) -> Self {
        match kind {
            EvidenceKind::Pattern => Self::Pattern,
            EvidenceKind::Edge => Self::Edge,
            EvidenceKind::Metric => Self::Metric,
            EvidenceKind::Change => Self::Change,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Moment {
    pub time: Timestamp,
    pub kind: MomentKind,
    /// Empty for the window itself.
    pub service: String,
    pub text: String,
}

/// What is to be shaped.
pub struct Found {
    pub ranked: Vec<Ranked>,
    pub confidence: Option<Confidence>,
    pub blast: Blast,
    pub edges: Vec<EdgeRow>,
    pub changes: Vec<ServiceChange>,
    pub stopped: Vec<Stopped>,
    pub examples: Vec<EventExample>,
    pub traces: Vec<HurtTrace>,
    pub system: Vec<SystemChange>,
    pub cluster: Vec<ClusterEvent>,
    pub warnings: Vec<String>,
}

/// Shapes what was found about `question`.
pub fn answer(question: &Correlate, found: Found) -> Answer {
    let suspects: Vec<Suspect> = found
        .ranked
        .iter()
        .map(|ranked| Suspect {
            service: ranked.service.clone(),
            score: finite(ranked.score),
            note: found.ranked.first().and_then(|first| {
                (ranked.score > first.score).then(|| format!("it calls {}, which explains it", first.service))
            }),
            evidence: evidence(ranked, &found),
        })
        .collect();
    let root_cause = found
        .confidence
        .zip(suspects.first())
        .map(|(confidence, first)| root_cause(confidence, first, &found.blast));
    Answer {
        timeline: timeline(
            question,
            &suspects,
            &found.blast.affected,
            &found.changes,
            &found.stopped,
        ),
        blast_radius: blast_radius(found.blast, &found.edges, root_cause.as_ref()),
        traces: found.traces.into_iter().filter_map(trace).collect(),
        suspects,
        root_cause,
        window: question.window,
        history_from: question.history_from,
        warnings: found.warnings,
        sources: None,
    }
}

/// The strongest finding of each part that is worth showing, and what else the first part found, up to three.
fn evidence(ranked: &Ranked, found: &Found) -> Vec<Evidence> {
    // What says most comes first.
    let is_its = |change: &&SystemChange| change.service == ranked.service;
    let change = found.system.iter().find(is_its).map(system_change);
    let is_about_it = |event: &&ClusterEvent| event.service == ranked.service;
    let event = found.cluster.iter().find(is_about_it).map(cluster_event);
    let changes: Vec<Evidence> = change.into_iter().chain(event).collect();
    let most = MOST_PIECES.saturating_sub(changes.len()).max(1);
    let shown = ranked.accusations.iter().enumerate();
    let shown = shown.filter(|(index, accusation)| *index == 0 || accusation.surprise >= WORTH_SHOWING);
    let leading = shown.map(|(_, accusation)| (accusation, &accusation.finding));
    let others = ranked.accusations.iter().take(1);
    let others = others.flat_map(|accusation| accusation.others.iter().map(move |finding| (accusation, finding)));
    let mut pieces: Vec<Evidence> = Vec::new();
    for (accusation, finding) in leading.chain(others) {
        if pieces.len() == most {
            break;
        }
        let piece = piece(&ranked.service, accusation.surprise, finding, &found.examples);
        // A line's beginning and its text are two events of one line; a change that is none says nothing.
        let is_said = pieces.iter().any(|said| {
            (said.text.as_str(), said.kind) == (piece.text.as_str(), piece.kind)
                || (&said.example, said.now, said.before) == (&piece.example, piece.now, piece.before)
        });
        if pieces.is_empty() || (!is_said && (piece.now - piece.before).abs() >= LEAST_CHANGE) {
            pieces.push(piece);
        }
    }
    pieces.extend(changes);
    pieces
}

/// What changed in the system itself: no sign of trouble, but often its reason.
fn system_change(change: &SystemChange) -> Evidence {
    let since = instant(change.since);
    let time = since.map_or_else(String::new, |since| format!(" since {}", since.strftime("%H:%M")));
    let of = match change.instances {
        0 => String::new(),
        instances => format!(", on {} of {instances} instances", change.changed),
    };
    let text = match change.what.as_str() {
        "replaced" => format!(
            "the instance {} is there{time}, and {} sends nothing any more",
            change.value, change.before
        ),
        "started" => format!("started again{time}{of}, such as {}", change.value),
        _ => format!(
            "{} is {}{time}{of}, {} before",
            change.attribute, change.value, change.before
        ),
    };
    Evidence {
        kind: EvidenceKind::Change,
        text,
        since,
        surprise: 0.0,
        example: None,
        endpoint: None,
        before: 0.0,
        now: finite(change.changed as f64 / change.instances.max(1) as f64),
    }
}

/// What Kubernetes did to it, or saw of it.
fn cluster_event(event: &ClusterEvent) -> Evidence {
    let since = instant(event.since);
    let time = since.map_or_else(String::new, |since| format!(" since {}", since.strftime("%H:%M")));
    Evidence {
        kind: EvidenceKind::Change,
        text: match event.times {
            1 => format!("Kubernetes tells of {} about {}{time}", event.reason, event.object),
            times => format!(
                "Kubernetes tells {times} times of {} about {}{time}",
                event.reason, event.object
            ),
        },
        since,
        surprise: 0.0,
        example: Some(excerpt(&event.message, EXCERPT)).filter(|message| !message.is_empty()),
        endpoint: None,
        before: 0.0,
        now: event.times as f64,
    }
}

fn piece(service: &str, surprise: f64, finding: &Finding, examples: &[EventExample]) -> Evidence {
    let mut piece = Evidence {
        kind: EvidenceKind::Pattern,
        text: String::new(),
        since: None,
        surprise: finite(surprise),
        example: None,
        endpoint: None,
        before: 1.0,
        now: 1.0,
    };
    match finding {
        Finding::Log {
            endpoint,
            event,
            shares,
        } => {
            let example = examples
                .iter()
                .find(|example| (example.service.as_str(), example.event) == (service, *event));
            let said = match example {
                Some(example) if example.severity.is_empty() => format!("{:?}", excerpt(&example.example, 80)),
                Some(example) => format!("{} {:?}", example.severity, excerpt(&example.example, 80)),
                None => "a log pattern".to_owned(),
            };
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!("{said} {}", requests(piece.before, piece.now));
            piece.since = example.and_then(|example| {
                let (first, last) = (example.first_in_window, example.last_before);
                instant(if piece.now < piece.before { last } else { first })
            });
            piece.example = example.map(|example| excerpt(&example.example, EXCERPT));
            piece.endpoint = Some(endpoint.clone()).filter(|endpoint| !endpoint.is_empty());
        }
        Finding::Refused { caller, name, shares } => {
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!(
                "{name} of {caller} fails in {} of its requests that need it, {} before",
                per_cent(piece.now),
                per_cent(piece.before)
            );
        }
        Finding::Refusal { target, name, shares } => {
            piece.kind = EvidenceKind::Edge;
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!(
                "its calls to {target} ({name}) fail in {} of the requests that need them, {} before",
                per_cent(piece.now),
                per_cent(piece.before)
            );
        }
        Finding::Silent { shares } => {
            piece.kind = EvidenceKind::Edge;
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!(
                "it is silent: {} of the requests that call it find it failing and without a span, {} before",
                per_cent(piece.now),
                per_cent(piece.before)
            );
        }
        Finding::Measured { shares } => {
            piece.kind = EvidenceKind::Metric;
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!(
                "{} of its requests fail by its metrics, {} before",
                per_cent(piece.now),
                per_cent(piece.before)
            );
        }
        Finding::Wait {
            target, shift, since, ..
        } => {
            piece.kind = EvidenceKind::Edge;
            piece.now = finite(shift.exp());
            piece.text = format!("its calls to {target} take {:.1} times as long", piece.now);
            piece.since = instant(*since);
        }
        Finding::Span { endpoint, name, shares } => {
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!("the span {name} {}", requests(piece.before, piece.now));
            piece.endpoint = Some(endpoint.clone());
        }
        Finding::Failure { endpoint, name, shares } => {
            (piece.before, piece.now) = (shares.before(), shares.now());
            let what = if name == endpoint { "it" } else { name.as_str() };
            piece.text = format!("{what} fails on its own {}", requests(piece.before, piece.now));
            piece.endpoint = Some(endpoint.clone());
        }
        Finding::Call {
            endpoint,
            callee,
            shares,
        } => {
            piece.kind = EvidenceKind::Edge;
            (piece.before, piece.now) = (shares.before(), shares.now());
            piece.text = format!("calls to {callee} {}", requests(piece.before, piece.now));
            piece.endpoint = Some(endpoint.clone());
        }
        Finding::Inbound {
            caller,
            shift,
            since,
            is_whole,
            ..
        } => {
            piece.kind = EvidenceKind::Edge;
            piece.now = finite(shift.exp());
            let (take, way) = if *is_whole {
                ("take", "")
            } else {
                ("spend", " on the way")
            };
            piece.text = format!("calls from {caller} {take} {:.1} times as long{way}", piece.now);
            piece.since = instant(*since);
        }
        Finding::Outbound {
            callees, shift, since, ..
        } => {
            piece.kind = EvidenceKind::Edge;
            piece.now = finite(shift.exp());
            piece.text = format!(
                "calls to its {callees} callees spend {:.1} times as long on the way",
                piece.now
            );
            piece.since = instant(*since);
        }
        Finding::Own {
            endpoints,
            shift,
            since,
            ..
        } => {
            piece.kind = EvidenceKind::Edge;
            piece.now = finite(shift.exp());
            piece.text = format!("it takes {:.1} times as long itself", piece.now);
            piece.since = instant(*since);
            piece.endpoint = Some(endpoints.clone());
        }
        Finding::Metric {
            name,
            level,
            usual,
            since,
        } => {
            piece.kind = EvidenceKind::Metric;
            (piece.before, piece.now) = (finite(*usual), finite(*level));
            piece.text = format!("{name} stands at {} where {} was usual", short(*level), short(*usual));
            piece.since = instant(*since);
        }
    }
    piece
}

fn requests(before: f64, now: f64) -> String {
    format!("in {} of its requests, {} before", per_cent(now), per_cent(before))
}

fn root_cause(confidence: Confidence, first: &Suspect, blast: &Blast) -> RootCause {
    let because = first
        .evidence
        .first()
        .map_or_else(String::new, |evidence| match &evidence.endpoint {
            Some(endpoint) => format!(": {} ({endpoint})", evidence.text),
            None => format!(": {}", evidence.text),
        });
    let others = blast
        .affected
        .iter()
        .filter(|affected| affected.service != first.service)
        .count();
    let hurt = match others {
        0 => String::new(),
        1 => "; one other service is hurt".to_owned(),
        more => format!("; {more} other services are hurt"),
    };
    RootCause {
        service: first.service.clone(),
        confidence: round(confidence.per_cent),
        parts: Parts {
            pattern_dominance: finite(confidence.pattern_dominance),
            signal_consistency: finite(confidence.signal_consistency),
            temporal_alignment: finite(confidence.temporal_alignment),
            margin: finite(confidence.margin),
            coverage: finite(confidence.coverage),
            support: finite(confidence.support),
        },
        sentence: format!(
            "{} is the likeliest root cause ({:.0} % confidence){because}{hurt}.",
            first.service, confidence.per_cent
        ),
    }
}

fn blast_radius(blast: Blast, edges: &[EdgeRow], root: Option<&RootCause>) -> BlastRadius {
    let distances = root.map(|root| upstream(edges, &root.service)).unwrap_or_default();
    BlastRadius {
        class: blast.class,
        requests_share: finite(blast.requests_share),
        traces_share: finite(blast.traces_share),
        affected: blast.affected,
        edges: edges
            .iter()
            .map(|edge| Call {
                caller: edge.caller.clone(),
                callee: edge.callee.clone(),
                calls: edge.current_calls,
                errors: edge.current_errors,
                calls_before: edge.baseline_calls,
                errors_before: edge.baseline_errors,
                p95_ms: finite(edge.current_p95_ms),
                p95_ms_before: finite(edge.baseline_p95_ms),
                hops: distances.get(edge.callee.as_str()).map(|hops| hops + 1),
                sparse: is_sparse(edge),
            })
            .collect(),
        unjudged: blast.unjudged,
    }
}

fn timeline(
    question: &Correlate,
    suspects: &[Suspect],
    affected: &[Affected],
    changes: &[ServiceChange],
    stopped: &[Stopped],
) -> Vec<Moment> {
    let window = question.window;
    let mut moments = vec![
        Moment {
            time: window.from,
            kind: MomentKind::Window,
            service: String::new(),
            text: "the window begins".to_owned(),
        },
        Moment {
            time: window.to,
            kind: MomentKind::Window,
            service: String::new(),
            text: "the window ends".to_owned(),
        },
    ];
    for suspect in suspects {
        moments.extend(suspect.evidence.iter().filter_map(|evidence| {
            Some(Moment {
                time: evidence.since?,
                kind: evidence.kind.into(),
                service: suspect.service.clone(),
                text: evidence.text.clone(),
            })
        }));
    }
    for change in changes {
        let is_affected = affected.iter().any(|affected| affected.service == change.service);
        if let (true, Some(time)) = (is_affected, instant(change.first_error)) {
            moments.push(Moment {
                time,
                kind: MomentKind::Errors,
                service: change.service.clone(),
                text: "first failed request in the window".to_owned(),
            });
        }
    }
    moments.extend(stopped.iter().filter_map(|stopped| {
        Some(Moment {
            time: instant(stopped.last_at)?,
            kind: MomentKind::Traffic,
            service: stopped.service.clone(),
            text: "the last request before they stopped".to_owned(),
        })
    }));
    moments.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.service.cmp(&b.service)));
    moments
}

fn trace(row: HurtTrace) -> Option<Trace> {
    Some(Trace {
        started: instant(row.started)?,
        trace_id: row.trace_id,
        service: row.service,
        endpoint: row.endpoint,
        duration_ms: finite(row.duration_ms),
        error: row.is_error,
        requests: row.requests,
    })
}

/// The instant of nanoseconds since 1970; 0 stands for none.
fn instant(nanoseconds: i64) -> Option<Timestamp> {
    if nanoseconds <= 0 {
        return None;
    }
    Timestamp::from_nanosecond(nanoseconds.into()).ok()
}

fn excerpt(text: &str, letters: usize) -> String {
    crate::text::one_line(text, letters)
}

fn per_cent(share: f64) -> String {
    let per_cent = share * 100.0;
    let is_between = (per_cent > 0.0 && per_cent < 1.0) || (per_cent > 99.0 && per_cent < 100.0);
    if is_between {
        format!("{per_cent:.1} %")
    } else {
        format!("{per_cent:.0} %")
    }
}

fn short(number: f64) -> String {
    let number = finite(number);
    if number != 0.0 && number.abs() < 0.1 {
        format!("{number:.4}")
    } else {
        format!("{number:.1}")
    }
}

/// To a tenth.
fn round(number: f64) -> f64 {
    (finite(number) * 10.0).round() / 10.0
}
