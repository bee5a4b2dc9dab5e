//! Lists and searches: every filter, every order, every page.

use std::collections::BTreeSet;

use kulprit_incidents::{ChangeRequest, State};
use rusqlite::Connection;
use serde_json::json;

use super::fixture::{ORG, filter, test_store};

/// Times are kept to the millisecond, so that two steps within one have no order by time.
async fn next_millisecond() {
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

#[tokio::test]
async fn the_list_is_filtered_by_everything_at_once() {
    let store = test_store();
    let a = store.add("alpha outage", "critical", &["checkout", "payment"]).await;
    next_millisecond().await;
    let b = store.add("beta slow", "low", &["cart"]).await;
    next_millisecond().await;
    store.add("gamma outage", "high", &["payment"]).await;
    next_millisecond().await;
    store.step(&b.id, State::Acknowledged).await.unwrap();
    next_millisecond().await;
    let labels = ChangeRequest {
        labels: Some(vec!["team:pay".to_owned(), "prod".to_owned()]),
        note: "Überlauf in the ledger".to_owned(),
        ..ChangeRequest::default()
    };
    store.set(&a.id, labels).await;
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
        assert_eq!(store.titles(request.clone()).await, want, "{request}");
    }
}

#[tokio::test]
async fn pages_hold_every_incident_once_whatever_is_added_between_them() {
    let store = test_store();
    for number in 0..23 {
        let severity = ["low", "medium", "high", "critical"][number % 4];
        store.add(&format!("old {number}"), severity, &["cart"]).await;
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
                let page = store.incidents.list(ORG, filter(request)).await.unwrap();
                seen.extend(page.incidents.into_iter().map(|incident| incident.title));
                store.add("new", "high", &["cart"]).await;
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

/// Whatever the order and however many incidents hold the words, a search finds what a plain look through all of them does.
#[tokio::test]
async fn words_that_many_incidents_hold_are_found_in_every_order() {
    let store = test_store();
    let mut by_hand = Connection::open(store.incidents.store().path()).unwrap();
    let transaction = by_hand.transaction().unwrap();
    let count = 1_300_i64;
    for seq in 1..=count {
        // Some were opened in the same millisecond, and not in the order in which they were stored.
        let opened_at = 1_769_853_600_000 + (seq * 7_919) % 1_000;
        let severity = ["low", "high"][seq as usize % 2];
        let word = if seq % 10 == 0 { "rare" } else { "usual" };
        let place = "SELECT coalesce(max(place) + 1, ?2 * 1048576) FROM incidents WHERE place BETWEEN ?2 * 1048576 AND ?2 * 1048576 + 1048575";
        transaction
            .execute(
                &format!(
                    "INSERT INTO incidents (seq, org, id, title, severity, state, window_from, window_to, baseline_from, baseline_to,
                                            opened_at, opened_by, updated_at, version, place)
                     VALUES (?1, ?4, ?1, ?1, ?3, 'open', 0, 1, 0, 1, ?2, 'x', -?1, 1, ({place}))"
                ),
                (seq, opened_at, severity, if seq % 7 == 0 { "else" } else { ORG }),
            )
            .unwrap();
        transaction
            .execute(
                "INSERT INTO incident_words SELECT place, 'outage ' || ?2, '', '' FROM incidents WHERE seq = ?1",
                (seq, word),
            )
            .unwrap();
    }
    transaction.commit().unwrap();
    let plainly = |condition: &str, order: &str| -> Vec<String> {
        let sql = format!("SELECT title FROM incidents WHERE org = 'shop' AND {condition} ORDER BY {order}");
        let mut statement = by_hand.prepare(&sql).unwrap();
        let titles = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        titles.map(Result::unwrap).collect()
    };
    let (from, to) = ("2026-01-31T10:00:00.200Z", "2026-01-31T10:00:00.700Z");
    let between = "opened_at >= 1769853600200 AND opened_at < 1769853600700";
    for (request, condition, order) in [
        (json!({"q": "outage"}), "1", "opened_at DESC, seq DESC"),
        (
            json!({"q": "out usual", "sort": "opened_at"}),
            "seq % 10",
            "opened_at, seq",
        ),
        (json!({"q": "rare"}), "seq % 10 = 0", "opened_at DESC, seq DESC"),
        (
            json!({"q": "outage", "from": from, "to": to}),
            between,
            "opened_at DESC, seq DESC",
        ),
        (
            json!({"q": "outage", "severity": "high"}),
            "seq % 2",
            "opened_at DESC, seq DESC",
        ),
        (
            json!({"q": "outage", "sort": "-updated_at"}),
            "1",
            "updated_at DESC, seq DESC",
        ),
        (
            json!({"sort": "opened_at", "from": from}),
            "opened_at >= 1769853600200",
            "opened_at, seq",
        ),
    ] {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut request = request.clone();
            request["limit"] = json!("500");
            request["cursor"] = json!(cursor);
            let page = store.incidents.list(ORG, filter(request)).await.unwrap();
            found.extend(page.incidents.into_iter().map(|incident| incident.title));
            match page.next_cursor {
                Some(next) => cursor = next,
                None => break,
            }
        }
        assert!(found == plainly(condition, order), "{request}: {} found", found.len());
    }
}
