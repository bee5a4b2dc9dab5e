//! The services' metrics, counted from the same requests that left the spans.
//!
//! Each instance has its own cumulative streams since the start of the history, read every [`INTERVAL`]. A request counts when its
//! answer goes out, as in a real service, so a window of metrics and a window of spans (which carry their start) differ by
//! the requests that cross the window's edges.

use std::collections::BTreeMap;

use super::incident;
use super::plan::{NANOS, Plan};
use super::record::{Attributes, Call, Point, PointValue, Protocol};
use super::rng::{Rng, Stream};
use super::shop::{Pod, Service};

/// Nanoseconds between two readings.
pub const INTERVAL: i64 = 15 * NANOS;

/// Bounds that the semantic conventions advise for `http.server.request.duration`, in seconds.
pub const HTTP_BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];
/// The SDK's default bounds, which `rpc.server.duration` uses, in milliseconds.
pub const RPC_BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0, 7_500.0, 10_000.0,
];

#[derive(Default)]
pub struct Meters {
    streams: BTreeMap<(Pod, Protocol), Durations>,
    /// Requests whose answer goes out after the last reading.
    pending: Vec<Call>,
    /// Requests of each instance since the last reading.
    served: BTreeMap<Pod, u32>,
}

struct Durations {
    counts: Vec<u64>,
    sum: f64,
    min: f64,
    max: f64,
}

impl Meters {
    pub fn record(&mut self, calls: &[Call]) {
        self.pending.extend_from_slice(calls);
    }

    /// What all instances report at `time`. Every request that began before must have been recorded.
    pub fn read(&mut self, plan: &Plan, time: i64) -> Vec<Point> {
        for call in self.pending.extract_if(.., |call| call.end <= time) {
            *self.served.entry(call.callee).or_default() += 1;
            self.streams
                .entry((call.callee, call.protocol))
                .or_insert_with(|| Durations::new(bounds(call.protocol).len()))
                .add(call.protocol, call.end - call.start);
        }
        let served = std::mem::take(&mut self.served);
        let mut points = Vec::new();
        for ((pod, protocol), durations) in &self.streams {
            points.extend(requests(plan, time, *pod, *protocol, durations));
        }
        for pod in Pod::all() {
            let served = served.get(&pod).copied().unwrap_or_default();
            points.extend(resources(plan, time, pod, served));
        }
        points
    }
}

impl Durations {
    fn new(bounds: usize) -> Self {
        Self {
            counts: vec![0; bounds + 1],
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    fn add(&mut self, protocol: Protocol, nanoseconds: i64) {
        let unit = match protocol {
            Protocol::Http { .. } => 1e9,
            Protocol::Grpc { .. } => 1e6,
        };
        let value = nanoseconds as f64 / unit;
        // A bucket includes its upper bound.
        let bucket = bounds(protocol).partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }
}

fn bounds(protocol: Protocol) -> &'static [f64] {
    match protocol {
        Protocol::Http { .. } => &HTTP_BOUNDS,
        Protocol::Grpc { .. } => &RPC_BOUNDS,
    }
}

/// The histogram of a stream, and the counter that libraries of the Prometheus kind keep beside it.
fn requests(plan: &Plan, time: i64, pod: Pod, protocol: Protocol, durations: &Durations) -> [Point; 2] {
    let (histogram, unit, attributes, counter, labels): (_, _, Attributes, _, Attributes) = match protocol {
        Protocol::Http { route, status } => {
            let (method, template) = route.split_once(' ').unwrap_or((route, ""));
            let status = status.to_string();
            let attributes = vec![
                ("http.request.method", method.into()),
                ("http.route", template.into()),
                ("http.response.status_code", status.clone().into()),
            ];
            let labels = vec![
                ("method", method.into()),
                ("route", template.into()),
                ("status", status.into()),
            ];
            (
                "http.server.request.duration",
                "s",
                attributes,
                "http_requests_total",
                labels,
            )
        }
        Protocol::Grpc { method, code } => {
            let (service, name) = method.split_once('/').unwrap_or((method, ""));
            let attributes = vec![
                ("rpc.system", "grpc".into()),
                ("rpc.service", service.into()),
                ("rpc.method", name.into()),
                ("rpc.grpc.status_code", (code as u8).to_string().into()),
            ];
            let labels = vec![
                ("grpc_type", "unary".into()),
                ("grpc_service", service.into()),
                ("grpc_method", name.into()),
                ("grpc_code", format!("{code:?}").into()),
            ];
            (
                "rpc.server.duration",
                "ms",
                attributes,
                "grpc_server_handled_total",
                labels,
            )
        }
    };
    let point = |name, unit, attributes, value| Point {
        pod,
        name,
        unit,
        attributes,
        start: plan.start,
        time,
        value,
    };
    let total: u64 = durations.counts.iter().sum();
    [
        point(
            histogram,
            unit,
            attributes,
            PointValue::Histogram {
                counts: durations.counts.clone(),
                bounds: bounds(protocol),
                sum: durations.sum,
                min: durations.min,
                max: durations.max,
            },
        ),
        point(counter, "1", labels, sum(total as f64, true)),
    ]
}

fn sum(value: f64, is_monotonic: bool) -> PointValue {
    PointValue::Sum { value, is_monotonic }
}

/// Processor and memory, and payment's pool of connections.
fn resources(plan: &Plan, time: i64, pod: Pod, served: u32) -> Vec<Point> {
    let instance = pod.service as u64 * 8 + u64::from(pod.number);
    let mut rng = Rng::new(plan.seed, Stream::Gauges, (time / NANOS) as u64 * 64 + instance);
    let point = |name, unit, attributes, value| Point {
        pod,
        name,
        unit,
        attributes,
        start: plan.start,
        time,
        value,
    };
    let seconds = INTERVAL as f64 / NANOS as f64;
    let busy = f64::from(served) * pod.service.cpu_cost() / 1e3 / seconds;
    let cpu = (0.02 + busy + 0.006 * rng.normal()).clamp(0.001, 1.0);
    // Memory fills up between two collections of garbage.
    let filled = ((time / INTERVAL + i64::from(pod.number) * 5).rem_euclid(12)) as f64 / 12.0;
    let memory = pod.service.memory() * (1.0 + 0.12 * filled + 0.01 * rng.normal()) * 1_048_576.0;
    let mut points = vec![
        point("process.cpu.utilization", "1", vec![], PointValue::Gauge(cpu)),
        point("process.memory.usage", "By", vec![], PointValue::Gauge(memory.round())),
    ];
    if pod.service == Service::Payment {
        let (used, waiting) = incident::pool(plan, time - 1, &mut rng);
        let of = |state: Option<&'static str>| {
            let mut attributes: Attributes = vec![("db.client.connection.pool.name", "HikariPool-1".into())];
            attributes.extend(state.map(|state| ("db.client.connection.state", state.into())));
            attributes
        };
        let idle = incident::POOL_SIZE - used;
        for (name, state, value) in [
            ("db.client.connection.count", Some("used"), used),
            ("db.client.connection.count", Some("idle"), idle),
            ("db.client.connection.pending_requests", None, waiting),
        ] {
            points.push(point(name, "{connection}", of(state), sum(f64::from(value), false)));
        }
    }
    points
}
