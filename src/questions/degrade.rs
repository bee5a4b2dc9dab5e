//! What an error does to an answer. This is the one table:
//!
//! | error | one of several sources | the statement of an answer that has a plain-SQL twin | anything else |
//! |---|---|---|---|
//! | `NoDataSource`: a table, a function or a privilege is not there | left out, named in a warning | the twin answers, with a warning | ends the answer |
//! | `Refused`, since tables or functions have another form than the statement expects, or a dictionary is missing | left out, named | the twin answers | ends the answer |
//! | `Refused`, since a function's process failed, and failed again when asked once more (by the client) | left out, named | the twin answers | ends the answer |
//! | `Refused` for another reason | left out, named | ends the answer | ends the answer |
//! | `Timeout` | left out, named | ends the answer | ends the answer |
//! | `Away`, `Internal`, and whatever the request itself did wrong | ends the answer | ends the answer | ends the answer |
//!
//! An answer none of whose sources could be read ends with the first error: nothing read is no all-clear.

use kulprit_clickhouse::code;

use crate::{Error, Result};

/// The sources of one answer: what could not be read is named, and the rest answers.
#[derive(Debug, Default)]
pub struct Sources {
    /// In the order in which they came up, without repeats.
    warnings: Vec<String>,
    answered: usize,
    first_error: Option<Error>,
}

impl Sources {
    /// What `outcome` holds; none, and a warning that names `what`, where that source cannot be read. Errors: those that end an answer.
    pub fn read<T>(&mut self, outcome: Result<T>, what: &str) -> Result<Option<T>> {
        match outcome {
            Ok(value) => {
                self.answered += 1;
                Ok(Some(value))
            }
            Err(error) if leaves_out(&error) => {
                tracing::warn!(source = what, %error, "a source cannot be read");
                self.warn(format!("{what} cannot be read: {}", reason(&error)));
                self.first_error.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Says `warning` once.
    pub fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// What was said so far.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// The warnings of the whole answer. Errors: no source could be read.
    pub fn finish(self) -> Result<Vec<String>> {
        match self.first_error {
            Some(error) if self.answered == 0 => Err(error),
            _ => Ok(self.warnings),
        }
    }
}

/// Whether an answer of several sources goes on without the one that failed so.
fn leaves_out(error: &Error) -> bool {
    matches!(error, Error::NoDataSource(_) | Error::Refused(_) | Error::Timeout(_))
}

/// Whether the plain-SQL twin of a statement is to answer instead.
pub fn wants_twin(error: &Error) -> bool {
    match error {
        Error::NoDataSource(_) => true,
        Error::Refused(cause) => is_of_form(cause.code) || is_of_function(cause.code),
        _ => false,
    }
}

/// Whether ClickHouse refused a statement since a table or a function has not the columns or arguments that it names.
fn is_of_form(code: Option<u32>) -> bool {
    matches!(
        code,
        Some(
            code::NOT_FOUND_COLUMN_IN_BLOCK
                | code::NO_SUCH_COLUMN_IN_TABLE
                | code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH
                | code::ILLEGAL_TYPE_OF_ARGUMENT
                | code::UNKNOWN_IDENTIFIER
                | code::NO_COMMON_TYPE
        )
    )
}

/// Whether a function cannot be used: its dictionary or its program is missing, or its process fails.
fn is_of_function(code: Option<u32>) -> bool {
    matches!(
        code,
        Some(code::BAD_ARGUMENTS | code::UNSUPPORTED_METHOD | code::UDF_EXECUTION_FAILED)
    )
}

/// Whether what failed may work a while later, so that it is worth asking again.
pub fn may_pass(error: &Error) -> bool {
    match error {
        Error::Timeout(_) | Error::Away(_) | Error::TooManyRequests(_) | Error::Unavailable(_) => true,
        Error::Refused(cause) => matches!(cause.code, Some(code::MEMORY_LIMIT_EXCEEDED | code::NOT_ENOUGH_SPACE)),
        _ => false,
    }
}

fn reason(error: &Error) -> String {
    match error.code() {
        code if matches!(error, Error::Refused(_)) && is_of_form(code) => {
            "the table has other columns than OpenTelemetry's exporter makes".to_owned()
        }
        _ if matches!(error, Error::NoDataSource(_)) => "`kulprit doctor` says what to do".to_owned(),
        _ => error.name().to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use kulprit_request::Cause;

    use super::*;

    fn refused(code: u32) -> Error {
        Error::Refused(Cause::exception(Some(code), "Code: no matter"))
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_answers() {
        let mut sources = Sources::default();
        assert_eq!(sources.read(Ok(7), "spans").unwrap(), Some(7));
        let failed = [
            refused(code::UNKNOWN_IDENTIFIER),
            Error::Timeout(Duration::from_secs(1)),
        ];
        for (error, what) in failed.into_iter().zip(["metrics", "logs"]) {
            assert_eq!(sources.read::<u8>(Err(error), what).unwrap(), None);
        }
        let warnings = sources.finish().unwrap();
        assert!(warnings[0].starts_with("metrics") && warnings[0].contains("other columns"));
        assert!(
            warnings[1].starts_with("logs") && warnings[1].contains("timed out"),
            "{warnings:?}"
        );
    }

    #[test]
    fn the_twin_answers_for_what_has_another_form_and_for_functions_that_fail() {
        assert!(wants_twin(&refused(code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH)));
        assert!(wants_twin(&Error::no_data_source("no function")));
        assert!(wants_twin(&refused(code::BAD_ARGUMENTS)), "a dictionary is missing");
        assert!(wants_twin(&refused(code::UDF_EXECUTION_FAILED)), "a process is broken");
        assert!(!wants_twin(&refused(code::MEMORY_LIMIT_EXCEEDED)));
        assert!(!wants_twin(&Error::Timeout(Duration::from_secs(1))));
    }

    #[test]
    fn clickhouse_away_ends_an_answer_and_so_does_no_source_at_all() {
        let mut sources = Sources::default();
        assert!(sources.read::<u8>(Err(Error::Away("refused".into())), "spans").is_err());
        assert_eq!(
            sources
                .read::<u8>(Err(Error::no_data_source("no table")), "spans")
                .unwrap(),
            None
        );
        assert_eq!(sources.finish().unwrap_err().status(), 422);
    }
}
