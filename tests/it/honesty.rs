//! Bursty, seasonal traffic in which nothing happened reports nothing, and what is put into it is found.
//! `cargo bench --bench honesty` does the same at length and on recorded logs.

#[path = "../../benches/honesty/traffic.rs"]
mod traffic;

use jiff::{SignedDuration, Timestamp};

use crate::FIXTURE;
use kulprit_testing::{Database, question};
use traffic::{Line, Rng};

const BEGIN: &str = "2026-01-31T06:00:00Z";
const MINUTES: i64 = 260;
/// The bench's traffic begins with the same services.
const SEED: u64 = 20_260_131;

fn at(minute: i64) -> Timestamp {
    let begin: Timestamp = BEGIN.parse().unwrap();
    begin.checked_add(SignedDuration::from_mins(minute)).unwrap()
}

async fn store(database: &Database, lines: &[Line]) {
    let lines = lines
        .iter()
        .map(|(time, service, body)| (time.to_string(), service, body));
    database.log(lines).await;
}

#[tokio::test]
async fn quiet_traffic_is_quiet_and_a_hidden_change_stands_first() {
    let database = FIXTURE.database("honesty").await;
    let services = ["cart", "checkout", "payment"];
    for (seed, service) in services.into_iter().enumerate() {
        let lines = traffic::service(service, &mut Rng::new(SEED + seed as u64), at(0), MINUTES as u32);
        store(&database, &lines).await;
    }
    database.roller().catch_up().await.unwrap();

    // A baseline within a burst is replaced by a stretch further away: that is no comparison of two like windows, and must be rare.
    let (mut compared, mut alarms, mut replaced) = (0, 0, 0);
    for minute in (90..MINUTES - 10).step_by(5) {
        let ends = [minute + 5, minute + 10, minute, minute + 5].map(|minute| at(minute).to_string());
        for service in services {
            let mut asked = question(&ends[0], &ends[1], &ends[2], &ends[3]);
            asked.services = vec![service.to_owned()];
            let answer = database.answer(&asked).await;
            if answer.warnings.iter().any(|warning| warning.contains("is not quiet")) {
                replaced += 1;
                continue;
            }
            compared += 1;
            alarms += usize::from(answer.log_groups.iter().any(|group| group.q_value <= 0.05));
        }
    }
    assert!(alarms * 20 <= compared, "{alarms} alarms in {compared} comparisons");
    assert!(
        replaced * 20 <= compared,
        "{replaced} baselines of {compared} are told to be unquiet"
    );

    let refused: Vec<Line> = (0..150)
        .map(|number| {
            let time = at(MINUTES - 3).checked_add(SignedDuration::from_secs(number)).unwrap();
            (
                time,
                "payment".to_owned(),
                format!("connection refused by gateway {number}"),
            )
        })
        .collect();
    store(&database, &refused).await;
    database.roller().catch_up().await.unwrap();
    let ends = [MINUTES - 5, MINUTES, MINUTES - 10, MINUTES - 5].map(|minute| at(minute).to_string());
    let answer = database.answer(&question(&ends[0], &ends[1], &ends[2], &ends[3])).await;
    let first = &answer.log_groups[0];
    assert_eq!(
        (first.status.as_str(), first.current_count, first.since),
        ("new", 150, Some(at(MINUTES - 3)))
    );
    assert!(
        first
            .sentence
            .ends_with("0 → 30 per minute in payment, new since 10:17"),
        "{}",
        first.sentence
    );
}
