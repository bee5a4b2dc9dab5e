//! Incidents leave the store and come back: export, import, backup, restore.

use std::os::unix::fs::PermissionsExt as _;

use kulprit_incidents::{Exported, Incidents, State, restore};

use super::fixture::{ORG, actor, test_store};

async fn exported() -> (super::fixture::TestStore, Exported) {
    let store = test_store();
    let id = store.add("checkout | fails", "high", &["checkout"]).await.id;
    store.step(&id, State::Acknowledged).await.unwrap();
    store.step(&id, State::Resolved).await.unwrap();
    let file = store.incidents.export(ORG, &id).await.unwrap();
    (store, file)
}

#[tokio::test]
async fn an_exported_incident_is_the_same_elsewhere_and_says_that_it_came_in_a_file() {
    let (_source, file) = exported().await;
    let text = serde_json::to_vec_pretty(&file).unwrap();
    let target = test_store();
    let read = Exported::read(&text).unwrap();
    assert_eq!(read.snapshot, file.snapshot);
    let incident = target.incidents.import("else", read, actor("dan")).await.unwrap();
    assert_eq!(
        (incident.id.as_str(), incident.org.as_str()),
        (file.incident.id.as_str(), "else")
    );
    assert_eq!(incident.state, State::Resolved);
    assert_eq!(incident.time_to_resolve_s, file.incident.time_to_resolve_s);
    let history = target.incidents.history("else", &incident.id).await.unwrap();
    assert_eq!(history.len(), 4);
    assert!(history[..3].iter().all(|event| event.via == "import"));
    assert_eq!((history[3].who.as_str(), history[3].via.as_str()), ("dan", "token"));
    // A second time it is there already; another org has no part in that.
    let again = |org: &'static str| target.incidents.import(org, file.clone(), actor("dan"));
    assert_eq!(again("else").await.unwrap_err().status(), 409);
    assert!(again("third").await.is_ok());
}

#[tokio::test]
async fn a_file_that_was_altered_is_refused_with_the_fields_name() {
    let (_source, file) = exported().await;
    type Alter = fn(&mut Exported);
    let cases: [(&str, Alter); 11] = [
        ("digest", |file| file.snapshot["parts"] = serde_json::json!([])),
        ("format", |file| file.format = "other".to_owned()),
        ("incident.title", |file| file.incident.title.clear()),
        ("incident.id", |file| file.incident.id = "../../etc".to_owned()),
        ("history", |file| file.history.clear()),
        ("history", |file| file.history.swap(0, 1)),
        ("history", |file| file.history[1].to = "closed".to_owned()),
        ("history", |file| {
            file.history[2].at = "2099-01-01T00:00:00Z".parse().unwrap()
        }),
        ("history", |file| {
            file.history[0].at = "-009000-01-02T00:00:00Z".parse().unwrap()
        }),
        ("incident.to", |file| file.incident.to = file.incident.from),
        ("incident.services", |file| {
            file.incident.services = vec!["a,b".to_owned()]
        }),
    ];
    for (field, alter) in cases {
        let mut altered = file.clone();
        alter(&mut altered);
        let error = test_store()
            .incidents
            .import(ORG, altered, actor("dan"))
            .await
            .unwrap_err();
        assert_eq!(error.status(), 400, "{error}");
        assert!(error.to_string().starts_with(field), "{field}: {error}");
    }
}

#[tokio::test]
async fn the_state_of_an_imported_incident_is_where_its_history_leads() {
    let (_source, mut file) = exported().await;
    file.incident.state = State::Closed;
    file.incident.version = 77;
    file.incident.time_to_resolve_s = Some(-5.0);
    let incident = test_store().incidents.import(ORG, file, actor("dan")).await.unwrap();
    assert_eq!((incident.state, incident.version), (State::Resolved, 4));
    assert!(incident.time_to_resolve_s.unwrap() >= 0.0);
}

#[tokio::test]
async fn a_backup_holds_what_was_there_and_restores_it() {
    let store = test_store();
    let id = store.add("kept", "high", &["checkout"]).await.id;
    let copy = store.directory.path().join("copy.db");
    store.incidents.backup(&copy).await.unwrap();
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(
        store.incidents.backup(&copy).await.is_err(),
        "a backup overwrites nothing"
    );
    store.add("later", "low", &[]).await;

    let path = store.incidents.store().path().to_owned();
    let message = restore(&path, &copy, false).unwrap_err().to_string();
    assert!(message.contains("--replace"), "{message}");
    restore(&path, &copy, true).unwrap();
    // Also seen by whoever had the store open.
    assert_eq!(store.titles(serde_json::json!({})).await, ["kept"]);

    let elsewhere = store.directory.path().join("new").join("incidents.db");
    restore(&elsewhere, &copy, false).unwrap();
    let restored = Incidents::open(&elsewhere).unwrap();
    assert_eq!(restored.find(ORG, &id).await.unwrap().title, "kept");
    std::fs::write(&copy, b"not a database, but long enough to be read as one; and so on").unwrap();
    assert!(restore(&elsewhere, &copy, true).is_err());
    assert_eq!(restored.find(ORG, &id).await.unwrap().title, "kept");
}
