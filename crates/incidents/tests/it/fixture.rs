//! A store in a directory of its own, and incidents to put into it.

use jiff::{SignedDuration, Timestamp};
use kulprit_incidents::{
    Actor, Change, ChangeRequest, Draft, Filter, Incident, Incidents, ListRequest, OpenRequest, Snapshot, State,
};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const ORG: &str = "shop";

pub struct TestStore {
    pub incidents: Incidents,
    pub directory: TempDir,
}

pub fn test_store() -> TestStore {
    let directory = TempDir::new().unwrap();
    let incidents = Incidents::open(&directory.path().join("incidents.db")).unwrap();
    TestStore { incidents, directory }
}

pub fn actor(who: &str) -> Actor {
    Actor {
        who: who.to_owned(),
        via: "token",
    }
}

pub fn draft(title: &str, severity: &str, services: &[&str]) -> Draft {
    let request = OpenRequest {
        title: title.to_owned(),
        severity: severity.to_owned(),
        services: services.iter().map(|name| (*name).to_owned()).collect(),
        from: "now-10m".to_owned(),
        to: "now".to_owned(),
        ..OpenRequest::default()
    };
    request.validate(Timestamp::now()).unwrap()
}

/// A snapshot with one pattern in it.
pub fn snapshot(pattern: &str) -> Snapshot {
    Snapshot::of(&json!({
        "format": "kulprit-snapshot/1",
        "parts": [{
            "name": "pattern_changes",
            "status": "ok",
            "reason": "",
            "answer": { "log_groups": [{ "pattern": pattern, "kl_contribution": 0.1 }] },
            "sql": [],
        }],
    }))
}

impl TestStore {
    pub async fn add(&self, title: &str, severity: &str, services: &[&str]) -> Incident {
        let draft = draft(title, severity, services);
        let added = self
            .incidents
            .add(ORG, draft, snapshot("disk <*> is full"), actor("ann"), None);
        added.await.unwrap().incident
    }

    pub async fn step(&self, id: &str, state: State) -> kulprit_request::Result<Incident> {
        let change = Change::step(state, "").unwrap();
        self.incidents.change(ORG, id, None, change, actor("bob")).await
    }

    pub async fn set(&self, id: &str, request: ChangeRequest) -> Incident {
        let change = request.validate().unwrap();
        self.incidents
            .change(ORG, id, None, change, actor("bob"))
            .await
            .unwrap()
    }

    /// The titles of one page.
    pub async fn titles(&self, request: Value) -> Vec<String> {
        let page = self.incidents.list(ORG, filter(request)).await.unwrap();
        page.incidents.into_iter().map(|incident| incident.title).collect()
    }
}

/// A filter from the values of a query string.
pub fn filter(request: Value) -> Filter {
    let request: ListRequest = serde_json::from_value(request).unwrap();
    request
        .validate(Timestamp::now() + SignedDuration::from_secs(1))
        .unwrap()
}
