//! What the simulation yields, before it is written as rows.

use std::borrow::Cow;

use super::shop::{Pod, Service};

pub type Text = Cow<'static, str>;
pub type Attributes = Vec<(&'static str, Text)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Server,
    Client,
    Internal,
}

/// One span. Times in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub trace: u128,
    pub id: u64,
    /// 0 for the entry span.
    pub parent: u64,
    pub pod: Pod,
    pub name: &'static str,
    pub kind: Kind,
    pub start: i64,
    pub end: i64,
    /// The status message of a span that failed.
    pub error: Option<Text>,
    pub attributes: Attributes,
    pub exception: Option<Exception>,
}

/// An exception event on a span, at the span's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    pub kind: &'static str,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warn,
    Error,
}

/// One log record; `trace` and `span` are 0 where it belongs to no request.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    pub time: i64,
    pub trace: u128,
    pub span: u64,
    pub pod: Pod,
    pub severity: Severity,
    pub body: String,
}

/// How a service was asked, and the status that it answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Method and route template, such as `GET /products/{id}`.
    Http { route: &'static str, status: u16 },
    /// Full method name, such as `shop.payment.v1.Payment/Charge`.
    Grpc { method: &'static str, code: Code },
}

impl Protocol {
    /// Whether the service failed, as opposed to answering with something that the caller does not like.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Http { status, .. } => status >= 500,
            Self::Grpc { code, .. } => matches!(code, Code::Unavailable | Code::DeadlineExceeded),
        }
    }
}

/// gRPC status codes that occur here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    Ok = 0,
    DeadlineExceeded = 4,
    NotFound = 5,
    FailedPrecondition = 9,
    Unavailable = 14,
}

/// One request that a service served: what its metrics count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// None for a shopper.
    pub caller: Option<Service>,
    pub callee: Pod,
    pub protocol: Protocol,
    pub start: i64,
    pub end: i64,
}

/// One point of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub pod: Pod,
    pub name: &'static str,
    pub unit: &'static str,
    pub attributes: Attributes,
    pub start: i64,
    pub time: i64,
    pub value: PointValue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PointValue {
    Gauge(f64),
    /// Cumulative.
    Sum {
        value: f64,
        is_monotonic: bool,
    },
    /// Cumulative; one more count than bounds.
    Histogram {
        counts: Vec<u64>,
        bounds: &'static [f64],
        sum: f64,
        min: f64,
        max: f64,
    },
}
