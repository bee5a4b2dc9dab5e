//! What `kulprit ingest` keeps in ClickHouse: batches of rows, and how far each file is stored.

use std::time::Duration;

use clickhouse::Row;
use kulprit_clickhouse::{BatchPlace, Client, Insert, Options, Statement, code};
use kulprit_ingest::{Batch, FileRecord, Known, Position, Print, Sending, Sink, SinkError, Table};
use serde::{Deserialize, Serialize};

use crate::cli::connection::Connection;
use crate::cli::notice;
use crate::{Error, Result};

/// The session of a batch that was sent before ends when it was idle for so long.
const IDLE: Duration = Duration::from_secs(60);

/// Sends batches to ClickHouse.
#[derive(Clone)]
pub struct ClientSink {
    client: Client,
    table: Table,
}

impl ClientSink {
    pub fn new(client: Client, table: Table) -> Self {
        Self { client, table }
    }

    /// The files that were stored in the table before.
    ///
    /// # Errors
    /// The positions cannot be read: there is no table of them, or the user may not.
    pub async fn known(&self) -> Result<Known> {
        let params = [("target", self.table.name().into())];
        let statement = Statement::query("ingest/known_files", &Options::default(), params)?;
        let rows: Vec<KnownFile> = self.client.rows(&statement).await?;
        let is_emptied = |row: &KnownFile| row.is_empty == 1;
        if rows.iter().any(is_emptied) {
            // Of what is gone nothing is stored. A first batch that was on its way may still arrive.
            let arriving = rows.into_iter().filter_map(KnownFile::record);
            return Ok(Known::anew(
                arriving.filter(|record| record.stored == Position::default()).collect(),
            ));
        }
        Ok(Known::new(rows.into_iter().filter_map(KnownFile::record).collect()))
    }

    /// Stores of a batch what is not there, though it was acknowledged.
    async fn store_missing(&self, batch: Batch) -> Result<()> {
        let params = [("target", batch.table.name().into())];
        let asked = Statement::query("ingest/partition_key", &Options::default(), params)?;
        let key: Option<String> = self.client.rows(&asked).await?.into_iter().next();
        let options = Options {
            batch: BatchPlace {
                table: batch.table.name().to_owned(),
                columns: batch.columns.clone(),
                time: batch.table.time_column().to_owned(),
                partition_key: key.unwrap_or_default(),
            },
            ..Options::default()
        };
        let statement = |name| Statement::query::<String>(name, &options, []);
        let session = self.client.in_session(IDLE);
        session.execute(&statement("ingest/create_batch")?).await?;
        let insert = Insert {
            table: "kulprit_batch",
            columns: &batch.columns,
            format: batch.format,
            token: &batch.token,
        };
        session.insert(insert, batch.body).await?;
        session.execute(&statement("ingest/store_missing")?).await
    }
}

#[derive(Debug, Row, Deserialize)]
struct KnownFile {
    id: String,
    path: String,
    device: u64,
    inode: u64,
    head: String,
    stored: String,
    sending: String,
    is_empty: u8,
}

impl KnownFile {
    /// None if it was written by another version in a form that this one does not know.
    fn record(self) -> Option<FileRecord> {
        let sending = match self.sending.as_str() {
            "" => None,
            text => Some(serde_json::from_str::<Sending>(text).ok()?),
        };
        Some(FileRecord {
            id: self.id,
            path: self.path,
            device: self.device,
            inode: self.inode,
            head: serde_json::from_str::<Print>(&self.head).ok()?,
            stored: serde_json::from_str::<Position>(&self.stored).ok()?,
            sending,
        })
    }
}

fn kept(record: &FileRecord, table: Table) -> Result<Statement> {
    fn json(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap_or_default()
    }
    let params = [
        ("target", table.name().into()),
        ("id", record.id.as_str().into()),
        ("path", record.path.as_str().into()),
        ("device", record.device.into()),
        ("inode", record.inode.into()),
        ("head", json(&record.head).into()),
        ("stored", json(&record.stored).into()),
        ("sending", record.sending.as_ref().map(json).unwrap_or_default().into()),
    ];
    Statement::query("ingest/keep_position", &Options::default(), params)
}

impl Sink for ClientSink {
    async fn insert(&mut self, batch: Batch) -> std::result::Result<(), SinkError> {
        let insert = Insert {
            table: batch.table.name(),
            columns: &batch.columns,
            format: batch.format,
            token: &batch.token,
        };
        self.client.insert(insert, batch.body.clone()).await.map_err(judge)?;
        if !batch.is_repeated {
            return Ok(());
        }
        let rows = batch.rows;
        match self.store_missing(batch).await {
            Err(Error::NoDataSource(cause)) if cause.code == Some(code::ACCESS_DENIED) => {
                notice(format_args!(
                    "a batch of {rows} rows was sent twice, and whether ClickHouse has them cannot be checked: {cause}; \
                     GRANT CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE ON *.* makes it possible"
                ));
                Ok(())
            }
            other => other.map_err(judge),
        }
    }

    async fn keep(&mut self, record: &FileRecord) -> std::result::Result<(), SinkError> {
        let statement = kept(record, self.table).map_err(judge)?;
        self.client.execute(&statement).await.map_err(judge)
    }
}

/// The same over a connection whose embedded engine may end with the process that hosts it: then this one takes over.
pub struct ConnectionSink<'c> {
    connection: &'c mut Connection,
    table: Table,
}

impl<'c> ConnectionSink<'c> {
    pub fn new(connection: &'c mut Connection, table: Table) -> Self {
        Self { connection, table }
    }

    fn client(&self) -> ClientSink {
        ClientSink::new(self.connection.client.clone(), self.table)
    }

    async fn mended(&mut self, outcome: std::result::Result<(), SinkError>) -> std::result::Result<(), SinkError> {
        if let Err(SinkError::Away { .. }) = &outcome
            && let Err(error) = self.connection.rejoin().await
        {
            return Err(SinkError::Away {
                message: format!("{error:#}"),
            });
        }
        outcome
    }
}

impl Sink for ConnectionSink<'_> {
    async fn insert(&mut self, batch: Batch) -> std::result::Result<(), SinkError> {
        let outcome = self.client().insert(batch).await;
        self.mended(outcome).await
    }

    async fn keep(&mut self, record: &FileRecord) -> std::result::Result<(), SinkError> {
        let outcome = self.client().keep(record).await;
        self.mended(outcome).await
    }
}

/// Whether waiting helps, other rows may go in, or nothing will.
fn judge(error: Error) -> SinkError {
    let message = error.to_string();
    match error {
        Error::Away(_) | Error::Timeout(_) => SinkError::Away { message },
        // It was right when the run began: the embedded engine has been started again, with passwords of its own.
        Error::NoDataSource(cause) if cause.code == Some(code::AUTHENTICATION_FAILED) => SinkError::Away { message },
        Error::Refused(cause) => match cause.code {
            // It may pass.
            Some(
                code::TOO_MANY_SIMULTANEOUS_QUERIES
                | code::MEMORY_LIMIT_EXCEEDED
                | code::TOO_MANY_PARTS
                | code::TABLE_IS_READ_ONLY,
            ) => SinkError::Away { message },
            // Not a row's fault.
            Some(
                code::NO_SUCH_COLUMN_IN_TABLE
                | code::UNKNOWN_IDENTIFIER
                | code::SYNTAX_ERROR
                | code::READONLY
                | code::NOT_ENOUGH_SPACE,
            ) => SinkError::Denied { message },
            _ => SinkError::Refused { message },
        },
        _ => SinkError::Denied { message },
    }
}

#[cfg(test)]
mod tests {
    use kulprit_request::Cause;

    use super::*;

    #[test]
    fn a_server_out_of_memory_is_waited_for_and_a_missing_column_is_not() {
        let refused = |code| judge(Error::Refused(Cause::exception(Some(code), "refused")));
        assert!(matches!(refused(code::MEMORY_LIMIT_EXCEEDED), SinkError::Away { .. }));
        assert!(matches!(
            refused(code::NO_SUCH_COLUMN_IN_TABLE),
            SinkError::Denied { .. }
        ));
        assert!(matches!(refused(27), SinkError::Refused { .. }));
        assert!(matches!(judge(Error::Away("reset".into())), SinkError::Away { .. }));
        assert!(matches!(
            judge(Error::no_data_source("no table")),
            SinkError::Denied { .. }
        ));
        let cause = Cause::exception(Some(code::AUTHENTICATION_FAILED), "wrong password");
        assert!(matches!(judge(Error::NoDataSource(cause)), SinkError::Away { .. }));
    }
}
