//! Statistics, held against a plain count over every incident.

use std::collections::BTreeMap;

use kulprit_incidents::{ChangeRequest, Incidents, Severity, Stat, State, StatsRequest};
use rusqlite::Connection;

use super::fixture::{ORG, actor, test_store};

#[tokio::test]
async fn durations_are_summed_up_by_service_and_severity() {
    let store = test_store();
    for _ in 0..3 {
        let id = store.add("a", "high", &["checkout", "payment"]).await.id;
        store.step(&id, State::Acknowledged).await.unwrap();
        store.step(&id, State::Resolved).await.unwrap();
    }
    store.add("b", "critical", &["checkout"]).await;
    // Its severity changes, and another is deleted: both are counted as they are now.
    let moved = store.add("c", "low", &["checkout"]).await.id;
    let request = ChangeRequest {
        severity: Some("critical".to_owned()),
        ..ChangeRequest::default()
    };
    store.set(&moved, request).await;
    let gone = store.add("d", "low", &["checkout"]).await.id;
    store.incidents.delete(ORG, &gone, None, actor("x")).await.unwrap();
    let opened = StatsRequest::default().validate(jiff::Timestamp::now()).unwrap();
    let stats = store.incidents.stats(ORG, opened).await.unwrap();
    let counted: Vec<_> = stats
        .iter()
        .map(|stat| (stat.service.as_str(), stat.severity.name(), stat.incidents, stat.active))
        .collect();
    assert_eq!(
        counted,
        [
            ("checkout", "critical", 2, 2),
            ("checkout", "high", 3, 0),
            ("payment", "high", 3, 0)
        ]
    );
    assert!(stats[0].time_to_resolve_p50_s.is_none());
    let (p50, p90) = (
        stats[1].time_to_resolve_p50_s.unwrap(),
        stats[1].time_to_resolve_p90_s.unwrap(),
    );
    assert!(0.0 <= p50 && p50 <= p90 && stats[1].time_to_mitigate_p50_s.is_none());
    let before = StatsRequest {
        to: "now-1h".to_owned(),
        ..StatsRequest::default()
    };
    let opened = before.validate(jiff::Timestamp::now()).unwrap();
    assert!(store.incidents.stats(ORG, opened).await.unwrap().is_empty());
}

/// 2026-01-31T10:00:00Z, and a minute, in milliseconds.
const BEGIN: i64 = 1_769_853_600_000;
const MINUTE: i64 = 60_000;
const MANY: i64 = 600;

/// An incident as it is counted.
#[derive(Debug, Clone)]
struct Plain {
    opened_at: i64,
    services: Vec<&'static str>,
    severity: Severity,
    is_over: bool,
    /// Milliseconds from opening.
    acknowledge: Option<i64>,
    resolve: Option<i64>,
}

/// Numbers that look random and are the same each time.
fn scatter(number: i64) -> i64 {
    (number
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
        >> 33)
        .abs()
}

fn plain(number: i64) -> Plain {
    let random = scatter(number);
    Plain {
        // Some were imported and are older than their neighbours.
        opened_at: BEGIN + MINUTE * if random % 97 == 0 { -random % 50_000 } else { number },
        services: [vec!["cart"], vec!["payment", "cart"], vec!["checkout"]][(random % 3) as usize].clone(),
        severity: Severity::ALL[(random / 3 % 4) as usize],
        is_over: random % 2 == 0,
        acknowledge: (random % 5 > 0).then_some(random % 100_000),
        resolve: (random % 2 == 0).then_some(random % 7_000_000),
    }
}

/// Puts them into the file as the program does: first open, then changed.
fn fill(path: &std::path::Path, incidents: &[Plain]) {
    let mut connection = Connection::open(path).unwrap();
    let transaction = connection.transaction().unwrap();
    for (seq, plain) in (1_i64..).zip(incidents) {
        transaction
            .execute(
                "INSERT INTO incidents (seq, org, id, title, severity, state, window_from, window_to, baseline_from, baseline_to,
                                        opened_at, opened_by, updated_at, version, place)
                 VALUES (?1, ?2, ?1, 'x', 'low', 'open', 0, 1, 0, 1, ?3, 'x', ?3, 1, ?3 * 1048576 + ?1)",
                (seq, ORG, plain.opened_at),
            )
            .unwrap();
        for (position, service) in plain.services.iter().enumerate() {
            transaction
                .execute(
                    "INSERT INTO incident_services VALUES (?1, ?2, ?3)",
                    (seq, position, service),
                )
                .unwrap();
        }
    }
    for (seq, plain) in (1_i64..).zip(incidents) {
        let at = |after: Option<i64>| after.map(|after| plain.opened_at + after);
        transaction
            .execute(
                "UPDATE incidents SET severity = ?2, state = ?3, acknowledged_at = ?4, resolved_at = ?5 WHERE seq = ?1",
                (
                    seq,
                    plain.severity.name(),
                    if plain.is_over { "resolved" } else { "acknowledged" },
                    at(plain.acknowledge),
                    at(plain.resolve),
                ),
            )
            .unwrap();
    }
    transaction.commit().unwrap();
}

/// Type 7 of Hyndman and Fan, in seconds.
fn quantile(mut values: Vec<i64>, fraction: f64) -> Option<f64> {
    values.sort();
    let place = fraction * values.len().checked_sub(1)? as f64;
    let (below, above) = (
        values[place.floor() as usize] as f64,
        values[place.ceil() as usize] as f64,
    );
    Some((below + (above - below) * place.fract()) / 1_000.0)
}

/// Service and severity, incidents and active ones, and the quantiles of the time to acknowledge and to resolve.
type Row = (String, &'static str, u64, u64, [Option<f64>; 4]);

fn counted_plainly(incidents: &[Plain], from: i64, to: i64) -> Vec<Row> {
    let mut groups: BTreeMap<(&str, std::cmp::Reverse<Severity>), Vec<&Plain>> = BTreeMap::new();
    for plain in incidents.iter().filter(|plain| (from..to).contains(&plain.opened_at)) {
        for service in &plain.services {
            let key = (*service, std::cmp::Reverse(plain.severity));
            groups.entry(key).or_default().push(plain);
        }
    }
    let of = |group: &[&Plain], get: fn(&Plain) -> Option<i64>| -> Vec<i64> {
        group.iter().filter_map(|plain| get(plain)).collect()
    };
    groups
        .into_iter()
        .map(|((service, severity), group)| {
            let (acknowledge, resolve) = (of(&group, |plain| plain.acknowledge), of(&group, |plain| plain.resolve));
            let quantiles = [
                quantile(acknowledge.clone(), 0.5),
                quantile(acknowledge, 0.9),
                quantile(resolve.clone(), 0.5),
                quantile(resolve, 0.9),
            ];
            let active = group.iter().filter(|plain| !plain.is_over).count() as u64;
            (
                service.to_owned(),
                severity.0.name(),
                group.len() as u64,
                active,
                quantiles,
            )
        })
        .collect()
}

async fn counted(incidents: &Incidents, from: i64, to: i64) -> Vec<Row> {
    let request = StatsRequest {
        from: from.to_string(),
        to: to.to_string(),
    };
    let opened = request.validate(jiff::Timestamp::now()).unwrap();
    let row = |stat: Stat| {
        let quantiles = [
            stat.time_to_acknowledge_p50_s,
            stat.time_to_acknowledge_p90_s,
            stat.time_to_resolve_p50_s,
            stat.time_to_resolve_p90_s,
        ];
        (
            stat.service,
            stat.severity.name(),
            stat.incidents,
            stat.active,
            quantiles,
        )
    };
    incidents
        .stats(ORG, opened)
        .await
        .unwrap()
        .into_iter()
        .map(row)
        .collect()
}

/// Also with incidents that were stored out of order, changed or deleted.
#[tokio::test]
async fn statistics_are_those_of_a_plain_count_whatever_the_time() {
    let store = test_store();
    let path = store.incidents.store().path().to_owned();
    let mut incidents: Vec<_> = (0..MANY).map(plain).collect();
    fill(&path, &incidents);
    let by_hand = Connection::open(&path).unwrap();
    for seq in (1..=MANY).step_by(7) {
        let plain = &mut incidents[seq as usize - 1];
        plain.severity = Severity::Critical;
        plain.is_over = true;
        by_hand
            .execute(
                "UPDATE incidents SET severity = 'critical', state = 'closed' WHERE seq = ?1",
                [seq],
            )
            .unwrap();
    }
    let left: Vec<_> = (1..=MANY)
        .filter(|seq| *seq < 400 || incidents[*seq as usize - 1].services != ["checkout"])
        .collect();
    by_hand
        .execute(
            "UPDATE incidents SET deleted_at = 1
             WHERE seq >= 400 AND seq IN (SELECT incident FROM incident_services WHERE service = 'checkout')",
            [],
        )
        .unwrap();
    let incidents: Vec<_> = left.iter().map(|seq| incidents[*seq as usize - 1].clone()).collect();
    for (from, to) in [
        (BEGIN - 100_000 * MINUTE, BEGIN + 100_000 * MINUTE),
        (BEGIN, BEGIN + MANY * MINUTE),
        (BEGIN + 100 * MINUTE, BEGIN + 101 * MINUTE),
        (BEGIN + 200 * MINUTE + 1, BEGIN + 550 * MINUTE),
        (BEGIN - 60_000 * MINUTE, BEGIN),
        (BEGIN + 90_000 * MINUTE, BEGIN + 100_000 * MINUTE),
    ] {
        let want = counted_plainly(&incidents, from, to);
        assert_eq!(counted(&store.incidents, from, to).await, want, "{from} {to}");
    }
}
