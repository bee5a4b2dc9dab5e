//! Many clients write at once: nothing is lost, nothing happens twice, nobody sees a 5xx.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::service::{Home, Service, opening};

/// How often each status was answered.
pub type Statuses = BTreeMap<u16, u64>;

/// Lets `clients` write for so long: each opens incidents, and all race for the steps of shared ones. Checks the outcome.
pub fn run(clients: u32, long: Duration) -> Statuses {
    let home = Home::new("auth = \"none\"");
    let service = home.serve();
    let shared: Vec<String> = (0..4)
        .map(|number| {
            let opened = service.call(
                "POST",
                "/api/v1/incidents",
                &[],
                Some(&opening(&format!("shared {number}"))),
            );
            opened.json()["id"].as_str().unwrap().to_owned()
        })
        .collect();
    let statuses = Mutex::new(Statuses::new());
    let (opened, commented) = (AtomicU64::new(0), AtomicU64::new(0));
    // Which steps were acknowledged: incident and version; a step that two clients are told of is one applied twice.
    let steps = Mutex::new(Vec::new());
    let end = Instant::now() + long;
    std::thread::scope(|scope| {
        for client in 0..clients {
            let (service, shared, statuses, opened, commented, steps) =
                (&service, &shared, &statuses, &opened, &commented, &steps);
            scope.spawn(move || {
                let count = |status: u16| *statuses.lock().unwrap().entry(status).or_default() += 1;
                let mut turn = client as usize;
                while Instant::now() < end {
                    turn += 1;
                    let path = format!("/api/v1/incidents/{}", shared[turn % shared.len()]);
                    let answer = match turn % 4 {
                        0 => {
                            let answer = service.call("POST", "/api/v1/incidents", &[], Some(&opening("mine")));
                            opened.fetch_add(u64::from(answer.status == 201), Ordering::Relaxed);
                            answer
                        }
                        1 => {
                            let body = json!({ "note": format!("from {client}") });
                            let answer = service.call("POST", &format!("{path}/comments"), &[], Some(&body));
                            commented.fetch_add(u64::from(answer.status == 201), Ordering::Relaxed);
                            answer
                        }
                        _ => {
                            let answer = step(service, &path);
                            if answer.status == 200 {
                                let told = answer.json();
                                let version = told["version"].as_i64().unwrap();
                                steps.lock().unwrap().push((path, version));
                            }
                            answer
                        }
                    };
                    count(answer.status);
                }
            });
        }
    });
    let steps = steps.into_inner().unwrap();
    check(&service, &shared, &steps, opened.into_inner(), commented.into_inner());
    statuses.into_inner().unwrap()
}

/// Reads an incident and takes the next step from what it saw.
fn step(service: &Service, path: &str) -> super::service::Answer {
    let seen = service.call("GET", path, &[], None);
    let next = match seen.json()["state"].as_str().unwrap() {
        "open" | "reopened" => "acknowledged",
        "acknowledged" => "mitigated",
        "mitigated" => "resolved",
        "resolved" => "closed",
        _ => "reopened",
    };
    let tag = seen.etag.unwrap();
    service.call("PATCH", path, &[("if-match", &tag)], Some(&json!({ "state": next })))
}

fn check(service: &Service, shared: &[String], steps: &[(String, i64)], opened: u64, commented: u64) {
    let (mut comments, mut transitions) = (0, 0);
    for id in shared {
        let path = format!("/api/v1/incidents/{id}");
        let history = service.call("GET", &format!("{path}/history"), &[], None).json();
        let history = history["history"].as_array().unwrap().clone();
        let kinds = |kind: &str| history.iter().filter(|event| event["kind"] == kind).count() as u64;
        comments += kinds("comment");
        transitions += kinds("state");
        // Each step begins where the one before ended.
        let states: Vec<&Value> = history.iter().filter(|event| event["kind"] == "state").collect();
        for pair in states.windows(2) {
            assert_eq!(pair[0]["to"], pair[1]["from"]);
        }
        let version = service.call("GET", &path, &[], None).json()["version"]
            .as_u64()
            .unwrap();
        assert_eq!(version, history.len() as u64);
    }
    assert_eq!(comments, commented);
    assert_eq!(transitions, steps.len() as u64);
    let mut distinct = steps.to_vec();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), steps.len(), "a step was applied twice");
    assert_eq!(count(service), opened + shared.len() as u64);
}

/// How many incidents the list has, page by page.
fn count(service: &Service) -> u64 {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let page = service
            .call(
                "GET",
                &format!("/api/v1/incidents?limit=500&cursor={cursor}"),
                &[],
                None,
            )
            .json();
        count += page["incidents"].as_array().unwrap().len() as u64;
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return count,
        }
    }
}

#[test]
fn clients_that_write_at_once_lose_nothing() {
    let statuses = run(32, Duration::from_secs(3));
    assert!(
        statuses.keys().all(|status| matches!(status, 200 | 201 | 409 | 412)),
        "{statuses:?}"
    );
    assert!(statuses[&200] > 0 && statuses[&201] > 0, "{statuses:?}");
}
