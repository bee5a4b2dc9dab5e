//! Asks the routes of the API: a query is the same question, within the same bounds, as its page's.

use std::sync::Arc;

use form_urlencoded::Serializer;
use hyper::http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Refusal;
use crate::auth::{Identity, Orgs};
use crate::grafana::resource;
use crate::http::{App, answering, body};

/// Who asks whom.
pub struct Asker {
    pub app: Arc<App>,
    pub identity: Identity,
}

/// The part of an error's body that a panel shows.
#[derive(Deserialize)]
struct Said {
    message: String,
}

impl Asker {
    /// The org whose data are asked for.
    pub fn org(&self) -> String {
        match &self.identity.orgs {
            Orgs::Only(org) => org.clone(),
            Orgs::All { home } => home.clone().unwrap_or_default(),
        }
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, String)]) -> Result<T, Refusal> {
        let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.ask(Method::GET, path, query, Value::Null).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T, Refusal> {
        self.ask(Method::POST, path, String::new(), body).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: String,
        body: Value,
    ) -> Result<T, Refusal> {
        let request = answering::Request {
            method,
            path: path.to_owned(),
            query,
            headers: HeaderMap::new(),
            address: None,
            identity: Some(self.identity.clone()),
            with_sql: false,
        };
        let body = body::whole(body.to_string().into());
        let reply = answering::answer(self.app.clone(), request, body).await;
        let (head, body) = resource::whole(reply).await;
        if head.status == StatusCode::OK {
            return serde_json::from_slice(&body).map_err(|error| Refusal {
                status: 500,
                message: format!("the answer of {path} cannot be read: {error}"),
            });
        }
        let said = serde_json::from_slice::<Said>(&body);
        Err(Refusal {
            status: head.status.as_u16(),
            message: said.map_or_else(|_| head.status.to_string(), |said| said.message),
        })
    }
}
