//! What services log of their own accord: probes, garbage collection, jobs. These lines belong to no trace.

use super::incident;
use super::plan::{NANOS, Plan};
use super::record::{LogLine, Severity};
use super::rng::{Rng, Stream};
use super::shop::{Pod, Service};
use super::words;

/// The lines of one instance between two instants.
pub fn lines(plan: &Plan, pod: Pod, from: i64, to: i64) -> Vec<LogLine> {
    let instance = pod.service as u64 * 8 + u64::from(pod.number);
    let slice = from.div_euclid(NANOS) as u64;
    let mut lines = Lines {
        rng: Rng::new(plan.seed, Stream::Background, slice * 64 + instance),
        pod,
        from,
        to,
        lines: vec![],
    };
    lines.probes();
    match pod.service {
        Service::Frontend => lines.frontend(),
        Service::Cart => lines.cart(),
        Service::Catalog => lines.catalog(),
        Service::Checkout => lines.checkout(),
        Service::Payment => lines.payment(plan),
        Service::Shipping => lines.shipping(),
        Service::Currency => lines.currency(),
        Service::Recommendation => lines.recommendation(),
    }
    lines.lines
}

struct Lines {
    rng: Rng,
    pod: Pod,
    from: i64,
    to: i64,
    lines: Vec<LogLine>,
}

impl Lines {
    /// Adds the line `body` with this probability.
    fn maybe(&mut self, probability: f64, severity: Severity, body: impl FnOnce(&mut Rng) -> String) {
        if self.rng.chance(probability) {
            let width = (self.to - self.from).max(1) as u64;
            let time = self.from + self.rng.between(0, width) as i64;
            let body = body(&mut self.rng);
            self.lines.push(LogLine {
                time,
                trace: 0,
                span: 0,
                pod: self.pod,
                severity,
                body,
            });
        }
    }

    fn probes(&mut self) {
        self.maybe(0.5, Severity::Info, |rng| {
            let node = rng.between(2, 7);
            format!("GET /healthz 200 from 10.42.{node}.1 kube-probe/1.31")
        });
        self.maybe(0.003, Severity::Info, |rng| {
            let bytes = rng.between(900, 4_000);
            format!("otel exporter: batch of {bytes} items sent late, collector was busy")
        });
    }

    fn frontend(&mut self) {
        self.maybe(0.03, Severity::Info, |rng| {
            let (files, megabytes) = (rng.between(40, 90), rng.between(2, 9));
            format!("asset manifest reloaded: {files} files, {megabytes} MB")
        });
        self.maybe(0.02, Severity::Warn, |rng| {
            let address = words::address(rng);
            format!("client {address} closed the connection before the response was sent")
        });
        self.maybe(0.008, Severity::Warn, |rng| {
            let address = words::address(rng);
            let requests = rng.between(90, 300);
            format!("rate limit: {address} sent {requests} requests in 10 s, answering 429 for 60 s")
        });
    }

    fn cart(&mut self) {
        self.maybe(0.25, Severity::Info, |rng| {
            let (carts, idle) = (rng.between(1, 30), 1_800);
            format!("Expired {carts} carts after {idle} s of inactivity")
        });
        self.maybe(0.01, Severity::Warn, |rng| {
            let (connection, milliseconds) = (rng.between(1, 12), rng.between(4, 60));
            format!("Redis connection {connection} to cache:6379 lost, re-established after {milliseconds} ms")
        });
    }

    fn catalog(&mut self) {
        self.maybe(0.12, Severity::Info, |rng| {
            let (products, milliseconds) = (rng.between(1_190, 1_210), rng.between(50, 140));
            format!("product index refreshed: {products} products in {milliseconds} ms")
        });
        self.maybe(0.01, Severity::Warn, |rng| {
            let product = words::product(rng);
            format!("product {product} has no image, using placeholder.svg")
        });
    }

    fn checkout(&mut self) {
        self.maybe(0.08, Severity::Info, |rng| {
            let (orders, milliseconds) = (rng.between(0, 12), rng.between(10, 80));
            format!("outbox: {orders} events published to topic orders.v2 in {milliseconds} ms")
        });
        self.maybe(0.01, Severity::Info, |rng| {
            let version = rng.between(200, 260);
            format!("tax table version {version} loaded for 27 countries")
        });
    }

    fn payment(&mut self, plan: &Plan) {
        self.maybe(0.6, Severity::Info, |rng| {
            let (number, before) = (rng.between(900, 9_000), rng.between(380, 470));
            let (after, milliseconds) = (before - rng.between(120, 300), rng.lognormal(4.0, 0.4));
            format!(
                "GC({number}) Pause Young (Normal) (G1 Evacuation Pause) {before}M->{after}M(512M) {milliseconds:.3}ms"
            )
        });
        self.maybe(0.05, Severity::Info, |rng| {
            let (settled, hour) = (rng.between(20, 90), rng.between(0, 24));
            format!("Settlement report {hour:02}:00 written, {settled} charges")
        });
        self.maybe(0.006, Severity::Warn, |rng| {
            let days = rng.between(21, 29);
            format!("Certificate of api.cardnetwork.example expires in {days} days")
        });
        if (plan.incident..plan.incident + 15 * NANOS).contains(&self.from) && self.pod.number == 0 {
            self.maybe(1.0, Severity::Info, |rng| {
                let pending = rng.between(15_000, 20_000);
                format!("settlement-reconcile: starting, {pending} settlements pending, 16 workers")
            });
        }
        if incident::pressure(plan, self.from) > 0.0 {
            self.maybe(0.4, Severity::Warn, |rng| {
                let (handle, worker) = (rng.bits() as u32, rng.between(1, 17));
                format!(
                    "Connection leak detection triggered for org.postgresql.jdbc.PgConnection@{handle:08x} on thread reconcile-{worker}, stack trace follows\njava.lang.Exception: Apparent connection leak detected\n\tat com.zaxxer.hikari.HikariDataSource.getConnection(HikariDataSource.java:128)\n\tat com.shop.payment.settlement.Reconciler.open(Reconciler.java:57)\n\tat com.shop.payment.settlement.Reconciler.run(Reconciler.java:34)"
                )
            });
        }
    }

    fn shipping(&mut self) {
        self.maybe(0.06, Severity::Info, |rng| {
            let (shipments, milliseconds) = (rng.between(30, 120), rng.between(200, 900));
            format!("tracking states of {shipments} shipments pulled in {milliseconds} ms")
        });
        self.maybe(0.01, Severity::Warn, |rng| {
            let depot = rng.between(1, 40);
            format!("depot {depot:02} reports delays, adding one day to estimates")
        });
    }

    fn currency(&mut self) {
        self.maybe(0.03, Severity::Info, |rng| {
            let milliseconds = rng.between(60, 240);
            format!("rates of 31 currencies loaded from the central bank in {milliseconds} ms")
        });
    }

    fn recommendation(&mut self) {
        self.maybe(0.1, Severity::Info, |rng| {
            let (events, seconds) = (rng.between(900, 4_000), rng.lognormal(1.6, 0.3));
            format!("feature store synced: {events} events in {seconds:.2} s")
        });
        self.maybe(0.02, Severity::Warn, |rng| {
            let lag = rng.between(12, 90);
            format!("feature store is {lag} s behind, serving older vectors")
        });
    }
}
