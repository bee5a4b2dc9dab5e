//! One request on its way through the system, and the spans and lines that it leaves behind.

use kulprit::demo::rng::{Rng, Stream};
use serde_json::{Value, json};

use super::fault::{Fault, Kind, NANOS, instant};
use super::system::{Operation, SERVICES, Step};

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Well,
    /// With an answer that has nothing in it.
    Empty,
    Failed,
}

pub struct Request<'f> {
    fault: Option<&'f Fault>,
    rng: Rng,
    trace: String,
    pub spans: Vec<Value>,
    pub lines: Vec<Value>,
}

/// Where the code is: a service's instance, the open span, the time.
struct Here {
    service: &'static str,
    pod: String,
    hit: Option<Fault>,
    span: String,
    now: i64,
}

impl<'f> Request<'f> {
    pub fn new(seed: u64, index: u64, fault: Option<&'f Fault>) -> Self {
        let mut rng = Rng::new(seed, Stream::Request, index);
        let trace = format!("{:016x}{:016x}", rng.bits(), rng.bits());
        Self {
            fault,
            rng,
            trace,
            spans: vec![],
            lines: vec![],
        }
    }

    /// Serves `operation` and returns when and how it ended.
    pub fn serve(&mut self, operation: &'static Operation, start: i64, parent: &str, kind: &str) -> i64 {
        self.run(operation, start, parent, kind).0
    }

    fn run(&mut self, operation: &'static Operation, start: i64, parent: &str, kind: &str) -> (i64, End) {
        let instances = SERVICES
            .iter()
            .find(|(name, _)| *name == operation.service)
            .map_or(1, |(_, n)| *n);
        let pod = self.rng.between(0, instances);
        // A fault hits the first instance.
        let hit = self
            .fault
            .filter(|fault| pod == 0 && fault.hits(operation.service, start))
            .copied();
        // What is late on its way is not there yet: the span begins when it arrives.
        let start = start + self.lateness(hit);
        let mut here = Here {
            service: operation.service,
            pod: pod_name(operation.service, pod),
            hit,
            span: self.id(),
            now: start,
        };
        let end = self.steps(operation, &mut here);
        self.span(&here, parent, operation.name, kind, start, here.now, end == End::Failed);
        (here.now + self.lateness(hit), end)
    }

    fn steps(&mut self, operation: &'static Operation, here: &mut Here) -> End {
        // Where in the operation a fault of the code strikes, if it does.
        let strikes = here
            .hit
            .filter(|fault| matches!(fault.kind, Kind::Exception | Kind::Return))
            .filter(|fault| self.rng.chance(0.5 + 0.5 * fault.severity))
            .map(|fault| (operation.steps.len() / 2, fault.kind));
        // Something always goes wrong somewhere.
        if self.rng.chance(0.002) {
            self.log(here, "ERROR", "request cancelled by the peer after {} ms");
            return End::Failed;
        }
        for (index, step) in operation.steps.iter().enumerate() {
            match strikes {
                Some((at, Kind::Return)) if at == index => return End::Empty,
                Some((at, _)) if at == index => {
                    self.log(
                        here,
                        "ERROR",
                        "unexpected failure: index {} out of bounds for length {}",
                    );
                    return End::Failed;
                }
                _ => {}
            }
            let end = self.step(step, here);
            if end != End::Well {
                return end;
            }
        }
        End::Well
    }

    fn step(&mut self, step: &'static Step, here: &mut Here) -> End {
        match step {
            Step::Work(ms) => self.work(here, *ms),
            Step::Log(text) => self.log(here, "INFO", text),
            Step::Inner(name, ms) => {
                let start = here.now;
                self.work(here, *ms);
                let (id, parent) = (self.id(), here.span.clone());
                let inner = Here {
                    span: id,
                    service: here.service,
                    pod: here.pod.clone(),
                    ..*here
                };
                self.span(&inner, &parent, name, "Internal", start, here.now, false);
            }
            Step::Query(name, ms) => {
                let start = here.now;
                here.now += self.lateness(here.hit) * 2 + nanos(self.rng.lognormal(*ms, 0.4));
                let (id, parent) = (self.id(), here.span.clone());
                let query = Here {
                    span: id,
                    service: here.service,
                    pod: here.pod.clone(),
                    ..*here
                };
                self.span(&query, &parent, name, "Client", start, here.now, false);
            }
            Step::Call(callee) => return self.call(callee, here),
            Step::Each(most, callee) => {
                for _ in 0..=self.rng.between(0, *most) {
                    let end = self.call(callee, here);
                    if end != End::Well {
                        return end;
                    }
                }
            }
            Step::Seldom(one_in, callee) => {
                if self.rng.between(0, *one_in) == 0 {
                    return self.call(callee, here);
                }
            }
            Step::Send(consumer) => {
                let start = here.now;
                here.now += self.lateness(here.hit) + nanos(self.rng.lognormal(0.6, 0.3));
                let (id, parent) = (self.id(), here.span.clone());
                let send = Here {
                    span: id,
                    service: here.service,
                    pod: here.pod.clone(),
                    ..*here
                };
                self.span(&send, &parent, "orders publish", "Producer", start, here.now, false);
                let waited = nanos(self.rng.lognormal(20.0, 0.6));
                self.run(consumer, here.now + waited, &send.span, "Consumer");
            }
        }
        End::Well
    }

    fn call(&mut self, callee: &'static Operation, here: &mut Here) -> End {
        let noticed = self.fault.is_some_and(|fault| fault.noticed);
        let mut end = self.attempt(callee, here);
        if end == End::Failed && noticed {
            self.log(here, "WARN", "call failed, trying again in {} ms");
            end = self.attempt(callee, here);
        }
        match end {
            End::Failed => self.log(here, "ERROR", "call failed: status {}"),
            End::Empty if noticed => self.log(here, "WARN", "answer {} is empty"),
            End::Empty => end = End::Well,
            End::Well => {}
        }
        end
    }

    fn attempt(&mut self, callee: &'static Operation, here: &mut Here) -> End {
        let (start, id, parent) = (here.now, self.id(), here.span.clone());
        let sent = here.now + self.lateness(here.hit) + nanos(self.rng.lognormal(0.4, 0.3));
        let (answered, end) = self.run(callee, sent, &id, "Server");
        here.now = answered + self.lateness(here.hit) + nanos(self.rng.lognormal(0.4, 0.3));
        let client = Here {
            span: id,
            service: here.service,
            pod: here.pod.clone(),
            ..*here
        };
        self.span(
            &client,
            &parent,
            callee.name,
            "Client",
            start,
            here.now,
            end == End::Failed,
        );
        end
    }

    /// How late a message to or from the service is.
    fn lateness(&mut self, hit: Option<Fault>) -> i64 {
        match hit.filter(|fault| fault.kind == Kind::Delay) {
            Some(fault) => nanos(self.rng.lognormal(20.0 + 180.0 * fault.severity, 0.2)),
            None => 0,
        }
    }

    fn work(&mut self, here: &mut Here, ms: f64) {
        let mut took = self.rng.lognormal(ms, 0.35);
        match here.hit {
            Some(fault) if fault.kind == Kind::Cpu => took *= 1.3 + 2.0 * fault.severity * self.rng.unit(),
            Some(fault) if fault.kind == Kind::Memory && self.rng.chance(0.3) => {
                took += self.rng.lognormal(20.0 + 100.0 * fault.severity, 0.5);
            }
            _ => {}
        }
        here.now += nanos(took);
    }

    fn log(&mut self, here: &Here, severity: &str, text: &str) {
        let mut body = text.to_owned();
        while body.contains("{}") {
            body = body.replacen("{}", &self.rng.between(1, 100_000).to_string(), 1);
        }
        self.lines.push(json!({
            "Timestamp": instant(here.now).to_string(), "TraceId": self.trace, "SpanId": here.span, "SeverityText": severity,
            "ServiceName": here.service, "Body": body, "ResourceAttributes": {"k8s.pod.name": here.pod},
        }));
    }

    #[allow(clippy::too_many_arguments)]
    fn span(&mut self, here: &Here, parent: &str, name: &str, kind: &str, start: i64, end: i64, failed: bool) {
        self.spans.push(json!({
            "Timestamp": instant(start).to_string(), "TraceId": self.trace, "SpanId": here.span, "ParentSpanId": parent,
            "SpanName": name, "SpanKind": kind, "ServiceName": here.service, "Duration": end - start,
            "StatusCode": if failed { "Error" } else { "Unset" }, "ResourceAttributes": {"k8s.pod.name": here.pod},
        }));
    }

    fn id(&mut self) -> String {
        format!("{:016x}", self.rng.bits())
    }
}

pub fn pod_name(service: &str, number: u64) -> String {
    format!("{service}-5d8f7c9b6-{}", ["x7k2p", "m4q9z"][number as usize % 2])
}

fn nanos(ms: f64) -> i64 {
    (ms * NANOS as f64 / 1_000.0) as i64
}
