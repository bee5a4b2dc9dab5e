//! The only user of the `clickhouse` crate: sends statements with their parameters and tells errors apart. It builds no SQL
//! but the `INSERT INTO … FORMAT …` around a batch.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use clickhouse::query::Query;
use clickhouse::{Row, RowOwned, RowRead};

use crate::layout::LayoutCache;
use crate::memory::{Memory, key_of};
use crate::quote_literal;
use crate::{Cause, Error, Result, code};
use crate::{Layouts, LogTable, Rules, Statement, Value};

/// Where a ClickHouse answers HTTP, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub user: String,
    pub password: String,
    pub database: String,
}

/// A connection pool to one ClickHouse. Cloning shares it.
#[derive(Clone)]
pub struct Client {
    inner: clickhouse::Client,
    endpoint: Endpoint,
    timeout: Duration,
    transcript: Option<Transcript>,
    layouts: LayoutCache,
    memory: Memory,
    rules: Arc<Rules>,
    session: Option<Session>,
}

/// A session of ClickHouse's, in which temporary tables live. It takes one statement at a time.
#[derive(Clone, Default)]
struct Session {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Temporary tables that stand in the place of the database's of the same name, until the session ends.
    standing_in: Arc<BTreeSet<&'static str>>,
}

/// The statements that were sent through a client, in that order, and the errors that they ended in.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Arc<Mutex<(Vec<Statement>, Vec<Error>)>>);

/// What stands around the bytes of one insert.
#[derive(Debug, Clone, Copy)]
pub struct Insert<'a> {
    /// The table's name, from an allow-list.
    pub table: &'a str,
    /// Column names, from an allow-list; none means all.
    pub columns: &'a [String],
    /// A ClickHouse input format, such as `Native`.
    pub format: &'static str,
    /// Makes a repeated insert of the same batch store nothing.
    pub token: &'a str,
}

impl Client {
    /// A client that gives up on a statement after `timeout`.
    pub fn new(endpoint: Endpoint, timeout: Duration) -> Self {
        let mut inner = clickhouse::Client::default()
            .with_url(&endpoint.url)
            .with_database(&endpoint.database)
            .with_product_info("kulprit", env!("CARGO_PKG_VERSION"))
            // Without it an exception in mid-stream would arrive as garbage after rows that look complete.
            .with_setting("wait_end_of_query", "1");
        if !endpoint.user.is_empty() {
            inner = inner.with_user(&endpoint.user).with_password(&endpoint.password);
        }
        Self {
            inner,
            endpoint,
            timeout,
            transcript: None,
            layouts: LayoutCache::default(),
            memory: Memory::default(),
            rules: Arc::default(),
            session: None,
        }
    }

    /// The same connection, whose statements count requests by these rules.
    pub fn with_rules(&self, rules: Rules) -> Self {
        Self {
            rules: Arc::new(rules),
            ..self.clone()
        }
    }

    /// The rules by which its statements count requests.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A client of the same ClickHouse with connections of its own, none of them open.
    pub fn apart(&self) -> Self {
        Self {
            rules: self.rules.clone(),
            ..Self::new(self.endpoint.clone(), self.timeout)
        }
    }

    /// The same connection, which writes down what it is asked from now on, whether or not that works.
    pub fn transcribed(&self) -> (Self, Transcript) {
        let transcript = Transcript::default();
        let client = Self {
            transcript: Some(transcript.clone()),
            ..self.clone()
        };
        (client, transcript)
    }

    /// The same connection with another time limit.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// The same connection in a session of its own, in which temporary tables live until it is `idle` for so long. Statements wait for each
    /// other. A session whose tables stand in for others is kept instead: what is read there is read by all of its question.
    pub fn in_session(&self, idle: Duration) -> Self {
        if self.has_stand_ins() {
            return self.clone();
        }
        let inner = self.inner.clone();
        Self {
            inner: inner
                .with_setting("session_id", session_id())
                .with_setting("session_timeout", idle.as_secs().max(1).to_string()),
            // What is written there, nobody else sees.
            memory: Memory::default(),
            session: Some(Session::default()),
            ..self.clone()
        }
    }

    /// The same session, in which temporary tables of these names stand in the place of the database's. They have the columns that statements
    /// read.
    pub fn standing_in(&self, tables: impl IntoIterator<Item = &'static str>) -> Self {
        let before = self.session.clone().unwrap_or_default();
        let standing_in = before.standing_in.iter().copied().chain(tables).collect();
        Self {
            session: Some(Session {
                standing_in: Arc::new(standing_in),
                ..before
            }),
            ..self.clone()
        }
    }

    /// Whether any table of the session does so.
    pub fn has_stand_ins(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| !session.standing_in.is_empty())
    }

    /// Whether a table of the session stands in the place of the database's `table`.
    pub fn stands_in(&self, table: &str) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| session.standing_in.contains(table))
    }

    /// How long a statement may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Runs `statement` and returns its rows. The row type's fields must be the statement's columns, by name.
    pub async fn rows<T: Row + RowOwned + RowRead>(&self, statement: &Statement) -> Result<Vec<T>> {
        self.rows_as_given(&*self.fitted(statement).await?).await
    }

    /// The same for a small statement about what seldom changes: what it answered at most `longest` ago is the answer, unless this client or a
    /// clone of it has written anything since.
    pub async fn rows_remembered<T>(&self, statement: &Statement, longest: Duration) -> Result<Vec<T>>
    where
        T: Row + RowOwned + RowRead + Clone + Send + Sync + 'static,
    {
        self.shared(statement, key_of(statement), longest).await
    }

    /// The same for a statement whose answer holds as long as what it reads is in this `state`, which the caller has just looked at.
    pub async fn rows_of_state<T>(&self, statement: &Statement, state: u64, longest: Duration) -> Result<Vec<T>>
    where
        T: Row + RowOwned + RowRead + Clone + Send + Sync + 'static,
    {
        let key = format!("{state}\n{}", key_of(statement));
        self.shared(statement, key, longest).await
    }

    async fn shared<T>(&self, statement: &Statement, key: String, longest: Duration) -> Result<Vec<T>>
    where
        T: Row + RowOwned + RowRead + Clone + Send + Sync + 'static,
    {
        let mut is_asked = false;
        let rows = self.memory.recall_or_ask(key, longest, || {
            is_asked = true;
            let (client, statement) = (self.clone(), statement.clone());
            async move { client.rows(&statement).await }
        });
        let rows = rows.await;
        if let Some(transcript) = self.transcript.as_ref().filter(|_| !is_asked) {
            transcript.add(statement);
        }
        rows
    }

    /// What was learned a moment ago; nothing once this client or a clone of it has written anything.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The same without a look at the tables that it reads.
    pub(crate) async fn rows_as_given<T: Row + RowOwned + RowRead>(&self, statement: &Statement) -> Result<Vec<T>> {
        self.asked(statement, |query| query.fetch_all()).await
    }

    /// Runs `statement` and returns its answer in `format`, as bytes.
    pub async fn bytes(&self, statement: &Statement, format: &str) -> Result<Bytes> {
        let statement = self.fitted(statement).await?;
        self.asked(&statement, |query| async { query.fetch_bytes(format)?.collect().await })
            .await
    }

    /// Asks a statement that changes nothing, once more where the process of a function ended: ClickHouse starts another.
    async fn asked<T, F>(&self, statement: &Statement, ask: impl Fn(Query) -> F) -> Result<T>
    where
        F: Future<Output = clickhouse::error::Result<T>>,
    {
        match self.limited(ask(self.query(statement, self.timeout))).await {
            Err(error) if error.code() == Some(code::UDF_EXECUTION_FAILED) => {
                tracing::warn!(statement = statement.name, %error, "a function's process failed: asking once more");
                self.limited(ask(self.query(statement, self.timeout))).await
            }
            other => other,
        }
    }

    /// Runs a statement that returns nothing, such as DDL.
    pub async fn execute(&self, statement: &Statement) -> Result<()> {
        let is_ddl = statement.options.is_none();
        let query = self.query(&*self.fitted(statement).await?, self.timeout);
        let result = self.limited(query.execute()).await;
        if is_ddl {
            self.layouts.forget();
        }
        self.memory.forget();
        result
    }

    /// The layouts of the tables that telemetry is read from, as they are or were a moment ago.
    pub async fn layouts(&self, logs: &LogTable) -> Result<Arc<Layouts>> {
        let there = self.layouts.layouts(self, logs).await?;
        let Some(session) = self.session.as_ref().filter(|session| !session.standing_in.is_empty()) else {
            return Ok(there);
        };
        Ok(Arc::new(there.with_assumed(&session.standing_in)))
    }

    /// The statement for the tables that are there. Where they cannot be looked at it is for those of the schema, and its own error says more.
    pub async fn fitted<'a>(&self, statement: &'a Statement) -> Result<Cow<'a, Statement>> {
        let Some(options) = statement.options.as_deref().filter(|_| statement.reads_telemetry()) else {
            return Ok(Cow::Borrowed(statement));
        };
        let layouts = match self.layouts(&options.logs).await {
            Ok(layouts) => layouts,
            Err(_) => Layouts::assumed(&options.logs).into(),
        };
        Ok(Cow::Owned(statement.fitted(&layouts, &self.rules)?))
    }

    /// Runs `INSERT … SELECT` so that a second run with the same `token` does nothing.
    pub async fn execute_once(&self, statement: &Statement, token: &str) -> Result<()> {
        let query = self
            .query(&*self.fitted(statement).await?, self.timeout)
            .with_setting("insert_deduplication_token", token)
            // One block, so that one token stands for the whole statement.
            .with_setting("max_block_size", "1048576")
            .with_setting("min_insert_block_size_rows", "1048576")
            .with_setting("min_insert_block_size_bytes", "0");
        self.limited(query.execute()).await
    }

    /// Sends one batch; `Ok` means that ClickHouse has acknowledged it.
    pub async fn insert(&self, insert: Insert<'_>, body: Bytes) -> Result<()> {
        let mut text = format!("INSERT INTO `{}`", insert.table);
        if !insert.columns.is_empty() {
            text.push_str(&format!(" (`{}`)", insert.columns.join("`, `")));
        }
        text.push_str(&format!(" FORMAT {}", insert.format));
        let mut sent = self
            .inner
            .insert_formatted_with(text)
            .with_setting("insert_deduplication_token", insert.token)
            .with_setting("max_partitions_per_insert_block", "0")
            .with_setting("async_insert", "0")
            .with_setting("log_comment", "kulprit ingest")
            .with_timeouts(Some(self.timeout), Some(self.timeout));
        let work = async {
            sent.send(body).await?;
            sent.end().await
        };
        let outcome = work.await.map_err(|error| classify(error, self.timeout));
        self.memory.forget();
        outcome
    }

    fn query(&self, statement: &Statement, timeout: Duration) -> Query {
        if let Some(transcript) = &self.transcript {
            transcript.add(statement);
        }
        let mut query = self
            .inner
            .query_raw(&with_secrets(statement))
            .with_setting("log_comment", statement.name)
            .with_setting("max_execution_time", timeout.as_secs().max(1).to_string());
        for (name, value) in &statement.params {
            query = match value {
                Value::Bool(value) => query.param(name, value),
                Value::Int(value) => query.param(name, value),
                Value::UInt(value) => query.param(name, value),
                Value::Float(value) => query.param(name, value),
                Value::Text(value) => query.param(name, value),
                Value::Texts(values) => query.param(name, values),
                Value::UInts(values) => query.param(name, values),
                Value::Floats(values) => query.param(name, values),
                Value::Pairs(values) => query.param(name, values),
                // It stands in the text already.
                Value::Secret(_) => query,
            };
        }
        query
    }

    /// Waits a little longer than ClickHouse itself allows, so that its own error arrives when there is one.
    async fn limited<T>(&self, work: impl Future<Output = clickhouse::error::Result<T>>) -> Result<T> {
        let _turn = match &self.session {
            Some(session) => Some(session.turn.lock().await),
            None => None,
        };
        let outcome = match tokio::time::timeout(self.timeout + Duration::from_secs(2), work).await {
            Ok(result) => result.map_err(|error| classify(error, self.timeout)),
            Err(_) => Err(Error::Timeout(self.timeout)),
        };
        if let (Some(transcript), Err(error)) = (&self.transcript, &outcome) {
            transcript.lock().1.push(error.clone());
        }
        outcome
    }
}

impl Transcript {
    fn add(&self, statement: &Statement) {
        self.lock().0.push(statement.clone());
    }

    /// What was sent so far.
    pub fn statements(&self) -> Vec<Statement> {
        self.lock().0.clone()
    }

    /// What failed so far.
    pub fn errors(&self) -> Vec<Error> {
        self.lock().1.clone()
    }

    fn lock(&self) -> MutexGuard<'_, (Vec<Statement>, Vec<Error>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unlike that of any other session, of this process or another.
fn session_id() -> String {
    static SESSIONS: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
    format!("kulprit-{}-{}-{number}", std::process::id(), since.as_nanos())
}

/// The text with its secrets written in as literals. As parameters they would stand in the URL, which servers log; what stands in the headers of
/// `url()` ClickHouse hides from its own logs.
fn with_secrets(statement: &Statement) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(statement.text.as_str());
    for (name, value) in &statement.params {
        if let Value::Secret(secret) = value {
            text = Cow::Owned(text.replace(&format!("{{{name}:String}}"), &quote_literal(&secret.0)));
        }
    }
    text
}

/// Tells errors apart by ClickHouse's code, which the client hands on as text: the only place where text is parsed.
fn classify(error: clickhouse::error::Error, timeout: Duration) -> Error {
    use clickhouse::error::Error as Raw;
    match error {
        Raw::TimedOut => Error::Timeout(timeout),
        Raw::Network(cause) => {
            let innermost = innermost(cause.as_ref());
            Error::Away(Cause::of(innermost, Raw::Network(cause)))
        }
        Raw::BadResponse(text) => {
            let cause = Cause::exception(exception_code(&text), first_line(&text));
            match cause.code {
                Some(code::TIMEOUT_EXCEEDED) => Error::Timeout(timeout),
                Some(
                    code::SOCKET_TIMEOUT
                    | code::NETWORK_ERROR
                    | code::TOO_MANY_SIMULTANEOUS_QUERIES
                    | code::KEEPER_EXCEPTION
                    | code::ALL_CONNECTION_TRIES_FAILED,
                ) => Error::Away(cause),
                // What the statement needs is not there, or may not be used.
                Some(
                    code::UNKNOWN_TABLE
                    | code::UNKNOWN_DATABASE
                    | code::UNKNOWN_FUNCTION
                    | code::AUTHENTICATION_FAILED
                    | code::ACCESS_DENIED,
                ) => Error::NoDataSource(cause),
                // Of a function of ours: the server has another version's.
                Some(code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH) if text.contains("kulprit_") => Error::NoDataSource(cause),
                // ClickHouse numbers its errors: this is a proxy's, or another program's at that address.
                None => Error::Away(cause),
                Some(_) => Error::Refused(cause),
            }
        }
        other => Error::Refused(Cause::of(other.to_string(), other)),
    }
}

/// The number in `Code: 60. DB::Exception: …`.
fn exception_code(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("Code: ")?;
    // An exception of the libraries below is `Code: 1000, e.code() = 111, Connection refused`.
    rest.split_once(['.', ','])?.0.parse().ok()
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
