//! Whether a ClickHouse answers, which one, and how its machine is.

use std::time::Duration;

use clickhouse::Row;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::net::{TcpStream, lookup_host};
use warp::http::Uri;

use super::{Check, LOG_SAYS_MORE, bytes, rows};
use crate::Error;
use crate::config::Config;
use kulprit_clickhouse::{Client, Endpoint, code};

const TIMEOUT: Duration = Duration::from_secs(5);
/// The oldest version whose behaviour Kulprit was made for.
const OLDEST: (u32, u32) = (26, 5);
/// A window that ends "now" on one clock must not end before the newest lines on the other.
const SKEW: SignedDuration = SignedDuration::from_secs(2);

/// A ClickHouse that answered.
pub struct Server {
    pub user: String,
    version: String,
    disk_free: u64,
    disk_size: u64,
    /// Its clock less this machine's, and by how much that may be wrong.
    skew: SignedDuration,
    uncertainty: SignedDuration,
}

#[derive(Row, Deserialize)]
struct Identity {
    version: String,
    user: String,
    readonly: u64,
    clock_ms: i64,
    disk_free: u64,
    disk_size: u64,
}

#[derive(Row, Deserialize)]
struct Found {
    found: u64,
}

/// Asks who is there, in a database that every ClickHouse has. The error is the check that says why nobody answered.
pub async fn reach(client: &Client) -> Result<Server, Check> {
    connect(&client.endpoint().url).await?;
    let asked = Timestamp::now();
    let identity = rows::<Identity>(&Config::default(), &in_system(client), "doctor/server", vec![])
        .await
        .and_then(|rows| {
            let row = rows.into_iter().next();
            row.ok_or_else(|| Error::internal("the answer has no row"))
        })
        .map_err(|error| unanswered(client.endpoint(), &error))?;
    let travel = Timestamp::now().duration_since(asked);
    if identity.readonly == 1 {
        return Err(no_settings(&identity.user));
    }
    let clock = Timestamp::from_millisecond(identity.clock_ms).unwrap_or(asked);
    Ok(Server {
        user: identity.user,
        version: identity.version,
        disk_free: identity.disk_free,
        disk_size: identity.disk_size,
        skew: clock.duration_since(asked) - travel / 2,
        uncertainty: travel / 2,
    })
}

/// Name and port first, one after the other, so that each can be told apart from what ClickHouse says.
async fn connect(url: &str) -> Result<(), Check> {
    let problem = |found: String, advice: &str| Check::problem("reachability", found, advice);
    let uri: Option<Uri> = url.parse().ok();
    let Some((uri, host)) = uri.as_ref().and_then(|uri| Some((uri, uri.host()?))) else {
        return Err(problem(
            format!("{url:?} is no address"),
            "give --url such as http://localhost:8123",
        ));
    };
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = uri.port_u16().unwrap_or(default_port);
    let addresses: Vec<_> = lookup_host((host.trim_matches(['[', ']']), port))
        .await
        .map_err(|error| {
            problem(
                format!("the name {host} leads nowhere: {error}"),
                "check the host in --url, and this machine's DNS",
            )
        })?
        .collect();
    let connected = tokio::time::timeout(TIMEOUT, TcpStream::connect(addresses.as_slice())).await;
    let refused = match connected {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer in {} s", TIMEOUT.as_secs()),
    };
    Err(problem(
        format!("{host} does not answer at port {port}: {refused}"),
        "check the port in --url (ClickHouse's HTTP interface is at 8123, with TLS at 8443), that the server runs, and the firewall",
    ))
}

fn unanswered(endpoint: &Endpoint, error: &Error) -> Check {
    let url = &endpoint.url;
    match (error.code(), error) {
        (Some(code::AUTHENTICATION_FAILED), _) => Check::problem(
            "reachability",
            format!(
                "{url} refuses the user {:?}: wrong password, or no such user",
                endpoint.user
            ),
            "check --user and --password, CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or [clickhouse] in the configuration",
        ),
        (Some(code::READONLY), _) => no_settings(&endpoint.user),
        (_, Error::Away(reason)) => Check::problem(
            "reachability",
            format!("{url} accepts connections but does not answer: {reason}"),
            "check whether the port speaks http or https, and that it is ClickHouse's HTTP interface (not the native one, 9000)",
        ),
        _ => Check::problem(
            "reachability",
            format!("what answers at {url} does not answer as a ClickHouse does ({error})"),
            "check that --url is ClickHouse's HTTP interface",
        ),
    }
}

/// Kulprit sends a time limit with every statement.
fn no_settings(user: &str) -> Check {
    Check::problem(
        "reachability",
        format!("the profile of {user:?} has readonly = 1, which lets no setting through, not even a time limit"),
        "give the user readonly = 2 (docs/GRANTS.md)",
    )
}

/// The database exists, as far as this user sees.
pub async fn database(client: &Client) -> Check {
    let name = &client.endpoint().database;
    let params = vec![("database", name.as_str().into())];
    match rows::<Found>(&Config::default(), &in_system(client), "doctor/database", params).await {
        Ok(rows) if rows.iter().any(|row| row.found > 0) => Check::ok("database", name.as_str()),
        Ok(_) => Check::problem(
            "database",
            format!("{name} is not there, or this user has no privilege in it"),
            "name another with --database, or have it created and granted (docs/GRANTS.md)",
        ),
        Err(error) => Check::failed("database", &error, LOG_SAYS_MORE),
    }
}

/// The same connection in a database that is always there.
fn in_system(client: &Client) -> Client {
    let endpoint = Endpoint {
        database: "system".to_owned(),
        ..client.endpoint().clone()
    };
    Client::new(endpoint, TIMEOUT)
}

impl Server {
    pub fn reachability(&self, client: &Client) -> Check {
        Check::ok(
            "reachability",
            format!("{} answers the user {:?}", client.endpoint().url, self.user),
        )
    }

    pub fn version(&self) -> Check {
        let mut parts = self.version.split('.').map(|part| part.parse().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let found = format!("ClickHouse {}", self.version);
        if version >= OLDEST {
            return Check::ok("version", found);
        }
        let (year, release) = OLDEST;
        Check::warning(
            "version",
            format!("{found} is older than {year}.{release}, the oldest that Kulprit was made for"),
            "upgrade ClickHouse; until then, hold answers against a plain GROUP BY",
        )
    }

    pub fn clock(&self) -> Check {
        let skew = self.skew.abs();
        let found = format!(
            "ClickHouse's clock is {:.1} s {} this machine's",
            skew.as_secs_f64(),
            if self.skew.is_negative() { "behind" } else { "ahead of" }
        );
        if skew > SKEW + self.uncertainty {
            return Check::warning(
                "clock",
                found,
                "let both machines keep time (NTP): windows that end now miss lines, or wait for them",
            );
        }
        Check::ok("clock", found)
    }

    pub fn disk(&self) -> Check {
        let found = format!("{} of {} free", bytes(self.disk_free), bytes(self.disk_size));
        let advice = "free some, or set [retention]: a full disk makes every INSERT fail";
        if self.disk_free < self.disk_size / 50 {
            return Check::problem("disk", found, advice);
        }
        if self.disk_free < self.disk_size / 10 {
            return Check::warning("disk", found, advice);
        }
        Check::ok("disk", found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn server() -> Server {
        Server {
            user: "u".to_owned(),
            version: "26.7.2.1".to_owned(),
            disk_free: 50,
            disk_size: 100,
            skew: SignedDuration::from_millis(-1500),
            uncertainty: SignedDuration::from_millis(20),
        }
    }

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        for (version, verdict) in [
            ("26.5.1.1", Verdict::Ok),
            ("27.1", Verdict::Ok),
            ("26.10.1.1", Verdict::Ok),
            ("26.4.9.9", Verdict::Warning),
            ("3.8", Verdict::Warning),
            ("", Verdict::Warning),
        ] {
            let server = Server {
                version: version.to_owned(),
                ..server()
            };
            assert_eq!(server.version().verdict, verdict, "{version}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_its_direction() {
        assert_eq!(server().clock().verdict, Verdict::Ok);
        for (seconds, word) in [(-3, "behind"), (3, "ahead of")] {
            let server = Server {
                skew: SignedDuration::from_secs(seconds),
                ..server()
            };
            let check = server.clock();
            assert_eq!(check.verdict, Verdict::Warning);
            assert!(check.found.contains(word) && check.found.contains("3.0 s"), "{check:?}");
        }
        // An answer that took long proves nothing about the clock.
        let slow = Server {
            skew: SignedDuration::from_secs(3),
            uncertainty: SignedDuration::from_secs(2),
            ..server()
        };
        assert_eq!(slow.clock().verdict, Verdict::Ok);
    }

    #[test]
    fn little_disk_is_a_warning_and_hardly_any_a_problem() {
        for (free, verdict) in [(50, Verdict::Ok), (9, Verdict::Warning), (1, Verdict::Problem)] {
            let server = Server {
                disk_free: free,
                ..server()
            };
            assert_eq!(server.disk().verdict, verdict, "{free} %");
        }
    }
}
