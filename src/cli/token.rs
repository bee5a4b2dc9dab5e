//! `kulprit token`: API tokens for the HTTP API.

use anyhow::{Result, bail};
use clap::Subcommand;
use jiff::Timestamp;

use super::connection::ConnectionArgs;
use super::{notice, print};
use crate::auth::{NewToken, Role, TokenKey, create_token};
use crate::cli::table::aligned;
use kulprit_incidents::{Incidents, TokenRow};
use kulprit_request::time;

/// API tokens: make one, list them, take one back
///
/// The server takes them when the configuration has an [auth] section; they are sent as `Authorization: Bearer <token>`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it, once
    Create {
        /// The org whose data it opens
        #[arg(long)]
        org: String,
        /// viewer reads, editor writes, admin deletes too
        #[arg(long, value_enum)]
        role: Role,
        /// What it is for, or whose it is; the history of incidents names it
        #[arg(long)]
        name: String,
        /// When it expires, such as now+90d (default: never)
        #[arg(long, value_name = "T")]
        expires: Option<String>,
    },
    /// List all tokens, without their secrets
    List,
    /// Make a token worthless from now on
    Revoke {
        /// As `list` prints it
        id: String,
    },
}

pub async fn run(command: TokenCommand, connection: &ConnectionArgs) -> Result<()> {
    let config = connection.config()?;
    let path = config.incidents_path()?;
    let incidents = Incidents::open(&path)?;
    match command {
        TokenCommand::Create {
            org,
            role,
            name,
            expires,
        } => {
            let new = new_token(org, role, name, expires.as_deref())?;
            let key = TokenKey::read_or_make(&TokenKey::path(config.auth.token_key_file.as_deref(), &path))?;
            let (token, row) = create_token(&incidents, &key, new).await?;
            notice(format_args!(
                "token {} for org {} as {}; it is shown this once:",
                row.id, row.org, row.role
            ));
            print(&format!("{token}\n"))
        }
        TokenCommand::List => print(&table(&incidents.tokens().await?)),
        TokenCommand::Revoke { id } => {
            incidents.revoke_token(&id).await?;
            notice(format_args!("token {id} is revoked"));
            Ok(())
        }
    }
}

fn new_token(org: String, role: Role, name: String, expires: Option<&str>) -> Result<NewToken> {
    for (flag, value) in [("--org", &org), ("--name", &name)] {
        if value.trim().is_empty() || value.chars().any(char::is_control) {
            bail!("{flag} is empty or holds control characters: give one line of text");
        }
    }
    let now = Timestamp::now();
    let expires_at = expires.map(|text| time::parse("--expires", text, now)).transpose()?;
    if expires_at.is_some_and(|at| at <= now) {
        bail!("--expires lies in the past: give a time such as now+90d");
    }
    Ok(NewToken {
        org,
        role,
        name,
        expires_at,
    })
}

fn table(tokens: &[TokenRow]) -> String {
    let header = ["id", "org", "role", "name", "created", "expires", "last used", "state"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let clock =
        |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let now = Timestamp::now();
    rows.extend(tokens.iter().map(|token| {
        let state = match token {
            TokenRow {
                revoked_at: Some(_), ..
            } => "revoked",
            TokenRow {
                expires_at: Some(expires_at),
                ..
            } if *expires_at <= now => "expired",
            _ => "valid",
        };
        vec![
            token.id.clone(),
            token.org.clone(),
            token.role.clone(),
            token.name.clone(),
            clock(Some(token.created_at)),
            clock(token.expires_at),
            clock(token.last_used_at),
            state.to_owned(),
        ]
    }));
    aligned(&rows, &[])
}
