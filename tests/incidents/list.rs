//! Lists and searches: every filter, every order, every page.

use std::collections::BTreeSet;

use kulprit::incidents::{ChangeRequest, State};
use serde_json::json;

use super::support::{ORG, filter, room};

/// Times are kept to the millisecond, so that two steps within one have no order by time.
async fn next_millisecond() {
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

#[tokio::test]
async fn the_list_is_filtered_by_everything_at_once() {
    let room = room();
    let a = room.add("alpha outage", "critical", &["checkout", "payment"]).await;
    next_millisecond().await;
    let b = room.add("beta slow", "low", &["cart"]).await;
    next_millisecond().await;
    room.add("gamma outage", "high", &["payment"]).await;
    next_millisecond().await;
    room.step(&b.id, State::Acknowledged).await.unwrap();
    next_millisecond().await;
    let labels = ChangeRequest {
        labels: Some(vec!["team:pay".to_owned(), "prod".to_owned()]),
        note: "Überlauf in the ledger".to_owned(),
        ..ChangeRequest::default()
    };
    room.set(&a.id, labels).await;
    for (request, want) in [
        (json!({}), vec!["gamma outage", "beta slow", "alpha outage"]),
        (
            json!({"sort": "opened_at"}),
            vec!["alpha outage", "beta slow", "gamma outage"],
        ),
        (
            json!({"sort": "-severity"}),
            vec!["alpha outage", "gamma outage", "beta slow"],
        ),
        (
            json!({"sort": "-state"}),
            vec!["gamma outage", "alpha outage", "beta slow"],
        ),
        (json!({"sort": "-updated_at", "limit": "1"}), vec!["alpha outage"]),
        (json!({"state": "open"}), vec!["gamma outage", "alpha outage"]),
        (json!({"state": "acknowledged, closed"}), vec!["beta slow"]),
        (
            json!({"severity": "high,critical"}),
            vec!["gamma outage", "alpha outage"],
        ),
        (json!({"service": "payment"}), vec!["gamma outage", "alpha outage"]),
        (json!({"service": "cart,checkout"}), vec!["beta slow", "alpha outage"]),
        (json!({"label": "prod,team:pay"}), vec!["alpha outage"]),
        (json!({"label": "prod,other"}), vec![]),
        (
            json!({"from": "now-1h", "to": "now"}),
            vec!["gamma outage", "beta slow", "alpha outage"],
        ),
        (json!({"to": "now-1h"}), vec![]),
        (json!({"q": "outage"}), vec!["gamma outage", "alpha outage"]),
        (json!({"q": "OUT gam"}), vec!["gamma outage"]),
        (json!({"q": "uberlauf"}), vec!["alpha outage"]),
        (json!({"q": "team:pay"}), vec!["alpha outage"]),
        (json!({"q": "disk full", "severity": "low"}), vec!["beta slow"]),
        (json!({"q": b.id}), vec!["beta slow"]),
        (json!({"q": "nothing"}), vec![]),
    ] {
        assert_eq!(room.titles(request.clone()).await, want, "{request}");
    }
}

#[tokio::test]
async fn pages_hold_every_incident_once_whatever_is_added_between_them() {
    let room = room();
    for number in 0..23 {
        let severity = ["low", "medium", "high", "critical"][number % 4];
        room.add(&format!("old {number}"), severity, &["cart"]).await;
    }
    for sort in [
        "opened_at",
        "-opened_at",
        "updated_at",
        "-severity",
        "severity",
        "-state",
    ] {
        for words in ["", "old"] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let request = json!({"sort": sort, "limit": "5", "cursor": cursor, "q": words});
                let page = room.incidents.list(ORG, filter(request)).await.unwrap();
                seen.extend(page.incidents.into_iter().map(|incident| incident.title));
                room.add("new", "high", &["cart"]).await;
                match page.next_cursor {
                    Some(next) => cursor = next,
                    None => break,
                }
            }
            seen.retain(|title| title.starts_with("old"));
            let distinct: BTreeSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), distinct.len()), (23, 23), "{sort} {words}");
        }
    }
}
