//! Recorded incidents with less, or other, to go by: the same data seen through views, or asked about otherwise.

use std::path::Path;

use kulprit_clickhouse::Client;

use super::common::{Bed, statement};
use super::ranking::{Trial, auc, calibration, summary};
use super::recorded::{HISTORY, Recording, recordings};
use super::trial::{Incident, database};

/// What a table is seen as: the columns, and which of its rows.
#[derive(Clone, Copy)]
struct Seen {
    columns: &'static str,
    rows: &'static str,
}

const WHOLE: Seen = Seen {
    columns: "*",
    rows: "true",
};
const NOTHING: Seen = Seen {
    columns: "*",
    rows: "false",
};

const fn rows(rows: &'static str) -> Seen {
    Seen { columns: "*", rows }
}

const fn columns(columns: &'static str) -> Seen {
    Seen { columns, rows: "true" }
}

struct Handicap {
    name: &'static str,
    history: &'static str,
    /// Seconds by which the window's start and end are moved.
    moved: (i64, i64),
    traces: Seen,
    logs: Seen,
    metrics: Seen,
    renamed: bool,
}

const NONE: Handicap = Handicap {
    name: "none",
    history: HISTORY,
    moved: (0, 0),
    traces: WHOLE,
    logs: WHOLE,
    metrics: WHOLE,
    renamed: false,
};

const fn history(name: &'static str, history: &'static str) -> Handicap {
    Handicap { name, history, ..NONE }
}

const fn moved(name: &'static str, from: i64, to: i64) -> Handicap {
    Handicap {
        name,
        moved: (from, to),
        ..NONE
    }
}

const fn traces(name: &'static str, traces: Seen) -> Handicap {
    Handicap { name, traces, ..NONE }
}

const fn logs(name: &'static str, logs: Seen) -> Handicap {
    Handicap { name, logs, ..NONE }
}

const fn metrics(name: &'static str, metrics: Seen) -> Handicap {
    Handicap { name, metrics, ..NONE }
}

const RENAMED: &str = "* REPLACE (reverse(ServiceName) AS ServiceName)";

const HANDICAPS: &[Handicap] = &[
    NONE,
    history("history 1 h", "1h"),
    history("history 30 min", "30m"),
    history("history 15 min", "15m"),
    moved("window 2 min early", -120, -60),
    moved("window 1 min early", -60, -60),
    moved("window 1 min late", 60, 60),
    moved("window halved", 0, -68),
    moved("window doubled", -68, 67),
    traces("traces 50 %", rows("cityHash64(TraceId, 1) % 2 = 0")),
    traces("traces 20 %", rows("cityHash64(TraceId, 1) % 5 = 0")),
    Handicap {
        name: "traces and logs 50 %",
        traces: rows("cityHash64(TraceId, 1) % 2 = 0"),
        logs: rows("cityHash64(TraceId, 1) % 2 = 0"),
        ..NONE
    },
    traces("no traces", NOTHING),
    traces("kinds unspecified", columns("* REPLACE ('Unspecified' AS SpanKind)")),
    traces("kinds internal", columns("* REPLACE ('Internal' AS SpanKind)")),
    traces(
        "parents of 20 % lost",
        columns("* REPLACE (if(cityHash64(SpanId, 2) % 5 = 0, '', ParentSpanId) AS ParentSpanId)"),
    ),
    traces("5 % of spans lost", rows("cityHash64(SpanId, 3) % 20 != 0")),
    logs("no logs", NOTHING),
    logs("logs without trace ids", columns("* REPLACE ('' AS TraceId)")),
    logs(
        "half of the services log no trace ids",
        columns("* REPLACE (if(cityHash64(ServiceName) % 2 = 0, '', TraceId) AS TraceId)"),
    ),
    logs(
        "logs without source positions",
        columns("* REPLACE (replaceRegexpOne(Body, '[A-Za-z.]+#[0-9]+', '') AS Body)"),
    ),
    logs(
        "logs as JSON",
        columns(
            "* REPLACE (toJSONString(map('time', toString(Timestamp), 'severity', SeverityText, 'message', replaceRegexpOne(Body, '[A-Za-z.]+#[0-9]+', ''))) AS Body)",
        ),
    ),
    metrics("no metrics", NOTHING),
    metrics(
        "metrics of pods, other names",
        columns(
            "* REPLACE ('kubelet' AS ServiceName, transform(MetricName, ['CpuUsage(m)', 'CpuUsageRate(%)', 'MemoryUsage(Mi)', 'MemoryUsageRate(%)'], ['container_cpu_usage', 'k8s.pod.cpu.utilization', 'container_memory_working_set_bytes', 'k8s.pod.memory.usage'], MetricName) AS MetricName, CAST(map('k8s.pod.name', ResourceAttributes['k8s.pod.name']), 'Map(LowCardinality(String), String)') AS Attributes, CAST(map(), 'Map(LowCardinality(String), String)') AS ResourceAttributes)",
        ),
    ),
    Handicap {
        name: "services renamed",
        traces: columns(RENAMED),
        logs: columns(RENAMED),
        metrics: columns(RENAMED),
        renamed: true,
        ..NONE
    },
];

/// All handicaps, or those whose names contain one of `names`.
pub async fn measure(bed: &Bed, data: &Path, names: &[&str]) -> anyhow::Result<()> {
    let recordings = recordings(bed, data).await?;
    let wanted = |handicap: &&Handicap| names.is_empty() || names.iter().any(|name| handicap.name.contains(name));
    let mut all = Vec::new();
    for (number, handicap) in HANDICAPS.iter().filter(wanted).enumerate() {
        let (trials, missed) = handicap.tried(bed, &recordings, number).await?;
        println!(
            "{:<38} {}  missed: {}",
            handicap.name,
            summary(&trials),
            missed.join(", ")
        );
        all.extend(trials);
    }
    println!(
        "\nall {} runs: {}\nconfidence: AUC of right against wrong first suspects {:.3}\n{}",
        all.len(),
        summary(&all),
        auc(&all),
        calibration(&all)
    );
    Ok(())
}

impl Handicap {
    async fn tried(
        &self,
        bed: &Bed,
        recordings: &[Recording],
        number: usize,
    ) -> anyhow::Result<(Vec<Trial>, Vec<String>)> {
        let (mut trials, mut missed) = (Vec::new(), Vec::new());
        for recording in recordings {
            let name = format!("handicap_{number}_{}", recording.database);
            let client = self.views(bed, recording, &name).await?;
            for incident in &recording.incidents {
                let incident = self.applied(incident);
                let (trial, answer, _) = incident.tried(&client, self.history).await?;
                if trial.rank != Some(1) {
                    let first = answer.suspects.first().map_or("nobody", |suspect| &suspect.service);
                    missed.push(format!("{} ({first}, {:.0} %)", incident.id, trial.confidence));
                }
                trials.push(trial);
            }
        }
        Ok((trials, missed))
    }

    fn applied(&self, incident: &Incident) -> Incident {
        let mut incident = incident.moved(self.moved.0, self.moved.1);
        if self.renamed {
            incident.cause = incident.cause.chars().rev().collect();
        }
        incident
    }

    async fn views(&self, bed: &Bed, recording: &Recording, name: &str) -> anyhow::Result<Client> {
        let client = database(bed, name, false).await?;
        for (table, seen) in [
            ("otel_traces", self.traces),
            ("otel_logs", self.logs),
            ("otel_metrics_gauge", self.metrics),
        ] {
            let view = format!(
                "CREATE VIEW {table} AS SELECT {} FROM {}.{table} WHERE {}",
                seen.columns, recording.database, seen.rows
            );
            client.execute(&statement(&view, vec![])).await?;
        }
        Ok(client)
    }
}
