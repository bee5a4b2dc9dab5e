//! One shopper's request while it runs: spans open and close, services log, and time goes on.

use super::plan::{NANOS, Plan};
use super::record::{Attributes, Call, Code, Exception, Kind, LogLine, Protocol, Severity, Span, Text};
use super::rng::{Rng, Stream};
use super::shop::{Peer, Pod, Service};

/// A request and all that it leaves behind.
pub struct Request<'p> {
    pub plan: &'p Plan,
    pub rng: Rng,
    /// The entry span comes first, and every span after its parent.
    pub spans: Vec<Span>,
    pub logs: Vec<LogLine>,
    pub calls: Vec<Call>,
    trace: u128,
}

/// Where in the request the code is: an open span, and the time there.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    span: usize,
    pod: Pod,
    pub now: i64,
}

impl<'p> Request<'p> {
    /// The `index`-th request of the plan, served at the entry by `handler`, which returns the HTTP status.
    pub fn entry(
        plan: &'p Plan,
        index: u64,
        start: i64,
        route: &'static str,
        path: String,
        handler: impl FnOnce(&mut Self, &mut Here) -> u16,
    ) -> Self {
        let mut rng = Rng::new(plan.seed, Stream::Request, index);
        let trace = (u128::from(rng.bits()) << 64) | u128::from(rng.bits() | 1);
        let mut request = Self {
            plan,
            rng,
            spans: Vec::with_capacity(12),
            logs: Vec::with_capacity(6),
            calls: Vec::with_capacity(6),
            trace,
        };
        request.serve_http(None, start, Service::Frontend, route, path, handler);
        request
    }

    /// When the answer went out.
    pub fn end(&self) -> i64 {
        self.spans.first().map_or(0, |span| span.end)
    }

    /// Time that the service itself takes: log-normal about `median` milliseconds.
    pub fn work(&mut self, here: &mut Here, median: f64) {
        here.now += nanos(self.rng.lognormal(median, 0.35));
    }

    /// Calls another service over HTTP and returns the status of its answer.
    pub fn http(
        &mut self,
        here: &mut Here,
        to: Service,
        route: &'static str,
        path: String,
        handler: impl FnOnce(&mut Self, &mut Here) -> u16,
    ) -> u16 {
        let (method, _) = split(route, ' ');
        let client = self.open(Some(*here), here.pod, method, Kind::Client);
        let sent = here.now + self.network();
        let url = Text::from(format!("http://{}{path}", to.name()));
        let (status, answered) = self.serve_http(Some(client), sent, to, route, path, handler);
        here.now = answered + self.network();
        let attributes = vec![
            ("http.request.method", method.into()),
            ("url.full", url),
            ("http.response.status_code", status.to_string().into()),
            ("server.address", to.name().into()),
        ];
        let error = (status >= 400).then(|| Text::from(format!("HTTP {status}")));
        self.close(client, here.now, attributes, error);
        status
    }

    fn serve_http(
        &mut self,
        client: Option<Here>,
        start: i64,
        to: Service,
        route: &'static str,
        path: String,
        handler: impl FnOnce(&mut Self, &mut Here) -> u16,
    ) -> (u16, i64) {
        let mut here = self.serve(client, start, to, route);
        let opened = here;
        let status = handler(self, &mut here);
        let (method, template) = split(route, ' ');
        let attributes = vec![
            ("http.request.method", method.into()),
            ("http.route", template.into()),
            ("url.path", path.into()),
            ("http.response.status_code", status.to_string().into()),
        ];
        let error = (status >= 500).then(|| Text::from(format!("HTTP {status}")));
        self.close(opened, here.now, attributes, error);
        self.count(client, opened, here.now, Protocol::Http { route, status });
        (status, here.now)
    }

    /// Calls another service over gRPC and returns the status code of its answer.
    pub fn grpc(
        &mut self,
        here: &mut Here,
        to: Service,
        method: &'static str,
        handler: impl FnOnce(&mut Self, &mut Here) -> Code,
    ) -> Code {
        let (service, name) = split(method, '/');
        let client = self.open(Some(*here), here.pod, method, Kind::Client);
        let start = here.now + self.network();
        let mut there = self.serve(Some(client), start, to, method);
        let opened = there;
        let code = handler(self, &mut there);
        let attributes = |peer: Option<Service>| -> Attributes {
            let mut all = vec![
                ("rpc.system", "grpc".into()),
                ("rpc.service", service.into()),
                ("rpc.method", name.into()),
                ("rpc.grpc.status_code", (code as u8).to_string().into()),
            ];
            all.extend(peer.map(|peer| ("server.address", peer.name().into())));
            all
        };
        let protocol = Protocol::Grpc { method, code };
        let message = || Text::from(format!("{code:?}"));
        self.close(opened, there.now, attributes(None), protocol.is_failure().then(message));
        self.count(Some(client), opened, there.now, protocol);
        here.now = there.now + self.network();
        self.close(client, here.now, attributes(Some(to)), (code != Code::Ok).then(message));
        code
    }

    /// Runs `statement` on a database or cache; `median` in milliseconds. `name` is the low-cardinality form.
    pub fn query(
        &mut self,
        here: &mut Here,
        peer: &'static Peer,
        name: &'static str,
        statement: &'static str,
        median: f64,
    ) {
        let span = self.open(Some(*here), here.pod, name, Kind::Client);
        self.work(here, median);
        let (operation, _) = split(name, ' ');
        let attributes = vec![
            ("db.system.name", peer.system.unwrap_or_default().into()),
            ("db.namespace", peer.namespace.into()),
            ("db.operation.name", operation.into()),
            ("db.query.text", statement.into()),
            ("server.address", peer.address.into()),
        ];
        self.close(span, here.now, attributes, None);
    }

    /// Calls an API outside of the shop, which answers `status` after about `median` milliseconds.
    pub fn outside(&mut self, here: &mut Here, peer: &'static Peer, path: &str, status: u16, median: f64) {
        let span = self.open(Some(*here), here.pod, "POST", Kind::Client);
        self.work(here, median);
        let attributes = vec![
            ("http.request.method", "POST".into()),
            ("url.full", format!("https://{}{path}", peer.address).into()),
            ("http.response.status_code", status.to_string().into()),
            ("server.address", peer.address.into()),
        ];
        let error = (status >= 400).then(|| Text::from(format!("HTTP {status}")));
        self.close(span, here.now, attributes, error);
    }

    /// A step inside a service, as a span of its own. An error that `step` returns becomes the span's exception.
    pub fn internal<T>(
        &mut self,
        here: &mut Here,
        name: &'static str,
        step: impl FnOnce(&mut Self, &mut Here) -> Result<T, Exception>,
    ) -> Result<T, Exception> {
        let mut inside = self.open(Some(*here), here.pod, name, Kind::Internal);
        let opened = inside;
        let outcome = step(self, &mut inside);
        here.now = inside.now;
        let error = outcome.as_ref().err().cloned();
        let message = error.as_ref().map(|error| Text::from(error.message.clone()));
        self.close(opened, here.now, vec![], message);
        if let Some(span) = self.spans.get_mut(opened.span) {
            span.exception = error;
        }
        outcome
    }

    pub fn info(&mut self, here: &Here, body: String) {
        self.log(here, Severity::Info, body);
    }

    pub fn warn(&mut self, here: &Here, body: String) {
        self.log(here, Severity::Warn, body);
    }

    pub fn error(&mut self, here: &Here, body: String) {
        self.log(here, Severity::Error, body);
    }

    fn log(&mut self, here: &Here, severity: Severity, body: String) {
        let span = self.spans.get(here.span).map_or(0, |span| span.id);
        self.logs.push(LogLine {
            time: here.now,
            trace: self.trace,
            span,
            pod: here.pod,
            severity,
            body,
        });
    }

    /// Milliseconds since the span at `here` began.
    pub fn elapsed(&self, here: &Here) -> f64 {
        let start = self.spans.get(here.span).map_or(here.now, |span| span.start);
        (here.now - start) as f64 / 1e6
    }

    fn serve(&mut self, client: Option<Here>, start: i64, to: Service, name: &'static str) -> Here {
        let number = self.rng.between(0, to.pods().into()) as u8;
        let pod = Pod { service: to, number };
        let parent = client.map(|client| Here { now: start, ..client });
        let here = self.open(parent, pod, name, Kind::Server);
        self.at(here, start)
    }

    /// The entry span has no parent to take its start from.
    fn at(&mut self, here: Here, start: i64) -> Here {
        if let Some(span) = self.spans.get_mut(here.span) {
            span.start = start;
        }
        Here { now: start, ..here }
    }

    fn open(&mut self, parent: Option<Here>, pod: Pod, name: &'static str, kind: Kind) -> Here {
        let start = parent.map_or(0, |parent| parent.now);
        let parent = parent.and_then(|parent| self.spans.get(parent.span));
        let parent = parent.map_or(0, |span| span.id);
        self.spans.push(Span {
            trace: self.trace,
            id: self.rng.bits() | 1,
            parent,
            pod,
            name,
            kind,
            start,
            end: start,
            error: None,
            attributes: vec![],
            exception: None,
        });
        Here {
            span: self.spans.len() - 1,
            pod,
            now: start,
        }
    }

    fn close(&mut self, here: Here, end: i64, attributes: Attributes, error: Option<Text>) {
        if let Some(span) = self.spans.get_mut(here.span) {
            span.end = end;
            span.attributes = attributes;
            span.error = error;
        }
    }

    fn count(&mut self, client: Option<Here>, served: Here, end: i64, protocol: Protocol) {
        self.calls.push(Call {
            caller: client.map(|client| client.pod.service),
            callee: served.pod,
            protocol,
            start: served.now,
            end,
        });
    }

    fn network(&mut self) -> i64 {
        nanos(self.rng.lognormal(0.3, 0.3))
    }
}

/// Nanoseconds of milliseconds.
fn nanos(milliseconds: f64) -> i64 {
    (milliseconds * (NANOS / 1_000) as f64) as i64
}

/// The two halves of a route or method name.
fn split(name: &'static str, at: char) -> (&'static str, &'static str) {
    name.split_once(at).unwrap_or((name, ""))
}
