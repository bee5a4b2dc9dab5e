//! The parts of a history agree with each other.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::load::DATABASE;
use super::plan::Plan;
use super::record::{Kind, PointValue, Span};
use super::rows::{BATCH_ROWS, Batches};
use super::shop::Service;
use super::simulation::{Simulation, Slice};
use super::truth::{Counts, EDGES, HURT, Truth};
use kulprit_request::window::Window;

fn plan(seed: u64) -> Plan {
    Plan::new(seed, "2026-02-03T14:25:36Z".parse().unwrap(), 40, 10.0)
}

fn slices() -> Vec<Slice> {
    Simulation::new(&plan(1)).collect()
}

fn whole(plan: &Plan) -> Window {
    Window {
        from: super::plan::instant(plan.start),
        to: super::plan::instant(plan.end),
    }
}

fn digest(plan: &Plan) -> String {
    let mut batches = Batches::default();
    let mut hash = Sha256::new();
    let mut take = |batch: super::rows::Batch| {
        assert!(batch.rows <= BATCH_ROWS);
        hash.update(batch.table.name());
        hash.update(&batch.bytes);
    };
    for slice in Simulation::new(plan) {
        batches.add(&slice, &mut take);
    }
    batches.finish(&mut take);
    format!("{:x?}", hash.finalize())
}

#[test]
fn equal_seeds_give_equal_rows_and_others_do_not() {
    let first = digest(&plan(1));
    assert_eq!(first, digest(&plan(1)));
    assert_ne!(first, digest(&plan(2)));
}

#[test]
fn a_history_ends_at_the_whole_minute_before_its_anchor() {
    let plan = plan(1);
    assert_eq!(whole(&plan).to.to_string(), "2026-02-03T14:25:00Z");
    for slice in slices() {
        assert!(
            slice
                .spans
                .iter()
                .all(|span| plan.start <= span.start && span.end < plan.end)
        );
        assert!(
            slice
                .logs
                .iter()
                .all(|line| plan.start <= line.time && line.time < plan.end)
        );
    }
}

#[test]
fn the_spans_of_a_trace_form_a_tree() {
    let mut traces: BTreeMap<u128, Vec<Span>> = BTreeMap::new();
    for span in slices().into_iter().flat_map(|slice| slice.spans) {
        traces.entry(span.trace).or_default().push(span);
    }
    assert!(traces.len() > 15_000, "{}", traces.len());
    for spans in traces.values() {
        let by_id: BTreeMap<u64, &Span> = spans.iter().map(|span| (span.id, span)).collect();
        assert_eq!(by_id.len(), spans.len(), "span ids differ");
        let entries: Vec<_> = spans.iter().filter(|span| span.parent == 0).collect();
        assert_eq!(entries.len(), 1, "one entry");
        assert_eq!(
            (entries[0].kind, entries[0].pod.service),
            (Kind::Server, Service::Frontend)
        );
        for span in spans.iter().filter(|span| span.parent != 0) {
            let parent = by_id[&span.parent];
            assert!(parent.start <= span.start && span.start <= span.end && span.end <= parent.end);
            // A server's span hangs below the client's span of another service; all else stays in its service.
            assert_eq!(span.kind == Kind::Server, parent.pod.service != span.pod.service);
            assert!(span.kind != Kind::Server || parent.kind == Kind::Client);
        }
    }
}

#[test]
fn log_lines_point_to_spans_of_their_own_service() {
    let slices = slices();
    let spans: BTreeMap<(u128, u64), &Span> = slices
        .iter()
        .flat_map(|slice| &slice.spans)
        .map(|span| ((span.trace, span.id), span))
        .collect();
    let mut traced = 0;
    for line in slices
        .iter()
        .flat_map(|slice| &slice.logs)
        .filter(|line| line.trace != 0)
    {
        let span = spans[&(line.trace, line.span)];
        assert_eq!(span.pod, line.pod);
        assert!(span.start <= line.time && line.time <= span.end, "{line:?} {span:?}");
        traced += 1;
    }
    assert!(traced > 15_000, "{traced}");
}

#[test]
fn truth_spans_and_counters_tell_the_same() {
    let plan = plan(1);
    let truth = Truth::of(&plan);
    let slices = slices();
    let mut served: BTreeMap<Service, Counts> = BTreeMap::new();
    let server_spans = slices.iter().flat_map(|slice| &slice.spans);
    for span in server_spans.filter(|span| span.kind == Kind::Server) {
        let counts = served.entry(span.pod.service).or_default();
        counts.requests += 1;
        counts.errors += u64::from(span.error.is_some());
    }
    // The streams are cumulative: the last reading holds all.
    let last = &slices.last().unwrap().points;
    for service in Service::ALL {
        let want = truth.requests(service, whole(&plan));
        assert_eq!(served[&service], want, "{service:?}");
        assert_eq!(truth.answers(service, whole(&plan)), want);
        let of_service = || last.iter().filter(|point| point.pod.service == service);
        let counted: f64 = of_service()
            .filter(|point| point.name.ends_with("_total"))
            .map(|point| match point.value {
                PointValue::Sum { value, .. } => value,
                _ => 0.0,
            })
            .sum();
        let measured: u64 = of_service()
            .map(|point| match &point.value {
                PointValue::Histogram { counts, .. } => counts.iter().sum(),
                _ => 0,
            })
            .sum();
        assert_eq!(
            (counted as u64, measured),
            (want.requests, want.requests),
            "{service:?}"
        );
    }
}

#[test]
fn only_the_edges_that_are_written_down_occur_and_all_of_them() {
    let plan = plan(1);
    let truth = Truth::of(&plan);
    assert_eq!(truth.edges(whole(&plan)), BTreeSet::from(EDGES));
    let frontend = truth.requests(Service::Frontend, whole(&plan));
    assert_eq!(truth.traces(Service::Frontend, whole(&plan)), frontend);
}

#[test]
fn the_incident_hurts_payment_and_its_callers_and_nobody_else() {
    let plan = plan(1);
    let truth = Truth::of(&plan);
    let ratio = |service, window| {
        let counts: Counts = truth.requests(service, window);
        counts.errors as f64 / counts.requests as f64
    };
    for service in Service::ALL {
        let (during, before) = (
            ratio(service, plan.incident_window()),
            ratio(service, plan.quiet_window()),
        );
        if HURT.contains(&service) {
            assert!(during > before + 0.01, "{service:?}: {before} → {during}");
        } else {
            assert!(during < 0.02 && before < 0.02, "{service:?}: {before} → {during}");
        }
    }
    let retried = truth.calls(Service::Checkout, Service::Payment, plan.incident_window());
    let orders = truth.requests(Service::Checkout, plan.incident_window());
    assert!(retried.errors > 100 && orders.errors > 30, "{retried:?} {orders:?}");
}

#[test]
fn what_is_dropped_is_the_demos_own_database() {
    for name in ["demo/drop_database", "demo/create_database"] {
        let text = kulprit_clickhouse::render_query(name, &kulprit_clickhouse::Options::default()).unwrap();
        assert!(text.contains(DATABASE) && !text.contains('{'), "{text}");
    }
}
