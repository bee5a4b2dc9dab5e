//! Identities over time: keys that change, secrets that stay secret, what is said in the log.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::grafana::{Grafana, Key};
use super::service::Home;

#[test]
fn a_key_that_grafana_changes_to_is_fetched_and_one_that_it_drops_is_not_trusted_for_ever() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let grafana = Grafana::start(&[&old]);
    let home = Home::new(&format!(
        "[auth]\nmax_failure_delay_ms = 0\n[auth.grafana]\nurl = \"{}\"\n",
        grafana.url
    ));
    let service = home.serve();
    let list = |key: &Key| {
        let token = key.sign(&key.header(), &grafana.claims("1", None));
        service
            .call("GET", "/api/v1/incidents", &[("x-grafana-id", &token)], None)
            .status
    };
    assert_eq!(list(&old), 200);
    // A clock that is a little behind Grafana's, or ahead of it, is no reason to turn people away.
    let mut claims = grafana.claims("1", None);
    claims["exp"] = json!(Timestamp::now().as_second() - 5);
    let token = old.sign(&old.header(), &claims);
    let answer = service.call("GET", "/api/v1/incidents", &[("x-grafana-id", &token)], None);
    assert_eq!(answer.status, 200, "{}", answer.text);
    grafana.publish(&[&new]);
    // Not at once: whoever makes ids up must not be able to make us ask each time.
    assert_eq!(list(&new), 403);
    let deadline = Instant::now() + Duration::from_secs(30);
    while list(&new) != 200 {
        assert!(Instant::now() < deadline, "the new key is not fetched");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(list(&old), 403, "what Grafana publishes now is all that counts");
    assert_eq!(grafana.fetched(), 2);
}

#[test]
fn secrets_are_nowhere_on_the_disk_and_the_last_use_is_noted() {
    let home = Home::new("[auth]\n");
    let token = home.token("shop", "viewer");
    let service = home.serve();
    let bearer = format!("Bearer {token}");
    assert_eq!(
        service
            .call("GET", "/api/v1/incidents", &[("authorization", &bearer)], None)
            .status,
        200
    );
    let (id, secret) = token.strip_prefix("kpt_").unwrap().split_once('_').unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let listed = home.run(&["token", "list"]);
        let line = listed.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
        assert!(line.contains("viewer") && !listed.contains(secret));
        // Created, never expires, used.
        if line.matches(" - ").count() == 1 {
            break;
        }
        assert!(Instant::now() < deadline, "{line}");
        std::thread::sleep(Duration::from_millis(100));
    }
    for entry in std::fs::read_dir(home.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "{} holds the secret", path.display());
    }
}

#[test]
fn without_credentials_only_this_machine_gets_in() {
    use std::process::Command;
    let home = Home::new("auth = \"none\"");
    let everybody = Command::new(crate::program())
        .arg("--config")
        .arg(home.config())
        .args(["serve", "--port", "0", "--host", "0.0.0.0"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&everybody.stderr).into_owned();
    assert!(
        !everybody.status.success() && said.contains("auth = \"none\""),
        "{said}"
    );
    let service = home.serve();
    assert_eq!(service.call("GET", "/api/v1/incidents", &[], None).status, 200);
    let said = home.log();
    assert!(said.contains("everybody on this machine is an admin"), "{said}");
}

#[test]
fn a_failure_is_logged_without_the_secret_and_answered_later_each_time() {
    let home = Home::new("[auth]\nmax_failure_delay_ms = 400\n");
    let right = format!("Bearer {}", home.token("shop", "viewer"));
    let service = home.serve();
    let ask = |bearer: &str| {
        let began = Instant::now();
        let answer = service.call("GET", "/api/v1/incidents", &[("authorization", bearer)], None);
        (answer.status, began.elapsed())
    };
    let secret = "kpt_0123456789ab_this-is-the-secret-part-of-a-guess";
    for _ in 0..9 {
        assert_eq!(ask(&format!("Bearer {secret}")).0, 403);
    }
    // The tenth failure is held back for as long as the configuration allows; who is right never is.
    let (status, held_back) = ask(&format!("Bearer {secret}"));
    assert!(
        status == 403 && held_back >= Duration::from_millis(400),
        "{held_back:?}"
    );
    assert_eq!(ask(&right).0, 200);
    let said = home.log();
    assert_eq!(
        said.matches("refused a request address=127.0.0.1").count(),
        10,
        "{said}"
    );
    assert!(!said.contains("this-is-the-secret"), "{said}");
}
