//! What a request can end in other than an answer, and the status that says so. The command line wraps these in `anyhow`.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// ClickHouse's code for a full disk.
const NOT_ENOUGH_SPACE: u32 = 243;

/// Why ClickHouse, or a part of Kulprit, could not do something: for the operator's log, not for a client.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    /// The number of ClickHouse's exception, such as 60; none where it did not name one, or was not asked.
    pub code: Option<u32>,
    pub message: String,
    /// The error below, as it came.
    pub source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Cause {
    /// ClickHouse's exception `code` with the first line of its text.
    pub fn exception(code: Option<u32>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            source: None,
        }
    }

    /// What `error` says, with `error` itself below it.
    pub fn of(message: impl Into<String>, error: impl StdError + Send + Sync + 'static) -> Self {
        Self {
            code: None,
            message: message.into(),
            source: Some(Arc::new(error)),
        }
    }
}

impl From<String> for Cause {
    fn from(message: String) -> Self {
        Self::exception(None, message)
    }
}

impl From<&str> for Cause {
    fn from(message: &str) -> Self {
        Self::exception(None, message)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

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
    /// 422: nothing to answer from, such as a table that is not there or may not be read. With a code, the text is ClickHouse's own and
    /// for the operator's log.
    #[error("{0}")]
    NoDataSource(Cause),
    /// 422: understood, and contradicts an earlier request.
    #[error("{0}")]
    Contradiction(String),
    /// 429.
    #[error("{0}")]
    TooManyRequests(String),
    /// 500: ClickHouse refused a statement of ours. The text is for the operator's log, not for the client.
    #[error("clickhouse refused the statement: {0}")]
    Refused(Cause),
    /// 500: a mistake of Kulprit's own. For the operator's log, not for the client.
    #[error("kulprit failed: {0}")]
    Internal(Cause),
    /// 500: the incident store failed in a way that nobody foresaw. For the operator's log, not for the client.
    #[error("the incident store failed: {0}")]
    Store(String),
    /// 503: something that the request needs, neither ClickHouse nor the incident store, cannot be reached now.
    #[error("{0}")]
    Unavailable(String),
    /// 503: the incident store cannot be used now.
    #[error("{0}")]
    StoreAway(String),
    /// 507: no room for the incident store to grow.
    #[error("{0}")]
    StoreFull(String),
    /// 503: ClickHouse cannot be reached.
    #[error("clickhouse cannot be reached ({0}): try again in a few seconds, or run `kulprit doctor`")]
    Away(Cause),
    /// 504: the statement took longer than allowed.
    #[error("the query took longer than {}: choose a shorter window or fewer services", seconds(.0))]
    Timeout(Duration),
}

/// None where this user has no such table: there may be spans alone, metrics alone, or nothing of Kulprit's.
pub fn if_there<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::NoDataSource(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Error {
    /// A 400 that names the field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadRequest {
            field: field.into(),
            message: message.into(),
        }
    }

    /// 422: there is nothing to answer from, in words of ours.
    pub fn no_data_source(message: impl Into<String>) -> Self {
        Self::NoDataSource(Cause::exception(None, message))
    }

    /// 500: a mistake of Kulprit's own.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::Internal(Cause::exception(None, message.to_string()))
    }

    /// The number of ClickHouse's exception behind this error.
    pub fn code(&self) -> Option<u32> {
        self.cause().and_then(|cause| cause.code)
    }

    /// What an operator needs to know of it beyond what a client may.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::NoDataSource(cause) | Self::Refused(cause) | Self::Internal(cause) | Self::Away(cause) => Some(cause),
            _ => None,
        }
    }

    /// What a caller may be told: ClickHouse's own words name tables and users, and stay in the log.
    pub fn public_message(&self) -> String {
        match self {
            Self::Refused(cause) if cause.code == Some(NOT_ENOUGH_SPACE) => {
                "clickhouse has no room left on its disk: free some space".to_owned()
            }
            Self::Refused(_) => "clickhouse refused the query: see the log of kulprit".to_owned(),
            Self::Internal(_) => "kulprit failed: see its log".to_owned(),
            Self::Away(_) => {
                "clickhouse cannot be reached: try again in a few seconds, or run `kulprit doctor`".to_owned()
            }
            Self::NoDataSource(cause) if cause.code.is_some() => {
                "what the question reads is not in clickhouse, or may not be read: run `kulprit doctor`".to_owned()
            }
            Self::Store(_) => "the incident store failed: see the log of kulprit".to_owned(),
            _ => self.to_string(),
        }
    }

    /// Whether ClickHouse, and not the request, is what failed.
    pub fn is_of_clickhouse(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::Away(_) | Self::NoDataSource(_) | Self::Timeout(_)
        )
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
            Self::Refused(cause) if cause.code == Some(NOT_ENOUGH_SPACE) => 503,
            Self::Refused(_) | Self::Internal(_) | Self::Store(_) => 500,
            Self::Away(_) | Self::StoreAway(_) | Self::Unavailable(_) => 503,
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
            Self::Internal(_) => "internal error",
            Self::Store(_) => "store failed",
            Self::StoreAway(_) => "store away",
            Self::Unavailable(_) => "unavailable",
            Self::StoreFull(_) => "store full",
            Self::Away(_) => "clickhouse away",
            Self::Timeout(_) => "query timed out",
        }
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
