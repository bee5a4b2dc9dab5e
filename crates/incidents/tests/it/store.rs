//! What the store promises whoever calls it: history, versions, idempotency, orgs.

use kulprit_incidents::{Change, ChangeRequest, Idempotency, Kind, Severity, State, StatsRequest, etag};
use serde_json::json;

use super::fixture::{ORG, actor, draft, filter, snapshot, test_store};

#[tokio::test]
async fn every_change_is_a_line_of_the_history_with_who_from_to_and_why() {
    let store = test_store();
    let id = store.add("checkout fails", "high", &["checkout"]).await.id;
    store.step(&id, State::Acknowledged).await.unwrap();
    let request = ChangeRequest {
        severity: Some("critical".to_owned()),
        assignee: Some("bob".to_owned()),
        labels: Some(vec!["b".to_owned(), "a".to_owned()]),
        note: "it is worse than we thought".to_owned(),
        ..ChangeRequest::default()
    };
    store.set(&id, request).await;
    let comment = Change::comment("restarting payment").unwrap();
    store
        .incidents
        .change(ORG, &id, None, comment, actor("cyd"))
        .await
        .unwrap();
    for state in [
        State::Mitigated,
        State::Resolved,
        State::Closed,
        State::Reopened,
        State::Resolved,
    ] {
        store.step(&id, state).await.unwrap();
    }
    let history = store.incidents.history(ORG, &id).await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|event| {
            (
                event.version,
                event.who.as_str(),
                event.kind,
                event.from.as_str(),
                event.to.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "ann", Kind::Opened, "", "open"),
            (2, "bob", Kind::State, "open", "acknowledged"),
            (3, "bob", Kind::Severity, "high", "critical"),
            (4, "bob", Kind::Assignee, "", "bob"),
            (5, "bob", Kind::Labels, "", "a, b"),
            (6, "cyd", Kind::Comment, "", ""),
            (7, "bob", Kind::State, "acknowledged", "mitigated"),
            (8, "bob", Kind::State, "mitigated", "resolved"),
            (9, "bob", Kind::State, "resolved", "closed"),
            (10, "bob", Kind::State, "closed", "reopened"),
            (11, "bob", Kind::State, "reopened", "resolved"),
        ]
    );
    assert_eq!(history[2].note, "it is worse than we thought");
    assert_eq!(history[3].note, "", "a note stands once");
    assert!(history.is_sorted_by_key(|event| event.at));
    let incident = store.incidents.find(ORG, &id).await.unwrap();
    assert_eq!((incident.version, incident.state), (11, State::Resolved));
    assert_eq!(incident.severity, Severity::Critical);
    assert!(incident.mitigated_at.is_none() && incident.acknowledged_at.is_some() && incident.resolved_at.is_some());
}

#[tokio::test]
async fn what_changes_nothing_is_no_line() {
    let store = test_store();
    let id = store.add("checkout fails", "high", &[]).await.id;
    let request = ChangeRequest {
        severity: Some("high".to_owned()),
        assignee: Some(String::new()),
        ..ChangeRequest::default()
    };
    assert_eq!(store.set(&id, request).await.version, 1);
}

#[tokio::test]
async fn a_step_that_is_not_allowed_changes_nothing() {
    let store = test_store();
    let id = store.add("checkout fails", "high", &[]).await.id;
    let request = ChangeRequest {
        state: Some("closed".to_owned()),
        title: Some("other".to_owned()),
        ..ChangeRequest::default()
    };
    let change = request.validate().unwrap();
    let error = store
        .incidents
        .change(ORG, &id, None, change, actor("bob"))
        .await
        .unwrap_err();
    assert_eq!(error.status(), 409);
    let incident = store.incidents.find(ORG, &id).await.unwrap();
    assert_eq!((incident.version, incident.title.as_str()), (1, "checkout fails"));
}

#[tokio::test]
async fn a_change_from_an_older_version_is_refused() {
    let store = test_store();
    let incident = store.add("checkout fails", "high", &[]).await;
    let change = |if_match: Option<&'static str>| {
        let change = Change::comment("x").unwrap();
        store
            .incidents
            .change(ORG, &incident.id, if_match, change, actor("bob"))
    };
    assert_eq!(etag(incident.version), "\"1\"");
    assert_eq!(change(Some("\"1\"")).await.unwrap().version, 2);
    for outdated in ["\"1\"", "1", "2", "W/\"2\"", "", "\"x\""] {
        let error = store
            .incidents
            .change(
                ORG,
                &incident.id,
                Some(outdated),
                Change::comment("x").unwrap(),
                actor("bob"),
            )
            .await
            .unwrap_err();
        assert_eq!(error.status(), 412, "{outdated}");
    }
    for (current, version) in [("*", 3), ("\"1\", \"3\"", 4)] {
        assert_eq!(change(Some(current)).await.unwrap().version, version, "{current}");
    }
    assert_eq!(change(None).await.unwrap().version, 5);
}

#[tokio::test]
async fn a_repeated_creation_makes_one_incident() {
    let store = test_store();
    let open = async |org: &str, key: &str, body: &[u8]| {
        let key = Idempotency::new(key, body).unwrap();
        store
            .incidents
            .add(org, draft("a", "low", &[]), snapshot("p"), actor("ann"), Some(key))
            .await
    };
    let first = open(ORG, "k", br#"{"title": "a", "severity": "low"}"#).await.unwrap();
    let again = open(ORG, "k", br#"{"severity":"low","title":"a"}"#).await.unwrap();
    assert!(!first.is_replay && again.is_replay);
    assert_eq!(first.incident.id, again.incident.id);
    assert_eq!(open(ORG, "k", b"{}").await.unwrap_err().status(), 422);
    assert_ne!(open(ORG, "other", b"{}").await.unwrap().incident.id, first.incident.id);
    // Another org's keys are its own.
    assert!(!open("else", "k", b"{}").await.unwrap().is_replay);
    let refused = |key: &str, body: &[u8]| Idempotency::new(key, body).unwrap_err().to_string();
    assert!(refused("", b"{}").starts_with("Idempotency-Key") && refused("é", b"{}").starts_with("Idempotency-Key"));
    // Two bodies that cannot be read are not the same request.
    assert!(refused("k", b"{").contains("not JSON"));
    assert_eq!(
        Idempotency::new("k", b"\xef\xbb\xbf{}").unwrap(),
        Idempotency::new("k", b"{ }").unwrap()
    );
}

#[tokio::test]
async fn another_orgs_incident_is_not_there() {
    let store = test_store();
    let id = store.add("secret", "high", &["checkout"]).await.id;
    let there = &store.incidents;
    let comment = Change::comment("x").unwrap();
    assert_eq!(there.find("else", &id).await.unwrap_err().status(), 404);
    assert_eq!(there.detail("else", &id).await.unwrap_err().status(), 404);
    assert_eq!(there.history("else", &id).await.unwrap_err().status(), 404);
    assert_eq!(there.export("else", &id).await.unwrap_err().status(), 404);
    assert_eq!(
        there
            .change("else", &id, None, comment, actor("x"))
            .await
            .unwrap_err()
            .status(),
        404
    );
    assert_eq!(
        there.delete("else", &id, None, actor("x")).await.unwrap_err().status(),
        404
    );
    assert_eq!(there.id_like("else", &id).await.unwrap_err().status(), 404);
    assert!(
        there
            .list("else", filter(json!({})))
            .await
            .unwrap()
            .incidents
            .is_empty()
    );
    let opened = StatsRequest::default().validate(jiff::Timestamp::now()).unwrap();
    assert!(there.stats("else", opened).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_incident_is_gone_for_everybody() {
    let store = test_store();
    let id = store.add("gone", "high", &["checkout"]).await.id;
    assert_eq!(
        store
            .incidents
            .delete(ORG, &id, Some("\"9\""), actor("x"))
            .await
            .unwrap_err()
            .status(),
        412
    );
    store.incidents.delete(ORG, &id, None, actor("x")).await.unwrap();
    assert_eq!(store.incidents.find(ORG, &id).await.unwrap_err().status(), 404);
    assert!(store.titles(json!({})).await.is_empty() && store.titles(json!({"q": "gone"})).await.is_empty());
}

#[tokio::test]
async fn history_and_snapshots_cannot_be_altered_even_with_the_file_in_hand() {
    let store = test_store();
    let id = store.add("a", "high", &[]).await.id;
    let by_hand = rusqlite::Connection::open(store.incidents.store().path()).unwrap();
    for statement in [
        "UPDATE history SET who = 'x'",
        "DELETE FROM history",
        "UPDATE snapshots SET document = '{}'",
        "DELETE FROM snapshots",
        "INSERT OR REPLACE INTO snapshots SELECT incident, digest, '{}' FROM snapshots",
        "INSERT OR REPLACE INTO history SELECT seq, incident, 9, at, 'x', via, kind, from_value, to_value, note FROM history",
        "INSERT OR REPLACE INTO history (incident, version, at, who, via, kind) SELECT incident, version, at, 'x', via, kind FROM history",
    ] {
        let message = by_hand.execute(statement, []).unwrap_err().to_string();
        assert!(
            message.contains("append-only") || message.contains("immutable"),
            "{message}"
        );
    }
    assert_eq!(store.incidents.history(ORG, &id).await.unwrap().len(), 1);
}
