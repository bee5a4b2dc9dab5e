//! The rows of API tokens. The product's `auth` knows what a token means and how it is checked.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::model::instant;
use super::{Incidents, sql};
use crate::failure::Stored;
use crate::{Error, Result};

/// A token as it is stored: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub id: String,
    pub org: String,
    pub role: String,
    pub name: String,
    pub hash: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

impl TokenRow {
    fn from_row(row: &Row<'_>) -> Stored<Self> {
        let maybe = |name: &str| row.get::<_, Option<i64>>(name)?.map(instant).transpose();
        Ok(Self {
            id: row.get("id")?,
            org: row.get("org")?,
            role: row.get("role")?,
            name: row.get("name")?,
            hash: row.get("hash")?,
            created_at: instant(row.get("created_at")?)?,
            expires_at: maybe("expires_at")?,
            revoked_at: maybe("revoked_at")?,
            last_used_at: maybe("last_used_at")?,
        })
    }
}

impl Incidents {
    pub async fn add_token(&self, token: TokenRow) -> Result<()> {
        self.store
            .write(move |connection| {
                connection
                    .prepare_cached(&sql::text("insert_token")?)?
                    .execute(named_params! {
                        ":id": token.id,
                        ":org": token.org,
                        ":role": token.role,
                        ":name": token.name,
                        ":hash": token.hash,
                        ":created_at": token.created_at.as_millisecond(),
                        ":expires_at": token.expires_at.map(Timestamp::as_millisecond),
                    })?;
                Ok(())
            })
            .await
    }

    pub async fn token(&self, id: &str) -> Result<Option<TokenRow>> {
        let id = id.to_owned();
        self.store
            .read(move |connection| {
                connection
                    .prepare_cached(&sql::text("token")?)?
                    .query_row(named_params! {":id": id}, |row| Ok(TokenRow::from_row(row)))
                    .optional()?
                    .transpose()
            })
            .await
    }

    /// All tokens, newest first.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>> {
        self.store.read(all).await
    }

    /// Revokes a token.
    pub async fn revoke_token(&self, id: &str) -> Result<()> {
        self.touch_token("revoke_token", id).await
    }

    /// Sets the time of the token's last use to now.
    pub async fn note_token_use(&self, id: &str) -> Result<()> {
        self.touch_token("note_token_use", id).await
    }

    async fn touch_token(&self, statement: &'static str, id: &str) -> Result<()> {
        let id = id.to_owned();
        let at = Timestamp::now().as_millisecond();
        self.store
            .write(move |connection| {
                let touched = connection
                    .prepare_cached(&sql::text(statement)?)?
                    .execute(named_params! {":id": id, ":at": at})?;
                if touched == 0 {
                    return Err(Error::NotFound(format!("there is no token {id:?}")).into());
                }
                Ok(())
            })
            .await
    }
}

fn all(connection: &Connection) -> Stored<Vec<TokenRow>> {
    let mut statement = connection.prepare_cached(&sql::text("tokens")?)?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(TokenRow::from_row(row)?);
    }
    Ok(tokens)
}
