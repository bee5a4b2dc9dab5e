//! kill -9 in the middle of writing: what was acknowledged is there, and the file is whole.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kulprit_incidents::Incidents;
use rusqlite::Connection;
use serde_json::json;

use super::service::{Home, opening};

/// What clients were told is done.
#[derive(Default)]
struct Told {
    /// Ids of incidents.
    opened: Vec<String>,
    /// Id of the incident, and the version that the client was told.
    changed: Vec<(String, i64)>,
}

/// Kills the service so many times while eight clients write, and checks the store after each. Returns how many writes were acknowledged.
pub fn rounds(rounds: u32) -> usize {
    let home = Home::new("auth = \"none\"");
    let told = Mutex::new(Told::default());
    for round in 0..rounds {
        let mut service = home.serve();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let (service, told, over) = (&service, &told, &over);
                scope.spawn(move || write(service, told, over, writer));
            }
            // Long enough for some writes, different each time so that the blow falls anywhere.
            std::thread::sleep(Duration::from_millis(150 + u64::from(round * 37 % 200)));
            nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(service.pid().try_into().unwrap()),
                nix::sys::signal::Signal::SIGKILL,
            )
            .unwrap();
            over.store(true, Ordering::Relaxed);
        });
        service.kill();
        check(&home, &told.lock().unwrap());
    }
    let told = told.into_inner().unwrap();
    told.opened.len() + told.changed.len()
}

fn write(service: &super::service::Service, told: &Mutex<Told>, over: &AtomicBool, writer: u32) {
    while !over.load(Ordering::Relaxed) {
        let opened = service.try_call(
            "POST",
            "/api/v1/incidents",
            &[],
            Some(&opening(&format!("writer {writer}"))),
        );
        let Some(opened) = opened else { return };
        assert_eq!(opened.status, 201, "{}", opened.text);
        let id = opened.json()["id"].as_str().unwrap().to_owned();
        told.lock().unwrap().opened.push(id.clone());
        let body = json!({ "state": "acknowledged", "assignee": "ann", "note": "looking" });
        let Some(changed) = service.try_call("PATCH", &format!("/api/v1/incidents/{id}"), &[], Some(&body)) else {
            return;
        };
        assert_eq!(changed.status, 200, "{}", changed.text);
        told.lock()
            .unwrap()
            .changed
            .push((id, changed.json()["version"].as_i64().unwrap()));
    }
}

fn check(home: &Home, told: &Told) {
    // Opening it is what repairs it: the log of the killed process is played back.
    drop(Incidents::open(&home.store()).unwrap());
    let connection = Connection::open(home.store()).unwrap();
    let verdict: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    connection
        .execute_batch("INSERT INTO incident_text (incident_text) VALUES ('integrity-check')")
        .unwrap();
    let mut version = connection
        .prepare("SELECT version FROM incidents WHERE id = ?1")
        .unwrap();
    for id in &told.opened {
        assert!(version.query_row([id], |row| row.get::<_, i64>(0)).unwrap() >= 1);
    }
    for (id, acknowledged) in &told.changed {
        assert_eq!(
            version.query_row([id], |row| row.get::<_, i64>(0)).unwrap(),
            *acknowledged
        );
    }
    // Never half of a change: as many lines of history as the version says.
    let torn: i64 = connection
        .query_row(
            "SELECT count(*) FROM incidents AS i WHERE version != (SELECT count(*) FROM history WHERE incident = i.seq)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(torn, 0);
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    assert!(rounds(3) > 0);
}
