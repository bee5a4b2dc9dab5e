//! Processor and memory of each instance.

use std::f64::consts::TAU;

use kulprit::demo::rng::{Rng, Stream};
use serde_json::{Value, json};

use super::fault::{Fault, Kind, NANOS, instant};
use super::request::pod_name;
use super::system::SERVICES;

pub const INTERVAL: i64 = 30 * NANOS;

/// The points of one instant.
pub fn points(seed: u64, at: i64, fault: Option<&Fault>) -> Vec<Value> {
    let mut points = Vec::new();
    let tick = at / INTERVAL;
    for (number, (service, instances)) in SERVICES.iter().enumerate() {
        for pod in 0..*instances {
            let mut rng = Rng::new(seed, Stream::Gauges, (tick as u64) << 8 | (number as u64) << 2 | pod);
            let hit = fault.filter(|fault| pod == 0 && fault.hits(service, at));
            let mut cores = 0.08 * (1.0 + number as f64 / 4.0) * rng.lognormal(1.0, 0.12);
            // A job of its own that some service runs now and then.
            if (tick + number as i64 * 17) % 60 < 2 {
                cores *= 1.6;
            }
            let drift = (TAU * (tick as f64 / 240.0 + number as f64 / 7.0)).sin();
            let mut mib = 200.0 * (1.0 + number as f64 / 5.0) * (1.0 + 0.03 * drift) * rng.lognormal(1.0, 0.01);
            match hit {
                Some(fault) if fault.kind == Kind::Cpu => cores += 0.5 + 0.5 * fault.severity,
                Some(fault) if fault.kind == Kind::Memory => {
                    let progress = (at - fault.from) as f64 / (fault.to - fault.from) as f64;
                    mib *= 1.0 + (1.0 + fault.severity) * progress.sqrt();
                    cores *= 1.4;
                }
                _ => {}
            }
            for (name, value) in [
                ("container.cpu.usage", cores),
                ("container.memory.working_set", mib * 1_048_576.0),
            ] {
                points.push(json!({
                    "TimeUnix": instant(at).to_string(), "ServiceName": service, "MetricName": name, "Value": value,
                    "ResourceAttributes": {"service.name": service, "k8s.pod.name": pod_name(service, pod)},
                }));
            }
        }
    }
    points
}
