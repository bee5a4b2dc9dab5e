//! A route as data: what it is called with, who may call it, what it takes and what it answers. The router, the metrics' labels, the
//! refusal of unknown parameters and the OpenAPI document are all read from it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use kulprit_request::{Asked, Known};
use serde::Serialize;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::reply::Response;

use super::App;
use crate::auth::{Identity, Orgs};
use crate::incidents::AskedStatement;
use crate::questions::Analyzer;
use crate::report::POLICY;
use crate::{Error, Result, scope};

/// The largest body of a question.
pub const BODY_LIMIT: u64 = 1 << 20;

/// One method of one path.
pub struct Route {
    pub method: Method,
    /// Such as `/api/v1/services/{name}`; `{*name}` takes the rest of a path. It is also the label in metrics and logs.
    pub path: &'static str,
    /// A name for programs that are made from the OpenAPI document.
    pub operation: &'static str,
    pub summary: &'static str,
    pub access: Access,
    /// What may stand in the query string; anything else is refused by name.
    pub parameters: &'static [Known],
    pub body: Body,
    pub answer: Answer,
    /// What it may answer besides what follows from the rest.
    pub errors: &'static [u16],
    pub handler: Handler,
}

/// Who may call a route, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without credentials.
    Open,
    /// Whoever has credentials, where they are asked for.
    Read,
    /// Likewise; and a body says that it is JSON, which a page of another origin cannot say without asking first.
    Write,
}

/// Answers a call. The future is boxed, so that no caller compiles it again.
pub type Handler = fn(Call) -> BoxFuture<'static, Result<Reply>>;

/// What the body of a request is.
#[derive(Clone, Copy)]
pub enum Body {
    /// Not looked at.
    None,
    /// A JSON object with these fields; anything else is refused by name.
    Fields(&'static [Known]),
    /// Bytes that the endpoint reads itself as such an object, up to so many.
    Bytes(u64, &'static [Known]),
    /// Likewise, of a form that another program decides on: what it holds besides is not looked at.
    Foreign(u64, Form),
}

/// What a route answers when all is well.
#[derive(Clone, Copy)]
pub enum Answer {
    /// 200, and JSON of this form.
    Json(Form),
    /// 201 likewise.
    Created(Form),
    /// 200 and text of this kind.
    Text(&'static str),
    /// 200 and a page for people; what goes wrong is told on a page as well.
    Page,
    /// 204.
    Nothing,
}

/// The form of an answer, as a type describes it.
pub type Form = fn(&mut schemars::SchemaGenerator) -> schemars::Schema;

/// Any JSON object.
pub fn any_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object" })
}

/// A request that was let in.
#[derive(Clone)]
pub struct Call {
    pub(super) app: Arc<App>,
    pub path: &'static str,
    pub identity: Identity,
    /// What stands in the places of the path, decoded.
    pub places: Vec<(String, String)>,
    /// The fields of the body; without a body, the values of the query string.
    pub asked: Asked,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now: Timestamp,
    /// Whether the caller wants the statements behind the answer, too.
    pub with_sql: bool,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub kind: &'static str,
    pub body: Bytes,
    pub headers: Vec<(HeaderName, String)>,
    /// The statements behind it, for a caller in this process who wants them.
    pub sql: Sql,
}

/// Statements as they were sent. A response has them among its extensions.
#[derive(Debug, Clone, Default)]
pub struct Sql(pub Arc<[AskedStatement]>);

/// How much of ClickHouse a question takes: heavy ones do not keep the others waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// One statement over little, such as a hover's.
    Light,
    /// Some statements over a window's spans or lines, such as a page of services.
    Middle,
    /// Many statements over much data, such as a root cause.
    Heavy,
}

impl Call {
    /// The same caller's call of another route, whose parameters or fields `asked` holds.
    pub fn with(&self, route: &Route, asked: Asked) -> Self {
        Self {
            path: route.path,
            asked,
            ..self.clone()
        }
    }

    /// The same call by somebody who may read the data of `org` alone, if one is named; that this caller may is checked already.
    pub fn for_org(&self, org: Option<&str>) -> Self {
        let mut call = self.clone();
        if let Some(org) = org {
            call.identity.orgs = Orgs::Only(org.to_owned());
        }
        call
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    /// What stands at `{name}` in the path.
    pub fn place(&self, name: &str) -> Result<&str> {
        let found = self.places.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Error::internal(format_args!("{} has no place {name}", self.path)))
    }

    /// A header as text; what is not ASCII in it is no value of ours.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    /// Asks ClickHouse: within the limits on number and time, and once for all who ask the same at the same time. `question` is what is
    /// asked, in a form in which equal questions are equal.
    pub async fn ask<W, F>(&self, cost: Cost, question: &impl std::fmt::Debug, work: W) -> Result<Reply>
    where
        W: FnOnce(Arc<Analyzer>) -> F + Send + 'static,
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        let key = format!("{} {:?} {} {question:?}", self.path, self.identity.orgs, self.with_sql);
        if !self.with_sql {
            return self.app.ask(cost, Some(key), work).await;
        }
        let transcribed = async |analyzer: Arc<Analyzer>| {
            let (analyzer, transcript) = analyzer.transcribed();
            let reply = work(Arc::new(analyzer)).await?;
            let statements = transcript.statements().into_iter().map(AskedStatement::from);
            Ok(Reply {
                sql: Sql(statements.collect()),
                ..reply
            })
        };
        self.app.ask(cost, Some(key), transcribed).await
    }

    /// Like [`Self::ask`], for what changes something: each call does it.
    pub async fn change<W, F>(&self, cost: Cost, work: W) -> Result<Reply>
    where
        W: FnOnce(Arc<Analyzer>) -> F + Send + 'static,
        F: Future<Output = Result<Reply>> + Send + 'static,
    {
        self.app.ask(cost, None, work).await
    }

    /// Whose data the call may read: the org that it names, else that of its credentials; none is everybody's.
    pub fn org(&self) -> Result<Option<String>> {
        match (self.asked.optional_text("org")?, &self.identity.orgs) {
            (Some(org), _) => {
                self.identity.check_org(&org)?;
                Ok(Some(org))
            }
            (None, Orgs::Only(org)) => Ok(Some(org.clone())),
            (None, Orgs::All { .. }) => Ok(None),
        }
    }
}

/// The services that `named` comes down to for `org`; none means all. Errors: a service that is not the org's.
pub async fn services_of(analyzer: &Analyzer, org: Option<&str>, named: Vec<String>) -> Result<Vec<String>> {
    match org {
        Some(org) => scope::services(analyzer.client(), &analyzer.config().orgs, org, named).await,
        None => Ok(named),
    }
}

impl Reply {
    /// 200 with `value` as JSON. Errors: it holds what JSON cannot, which is a mistake of ours and must not look like an answer.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        Self::json_with(200, value)
    }

    /// `status` with `value` as JSON.
    pub fn json_with(status: u16, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value)
            .map_err(|error| Error::internal(format_args!("the answer cannot be written as JSON: {error}")))?;
        Ok(Self::of(status, "application/json", body))
    }

    /// A body of any kind.
    pub fn of(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            kind,
            body: body.into(),
            headers: vec![],
            sql: Sql::default(),
        }
    }

    /// A page for people, which a browser shows in its own style and lets do nothing.
    pub fn page(status: u16, page: String) -> Self {
        Self::of(status, "text/html; charset=utf-8", page)
            .with(CONTENT_SECURITY_POLICY, POLICY.as_str())
            .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
            .with(REFERRER_POLICY, "no-referrer")
            .with(CACHE_CONTROL, "no-store")
    }

    /// 204.
    pub fn no_content() -> Self {
        Self::of(204, "", Bytes::new())
    }

    /// The same with a header more.
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with the ETag of a version.
    pub fn tagged(self, tag: String) -> Self {
        self.with(ETAG, tag)
    }

    pub fn response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.extensions_mut().insert(self.sql);
        let headers = response.headers_mut();
        if !self.kind.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
