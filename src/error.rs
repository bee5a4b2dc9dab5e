//! What a request can end in other than an answer, and the status that says so. The command line wraps these in `anyhow`.

use std::time::Duration;

/// An error that a client may see. `Display` is the message; it says what is wrong and how to mend it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// 400: a value of the request is missing or wrong.
    #[error("{field}: {message}")]
    BadRequest { field: String, message: String },
    /// 400: the request as a whole cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// 401: no credentials, or wrong ones.
    #[error("{0}")]
    Unauthorized(String),
    /// 403: known, but not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// 404.
    #[error("{0}")]
    NotFound(String),
    /// 405.
    #[error("{0}")]
    MethodNotAllowed(String),
    /// 409: what is asked does not fit what is there, such as a step that the incident's state does not allow.
    #[error("{0}")]
    Conflict(String),
    /// 412: the thing has changed since the client read it.
    #[error("{0}")]
    Outdated(String),
    /// 413.
    #[error("the body is larger than {limit} bytes: send a smaller one")]
    TooLarge { limit: u64 },
    /// 415.
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// 422: nothing to answer from, such as a table that is not there.
    #[error("{0}")]
    NoDataSource(String),
    /// 422: understood, and contradicts an earlier request.
    #[error("{0}")]
    Contradiction(String),
    /// 429.
    #[error("{0}")]
    TooManyRequests(String),
    /// 500: ClickHouse refused a statement of ours. The text is for the operator's log, not for the client.
    #[error("clickhouse refused the statement: {0}")]
    Refused(String),
    /// 500: the incident store failed in a way that nobody foresaw. For the operator's log, not for the client.
    #[error("the incident store failed: {0}")]
    Store(String),
    /// 503: the incident store cannot be used now.
    #[error("{0}")]
    StoreAway(String),
    /// 507: no room for the incident store to grow.
    #[error("{0}")]
    StoreFull(String),
    /// 503: ClickHouse cannot be reached.
    #[error("clickhouse cannot be reached ({0}): try again in a few seconds, or run `kulprit doctor`")]
    Away(String),
    /// 504: the statement took longer than allowed.
    #[error("the query took longer than {}: choose a shorter window or fewer services", seconds(.0))]
    Timeout(Duration),
}

impl Error {
    /// A 400 that names the field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadRequest {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The HTTP status that this error answers with.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest { .. } | Self::Unreadable(_) => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed(_) => 405,
            Self::Conflict(_) => 409,
            Self::Outdated(_) => 412,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedMediaType(_) => 415,
            Self::NoDataSource(_) | Self::Contradiction(_) => 422,
            Self::TooManyRequests(_) => 429,
            Self::Refused(_) | Self::Store(_) => 500,
            Self::Away(_) | Self::StoreAway(_) => 503,
            Self::Timeout(_) => 504,
            Self::StoreFull(_) => 507,
        }
    }

    /// The short name that stands in the `error` field of the body.
    pub fn name(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } | Self::Unreadable(_) => "bad request",
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not found",
            Self::MethodNotAllowed(_) => "method not allowed",
            Self::Conflict(_) => "conflict",
            Self::Outdated(_) => "precondition failed",
            Self::TooLarge { .. } => "body too large",
            Self::UnsupportedMediaType(_) => "unsupported media type",
            Self::NoDataSource(_) => "no data source",
            Self::Contradiction(_) => "contradiction",
            Self::TooManyRequests(_) => "too many requests",
            Self::Refused(_) => "query failed",
            Self::Store(_) => "store failed",
            Self::StoreAway(_) => "store away",
            Self::StoreFull(_) => "store full",
            Self::Away(_) => "clickhouse away",
            Self::Timeout(_) => "query timed out",
        }
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
