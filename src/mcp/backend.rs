//! Whom the tools ask: the routes over a ClickHouse that is connected to with the first question, and joined again where it was the embedded
//! engine and has ended.

use std::sync::Arc;

use anyhow::Result;
use futures_util::future::BoxFuture;
use kulprit_clickhouse::Client;
use tokio::sync::Mutex;

use crate::http::App;

/// A ClickHouse that is there, for as long as this lives.
pub trait Connected: Send {
    /// Another client where the one before leads nowhere any more. Errors: there is none to be had.
    fn renewed(&mut self) -> BoxFuture<'_, Result<Option<Client>>>;

    /// Ends what was started for it.
    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
}

/// Routes, and the ClickHouse that they ask.
pub struct Opened {
    pub app: Arc<App>,
    pub connected: Box<dyn Connected>,
}

/// Connects; asked again after an error.
pub type Opener = Box<dyn Fn() -> BoxFuture<'static, Result<Opened>> + Send + Sync>;

/// The routes, and what they ask.
pub struct Backend {
    open: Opener,
    opened: Mutex<Option<Opened>>,
}

impl Backend {
    pub fn new(open: Opener) -> Self {
        Self {
            open,
            opened: Mutex::default(),
        }
    }

    /// The routes. Errors: what they ask cannot be had now; it is tried again with the next question.
    pub async fn app(&self) -> Result<Arc<App>> {
        let mut place = self.opened.lock().await;
        if let Some(Opened { app, connected }) = place.as_mut() {
            if let Some(client) = connected.renewed().await? {
                app.connect(client);
            }
            return Ok(app.clone());
        }
        let opened = (self.open)().await?;
        Ok(place.insert(opened).app.clone())
    }

    /// Ends what was started for it; nothing is asked any more.
    pub async fn close(&self) -> Result<()> {
        match self.opened.lock().await.take() {
            Some(Opened { app, connected }) => {
                // Its connections would keep the engine waiting.
                drop(app);
                connected.close().await
            }
            None => Ok(()),
        }
    }
}
