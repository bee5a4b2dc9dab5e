//! The API without a socket.

use kulprit::config::Config;
use kulprit::http::{App, routes};
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::Database;

/// What `warp::test::request()` asks.
pub type Api = BoxedFilter<(Response,)>;

impl Database {
    /// The API over this database.
    pub fn api(&self) -> Api {
        self.api_with(self.config.clone())
    }

    /// The same where everybody may change things, without credentials.
    pub fn open_api(&self) -> Api {
        let mut config = self.config.clone();
        config.auth = Config::parse("auth = \"none\"").unwrap().auth;
        self.api_with(config)
    }

    /// The same with another configuration.
    pub fn api_with(&self, config: Config) -> Api {
        routes(App::new(self.client.clone(), config).unwrap())
    }
}
