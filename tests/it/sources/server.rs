//! A server that answers as one that is read in place does, from rows of a test's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use warp::Filter as _;
use warp::http::{HeaderMap, Response};

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Hit {
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: HeaderMap,
}

/// How it behaves.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// Answers after so long.
    Slow(Duration),
    /// With this status and text.
    Says(u16, &'static str),
    /// Sends whoever asks somewhere else.
    Elsewhere(String),
    /// Leaves off in the middle.
    CutOff,
}

/// Status and body of an answer.
pub type Answer = (u16, String);

/// A running server. It ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    hits: Arc<Mutex<Vec<Hit>>>,
    mood: Arc<Mutex<Mood>>,
}

impl Server {
    /// Serves on a port of the system's choice.
    pub async fn start(answer: impl Fn(&Hit) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            hits: Arc::default(),
            mood: Arc::default(),
        };
        let (own, answer) = (server.clone(), Arc::new(answer));
        let raw = warp::query::raw().or(warp::any().map(String::new)).unify();
        let route = warp::get()
            .and(warp::path::full())
            .and(raw)
            .and(warp::header::headers_cloned())
            .then(move |path: warp::path::FullPath, query: String, headers: HeaderMap| {
                let query = form_urlencoded::parse(query.as_bytes());
                let hit = Hit {
                    path: path.as_str().to_owned(),
                    query: query
                        .map(|(name, value)| (name.into_owned(), value.into_owned()))
                        .collect(),
                    headers,
                };
                let (own, answer) = (own.clone(), answer.clone());
                async move { own.answer(hit, &*answer).await }
            });
        tokio::spawn(warp::serve(route).incoming(listener).run());
        server
    }

    async fn answer(&self, hit: Hit, answer: &(dyn Fn(&Hit) -> Answer + Send + Sync)) -> Response<String> {
        self.hits.lock().unwrap().push(hit.clone());
        let mood = self.mood.lock().unwrap().clone();
        let (status, body) = match &mood {
            Mood::Says(status, text) => (*status, (*text).to_owned()),
            _ => answer(&hit),
        };
        let mut response = Response::builder().status(status);
        match mood {
            Mood::Slow(time) => tokio::time::sleep(time).await,
            Mood::Elsewhere(url) => response = response.status(302).header("location", url),
            Mood::CutOff => return response.body(body[..body.len() / 2].to_owned()).unwrap(),
            _ => {}
        }
        response.body(body).unwrap()
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// What it was asked since the last look.
    pub fn hits(&self) -> Vec<Hit> {
        std::mem::take(&mut self.hits.lock().unwrap())
    }
}

/// An address where nobody listens.
pub fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
