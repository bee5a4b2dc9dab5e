//! What is true of a simulated history, counted where it happens and not from the rows that tell of it.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{NANOS, Plan};
use super::record::Call;
use super::shop::Service;
use super::simulation::Simulation;
use kulprit_request::window::Window;

/// The service that the incident begins in.
pub const ROOT_CAUSE: Service = Service::Payment;

/// The services that fail or slow down in the incident, the cause first, then its callers upwards. All others stay as they were.
pub const HURT: [Service; 3] = [Service::Payment, Service::Checkout, Service::Frontend];

/// Who calls whom, written down from the services' code.
pub const EDGES: [(Service, Service); 11] = {
    use Service::{Cart, Catalog, Checkout, Currency, Frontend, Payment, Recommendation, Shipping};
    [
        (Frontend, Cart),
        (Frontend, Catalog),
        (Frontend, Checkout),
        (Frontend, Currency),
        (Frontend, Recommendation),
        (Checkout, Cart),
        (Checkout, Catalog),
        (Checkout, Payment),
        (Checkout, Shipping),
        (Checkout, Currency),
        (Recommendation, Catalog),
    ]
};

/// Requests and how many of them failed: HTTP 5xx, or gRPC UNAVAILABLE or DEADLINE_EXCEEDED.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub requests: u64,
    pub errors: u64,
}

/// Counts by minute.
#[derive(Debug, Default)]
pub struct Truth {
    /// By the minute in which the server's span began; the caller is none for a shopper.
    calls: BTreeMap<(i64, Option<Service>, Service), Counts>,
    /// By the minute in which the answer went out, as metrics count.
    answers: BTreeMap<(i64, Service), Counts>,
    /// Traces in which a service was asked, and those in which it failed at least once, by the minute in which the trace began.
    traces: BTreeMap<(i64, Service), Counts>,
}

impl Truth {
    /// Runs the simulation and counts.
    pub fn of(plan: &Plan) -> Self {
        let mut truth = Self::default();
        for slice in Simulation::new(plan) {
            for calls in &slice.requests {
                truth.add(calls);
            }
        }
        truth
    }

    fn add(&mut self, calls: &[Call]) {
        for call in calls {
            let is_failure = call.protocol.is_failure();
            let callee = call.callee.service;
            let began = self.calls.entry((minute(call.start), call.caller, callee));
            began.or_default().add(is_failure);
            let answered = self.answers.entry((minute(call.end), callee));
            answered.or_default().add(is_failure);
        }
        let began = calls.iter().map(|call| call.start).min().map_or(0, minute);
        let asked: BTreeSet<Service> = calls.iter().map(|call| call.callee.service).collect();
        for service in asked {
            let failed = calls
                .iter()
                .any(|call| call.callee.service == service && call.protocol.is_failure());
            self.traces.entry((began, service)).or_default().add(failed);
        }
    }

    /// Requests that `service` began to serve in a window of whole minutes.
    pub fn requests(&self, service: Service, window: Window) -> Counts {
        let rows = self.calls.iter();
        rows.filter(|((minute, _, callee), _)| *callee == service && holds(window, *minute))
            .map(|(_, counts)| *counts)
            .sum()
    }

    /// Requests that `service` answered in a window of whole minutes: what its metrics rise by.
    pub fn answers(&self, service: Service, window: Window) -> Counts {
        let rows = self.answers.iter();
        rows.filter(|((minute, callee), _)| *callee == service && holds(window, *minute))
            .map(|(_, counts)| *counts)
            .sum()
    }

    /// Calls from one service to another in a window of whole minutes.
    pub fn calls(&self, caller: Service, callee: Service, window: Window) -> Counts {
        let rows = self.calls.iter();
        rows.filter(|((minute, from, to), _)| (*from, *to) == (Some(caller), callee) && holds(window, *minute))
            .map(|(_, counts)| *counts)
            .sum()
    }

    /// The edges that occur in a window.
    pub fn edges(&self, window: Window) -> BTreeSet<(Service, Service)> {
        let rows = self.calls.keys();
        rows.filter(|(minute, _, _)| holds(window, *minute))
            .filter_map(|(_, caller, callee)| caller.map(|caller| (caller, *callee)))
            .collect()
    }

    /// Traces that began in a window and asked `service`; errors are those in which it failed at least once. Every trace asks the
    /// frontend, once.
    pub fn traces(&self, service: Service, window: Window) -> Counts {
        let rows = self.traces.iter();
        rows.filter(|((minute, asked), _)| *asked == service && holds(window, *minute))
            .map(|(_, counts)| *counts)
            .sum()
    }
}

impl Counts {
    fn add(&mut self, is_failure: bool) {
        self.requests += 1;
        self.errors += u64::from(is_failure);
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, next| Self {
            requests: sum.requests + next.requests,
            errors: sum.errors + next.errors,
        })
    }
}

/// Seconds since 1970 of the minute's start.
fn minute(time: i64) -> i64 {
    time.div_euclid(60 * NANOS) * 60
}

fn holds(window: Window, minute: i64) -> bool {
    (window.from.as_second()..window.to.as_second()).contains(&minute)
}
