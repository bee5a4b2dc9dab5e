//! The history, slice by slice, so that it never stands in memory as a whole.

use std::iter::Peekable;

use super::background;
use super::frontend;
use super::meters::{INTERVAL, Meters};
use super::plan::Plan;
use super::record::{Call, LogLine, Point, Span};
use super::shop::Pod;

/// What began in one interval of the metrics, and the metrics read at its end.
#[derive(Debug, Default)]
pub struct Slice {
    pub spans: Vec<Span>,
    pub logs: Vec<LogLine>,
    pub points: Vec<Point>,
    /// The calls of each request, the entry last.
    pub requests: Vec<Vec<Call>>,
}

/// Yields the slices of a plan in order.
pub struct Simulation {
    plan: Plan,
    arrivals: Peekable<Box<dyn Iterator<Item = i64> + Send>>,
    meters: Meters,
    index: u64,
    from: i64,
}

impl Simulation {
    pub fn new(plan: &Plan) -> Self {
        let arrivals: Box<dyn Iterator<Item = i64> + Send> = Box::new(plan.arrivals());
        Self {
            arrivals: arrivals.peekable(),
            meters: Meters::default(),
            index: 0,
            from: plan.start,
            plan: plan.clone(),
        }
    }

    /// How many slices a plan has.
    pub fn slices(plan: &Plan) -> u64 {
        ((plan.end - plan.start) / INTERVAL).max(0) as u64
    }
}

impl Iterator for Simulation {
    type Item = Slice;

    fn next(&mut self) -> Option<Slice> {
        if self.from >= self.plan.end {
            return None;
        }
        let to = self.from + INTERVAL;
        let mut slice = Slice::default();
        while let Some(start) = self.arrivals.next_if(|start| *start < to) {
            let request = frontend::visit(&self.plan, self.index, start);
            self.index += 1;
            // What is under way when the history ends has not been exported yet.
            if request.end() >= self.plan.end {
                continue;
            }
            self.meters.record(&request.calls);
            slice.spans.extend(request.spans);
            slice.logs.extend(request.logs);
            slice.requests.push(request.calls);
        }
        for pod in Pod::all() {
            slice.logs.extend(background::lines(&self.plan, pod, self.from, to));
        }
        slice.points = self.meters.read(&self.plan, to);
        self.from = to;
        Some(slice)
    }
}
