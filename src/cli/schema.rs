//! `kulprit schema`: prints or applies the DDL, or takes away what it made.

use anyhow::Result;
use clap::Subcommand;

use super::connection::ConnectionArgs;
use super::print;
use kulprit_clickhouse::schema;
use kulprit_clickhouse::{Client, Endpoint};

use crate::setup;

/// Print, create or drop the tables that Kulprit needs
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Print the DDL, for a DBA to read and run
    Print {
        /// Create the tables on every node of this cluster, with replicated engines
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
    },
    /// Create what is absent; tables that are there with other columns are reported, never altered
    Apply {
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
    },
    /// Take away all that is Kulprit's: kulprit_*, with the rollups and the catalog, and the mappings. Your telemetry stays
    Drop {
        /// On every node of this cluster
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
    },
}

pub async fn run(command: SchemaCommand, args: &ConnectionArgs) -> Result<()> {
    match command {
        SchemaCommand::Print { cluster } => {
            let mut config = args.config()?;
            config.clickhouse.cluster = cluster.or(config.clickhouse.cluster);
            let endpoint = Endpoint {
                url: String::new(),
                user: config.clickhouse.user.clone(),
                password: String::new(),
                database: config.clickhouse.database.clone(),
            };
            let client = Client::new(endpoint, std::time::Duration::from_secs(1)).with_rules(config.rules());
            let texts: Vec<String> = schema::declared(config.schema(), &client)?
                .into_iter()
                .map(|statement| statement.text)
                .collect();
            print(&format!("{};\n", texts.join(";\n\n")))
        }
        SchemaCommand::Apply { cluster } => {
            let mut connection = args.open().await?;
            connection.config.clickhouse.cluster = cluster.or(connection.config.clickhouse.cluster.take());
            let applied = setup::apply(&connection.config, &connection.client).await;
            connection.close().await?;
            for difference in applied? {
                print(&format!(
                    "{} is there with other columns: {}\n",
                    difference.table,
                    difference.columns.join("; ")
                ))?;
            }
            print("the schema is in place\n")
        }
        SchemaCommand::Drop { cluster } => {
            let mut connection = args.open().await?;
            connection.config.clickhouse.cluster = cluster.or(connection.config.clickhouse.cluster.take());
            let dropped = setup::drop_all(&connection.config, &connection.client).await;
            connection.close().await?;
            for name in dropped? {
                print(&format!("dropped {name}\n"))?;
            }
            print("nothing of Kulprit's is left\n")
        }
    }
}
