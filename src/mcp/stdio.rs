//! One assistant, which started this program and speaks on its standard input and output.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rmcp::ServiceExt as _;
use rmcp::transport::io::stdio_pipes;
use tokio::sync::watch;

use super::Backend;
use super::handler::Handler;
use crate::auth::{Identity, Orgs, Role};
use crate::http::server::stopped;

/// Serves until the input ends or `stop` turns true. Whoever starts the program may read everything that it can, and of incidents those of `org`.
pub async fn serve(backend: Arc<Backend>, org: String, stop: watch::Receiver<bool>) -> Result<()> {
    let somebody = Identity {
        who: "command line".to_owned(),
        role: Role::Viewer,
        orgs: Orgs::All { home: Some(org) },
        via: "cli",
    };
    let handler = Handler::new(backend.clone(), Some(somebody));
    // The engine may take a moment to start, or longer to be fetched: that begins before the first question, and hinders nobody.
    let early = backend.clone();
    tokio::spawn(async move {
        if let Err(error) = early.app().await {
            tracing::error!(error = format!("{error:#}"), "there is nothing to ask yet");
        }
    });
    let serving = async {
        let service = match handler.serve(stdio_pipes()).await {
            Ok(service) => service,
            // An input that ends before anything was said is no failure.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(error).context("speak with the assistant"),
        };
        service.waiting().await.context("speak with the assistant")?;
        Ok(())
    };
    tokio::select! {
        served = serving => served,
        () = stopped(stop) => Ok(()),
    }
}
