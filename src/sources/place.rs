//! A server that is read in place: how it is asked, and what it means when it does not answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kulprit_clickhouse::{Client, Options, Secret, Statement, Value, code};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::Credentials;
use crate::{Error, Result};

/// What stands in a URL as it is (RFC 3986); everything else is encoded, braces and commas among it, which ClickHouse takes for lists of URLs.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// URLs of one statement. ClickHouse takes 1,000 at most, and all of them travel in the address of one request.
pub const MOST_URLS: usize = 200;

type Params = Vec<(&'static str, Value)>;

/// A server that is read in place.
#[derive(Debug, Clone)]
pub struct Place {
    /// As people call it.
    pub name: &'static str,
    /// Without a slash at its end.
    url: String,
    authorization: Option<Secret>,
    tenant: Option<Secret>,
    /// How it is asked.
    how: kulprit_clickhouse::Place,
}

/// A path below a server's URL, with what is asked; encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked(String);

impl Asked {
    pub fn new(path: &str, pairs: &[(&str, &str)]) -> Self {
        Self(path.to_owned()).and(pairs)
    }

    /// Each of `several` below one path.
    pub fn each_of(path: &str, several: &[String]) -> Self {
        Self(format!(
            "{path}{}",
            one_of(several.iter().map(|one| encoded(one)).collect())
        ))
    }

    /// The same with more that is asked.
    pub fn and(mut self, pairs: &[(&str, &str)]) -> Self {
        for (name, value) in pairs {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(&format!("{name}={}", encoded(value)));
        }
        self
    }

    /// The same once for each of `several` lists of what is asked.
    pub fn for_each<'a>(mut self, several: impl Iterator<Item = Vec<(&'a str, String)>>) -> Self {
        let pair = |(name, value): (&str, String)| format!("{name}={}", encoded(&value));
        let several: Vec<String> = several
            .map(|pairs| pairs.into_iter().map(pair).collect::<Vec<_>>().join("&"))
            .collect();
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(&one_of(several));
        self
    }
}

/// What ClickHouse takes for each of `several`.
fn one_of(mut several: Vec<String>) -> String {
    match several.len() {
        1 => several.remove(0),
        _ => format!("{{{}}}", several.join(",")),
    }
}

/// `text` as it may stand in a URL.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

impl Place {
    pub fn new(name: &'static str, url: &str, auth: &Credentials, seconds: u64, parallel: u64) -> Self {
        let authorization = match (auth.bearer_token.as_str(), auth.user.as_str()) {
            ("", "") => None,
            ("", user) => Some(format!(
                "Basic {}",
                STANDARD.encode(format!("{user}:{}", auth.password))
            )),
            (token, _) => Some(format!("Bearer {token}")),
        };
        let tenant = Some(auth.tenant.clone()).filter(|tenant| !tenant.is_empty());
        Self {
            name,
            url: url.trim_end_matches('/').to_owned(),
            how: kulprit_clickhouse::Place {
                authorized: authorization.is_some(),
                of_tenant: tenant.is_some(),
                seconds,
                parallel,
            },
            authorization: authorization.map(Secret),
            tenant: tenant.map(Secret),
        }
    }

    /// The pattern of URLs that ClickHouse's user must be granted to read.
    pub fn granted(&self) -> String {
        let special = |letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, ':' | '/' | '-' | '_');
        let quote = |letter: char| match special(letter) {
            true => format!("\\{letter}"),
            false => letter.to_string(),
        };
        format!("{}/.*", self.url.chars().map(quote).collect::<String>())
    }

    /// The statement `name`, which reads what is `asked`.
    pub fn statement(&self, name: &'static str, asked: &Asked, params: Params, options: Options) -> Result<Statement> {
        let options = Options {
            place: self.how.clone(),
            ..options
        };
        let mut params = params;
        params.push(("url", format!("{}{}", self.url, asked.0).into()));
        if let Some(authorization) = &self.authorization {
            params.push(("authorization", Value::Secret(authorization.clone())));
        }
        if let Some(tenant) = &self.tenant {
            params.push(("tenant", Value::Secret(tenant.clone())));
        }
        Statement::query(name, &options, params)
    }

    /// Rows of what is `asked`. Errors say what this server did.
    pub async fn rows<T>(&self, client: &Client, name: &'static str, asked: &Asked, params: Params) -> Result<Vec<T>>
    where
        T: clickhouse::Row + clickhouse::RowOwned + clickhouse::RowRead,
    {
        let statement = self.statement(name, asked, params, Options::default())?;
        client.rows(&statement).await.map_err(|error| self.told(error))
    }

    /// Stores what is `asked` in the session. Errors say what this server did.
    pub async fn store(&self, client: &Client, name: &'static str, asked: &Asked, params: Params) -> Result<()> {
        let statement = self.statement(name, asked, params, Options::default())?;
        client.execute(&statement).await.map_err(|error| self.told(error))
    }

    /// An error of ClickHouse that reads this server, as what the server did. What it said itself is for the operator's log.
    pub fn told(&self, error: Error) -> Error {
        let Some(reason) = self.reason(&error) else {
            return error;
        };
        tracing::warn!(source = self.name, url = self.url, %error, "a source cannot be read");
        Error::Unavailable(format!("{} cannot be read: {reason}", self.name))
    }

    fn reason(&self, error: &Error) -> Option<String> {
        let seconds = self.how.seconds;
        let slow = format!("it did not answer within {seconds} s");
        let (code, text) = match error {
            Error::Timeout(_) => return Some("its answers took too long".to_owned()),
            Error::Refused(cause) | Error::Away(cause) | Error::NoDataSource(cause) => (cause.code?, &cause.message),
            _ => return None,
        };
        Some(match code {
            code::RECEIVED_ERROR_FROM_REMOTE_IO_SERVER => answered(text),
            code::RECEIVED_ERROR_TOO_MANY_REQUESTS => answered("HTTP status code: 429"),
            code::SOCKET_TIMEOUT => slow,
            code::POCO_EXCEPTION if text.contains("Timeout") => slow,
            code::POCO_EXCEPTION if text.contains("refused") => "it refused the connection".to_owned(),
            code::POCO_EXCEPTION | code::NETWORK_ERROR | code::ALL_CONNECTION_TRIES_FAILED => {
                "no connection to it can be made".to_owned()
            }
            code::DNS_ERROR => "nobody knows its host".to_owned(),
            code::TOO_MANY_REDIRECTS => "it sends us to another address, which is not followed".to_owned(),
            code::ACCESS_DENIED => "clickhouse's user may not: `kulprit doctor` says what to grant".to_owned(),
            code::INCORRECT_DATA
            | code::THROWN
            | code::CANNOT_PARSE_INPUT_ASSERTION_FAILED
            | code::ATTEMPT_TO_READ_AFTER_EOF
            | code::CANNOT_READ_ALL_DATA => format!("what it answers is no answer of {}", self.name),
            code::MEMORY_LIMIT_EXCEEDED | code::UNKNOWN_TABLE | code::UNKNOWN_DATABASE => return None,
            _ => format!("clickhouse could not read its answer (error {code})"),
        })
    }
}

/// What a status says.
fn answered(text: &str) -> String {
    let status = text.split_once("HTTP status code: ").map_or("", |(_, rest)| rest);
    match status.get(..3).unwrap_or_default() {
        "" => "it answered with an error".to_owned(),
        status @ ("401" | "403") => format!("it refuses our credentials ({status})"),
        "404" => "it does not know the path (404): is its url right?".to_owned(),
        "429" => "it asks us to wait (429)".to_owned(),
        status if status.starts_with('4') => {
            format!("it refused the question ({status}): its own words are in the log of kulprit")
        }
        status => format!("it failed ({status})"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kulprit_request::Cause;

    use super::*;

    fn place() -> Place {
        let auth = Credentials {
            bearer_token: "s3cr3t".to_owned(),
            ..Credentials::default()
        };
        Place::new("loki", "http://loki:3100/", &auth, 10, 4)
    }

    #[test]
    fn what_a_caller_names_stays_a_value() {
        let asked = Asked::new("/x", &[("query", "{a=\"b,c|d\"}&limit=1#")]);
        assert_eq!(asked.0, "/x?query=%7Ba%3D%22b%2Cc%7Cd%22%7D%26limit%3D1%23");
        let several = asked.for_each(
            [("start", "1".to_owned()), ("start", "2,3".to_owned())]
                .map(|pair| vec![pair])
                .into_iter(),
        );
        assert!(several.0.ends_with("&{start=1,start=2%2C3}"), "{several:?}");
    }

    #[test]
    fn a_secret_is_in_no_statement_that_is_shown() {
        let place = place();
        let statement = place
            .statement("sources/names", &Asked::new("/x", &[]), vec![], Options::default())
            .unwrap();
        assert!(!format!("{statement:?}{place:?}").contains("s3cr3t"));
        assert!(!kulprit_clickhouse::inline_text(&statement).unwrap().contains("s3cr3t"));
        assert!(statement.text.contains("{authorization:String}"));
    }

    #[test]
    fn an_error_says_what_the_server_did() {
        let place = place();
        for (code, text, want) in [
            (
                86,
                "… HTTP status code: 400 'Bad Request', body: 'parse error'",
                "refused the question (400)",
            ),
            (
                86,
                "… HTTP status code: 401 'Unauthorized', body: ''",
                "credentials (401)",
            ),
            (
                1000,
                "Poco::Exception. Code: 1000, e.code() = 111, Connection refused",
                "refused the connection",
            ),
            (
                1000,
                "Poco::Exception. Code: 1000, e.code() = 0, Timeout",
                "within 10 s",
            ),
            (117, "JSON object must begin with '{'", "no answer of loki"),
            (497, "Not enough privileges", "kulprit doctor"),
        ] {
            let error = Error::Refused(Cause::exception(Some(code), text));
            let told = place.told(error).to_string();
            assert!(told.contains(want) && !told.contains("parse error"), "{told}");
        }
        let away = place.told(Error::Away("connection reset".into()));
        assert!(matches!(away, Error::Away(_)), "clickhouse itself");
    }

    #[test]
    fn the_grant_is_on_this_url_alone() {
        assert_eq!(place().granted(), "http://loki:3100/.*");
        let auth = Credentials::default();
        let place = Place::new("loki", "https://g.example.com/api", &auth, 1, 1);
        assert_eq!(place.granted(), "https://g\\.example\\.com/api/.*");
    }
}
