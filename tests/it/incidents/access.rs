//! Identities over time: keys that change, secrets that stay secret, what is said in the log.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use kulprit_testing::wait_until;
use serde_json::json;

use super::grafana::{Answers, Grafana, Key};
use super::service::Home;

/// Where that Grafana's users are known, and no failure is answered late.
fn home_of(grafana: &Grafana) -> Home {
    Home::new(&format!(
        "[auth]\nmax_failure_delay_ms = 0\n[auth.grafana]\nurl = \"{}\"\n",
        grafana.url
    ))
}

#[test]
fn a_key_that_grafana_changes_to_is_fetched_and_one_that_it_drops_is_not_trusted_for_ever() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let grafana = Grafana::start(&[&old]);
    let home = home_of(&grafana);
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
fn without_identities_everybody_on_the_machine_reads_and_who_writes_sends_the_token_that_the_start_prints() {
    let home = Home::new("");
    let service = home.serve();
    let printed = home.log();
    let token = printed
        .split("Authorization: ")
        .nth(1)
        .unwrap()
        .split('`')
        .next()
        .unwrap();
    let incident =
        json!({ "title": "t", "severity": "low", "from": "2026-01-31T10:00:00Z", "to": "2026-01-31T10:10:00Z" });
    let open = |headers: &[(&str, &str)]| {
        let answer = service.call("POST", "/api/v1/incidents", headers, Some(&incident));
        (answer.status, answer.text)
    };
    assert_eq!(service.call("GET", "/api/v1/incidents", &[], None).status, 200);
    for headers in [&[][..], &[("authorization", "Bearer another")]] {
        let (status, said) = open(headers);
        assert_eq!(status, 403, "{said}");
    }
    let (status, said) = open(&[("authorization", token)]);
    assert_eq!(status, 201, "{said}");
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

/// Who shows a known key waits for nobody, whoever else makes Kulprit ask for keys; and nothing but an answer holds keys.
#[test]
fn while_grafana_does_not_answer_known_keys_are_used_and_others_are_told_that_it_is_away() {
    let (known, forged) = (Key::new("known"), Key::new("forged"));
    let grafana = Grafana::start(&[&known]);
    let home = home_of(&grafana);
    let service = home.serve();
    let list = |key: &Key| {
        let token = key.sign(&key.header(), &grafana.claims("1", None));
        service.call("GET", "/api/v1/incidents", &[("x-grafana-id", &token)], None)
    };
    grafana.answer(Answers::Never);
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..8).map(|_| scope.spawn(|| list(&known).status)).collect();
        wait_until("the keys are asked for", || grafana.fetched() == 1);
        grafana.answer(Answers::WithKeys);
        for one in waiting {
            assert_eq!(one.join().unwrap(), 200);
        }
    });
    assert_eq!(grafana.fetched(), 1, "once for all");

    grafana.publish(&[&forged]);
    grafana.answer(Answers::Never);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            loop {
                let answer = list(&forged);
                // Refused at once while the fetch before is too recent for another.
                if answer.status != 403 {
                    break answer;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        wait_until("a stranger makes it ask again", || grafana.fetched() == 2);
        for _ in 0..8 {
            assert_eq!(list(&known).status, 200);
        }
        assert!(
            !asking.is_finished(),
            "who is not known yet waits for the keys, and nobody else does"
        );
        grafana.answer(Answers::WithRedirect);
        let answer = asking.join().unwrap();
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(answer.text.contains("auth.grafana.url"), "{}", answer.text);
    });
    assert_eq!(list(&known).status, 200, "the last good keys are used meanwhile");
    assert_eq!(
        list(&forged).status,
        503,
        "nobody can tell, which is no wrong credential"
    );
}

/// All the users of one Grafana or one proxy share its address.
#[test]
fn while_wrong_credentials_flood_from_an_address_good_ones_are_heard() {
    let home = Home::new("[auth]\nmax_failure_delay_ms = 1000\n");
    let right = format!("Bearer {}", home.token("shop", "viewer"));
    let service = home.serve();
    let ask = |bearer: &str| {
        service
            .call("GET", "/api/v1/incidents", &[("authorization", bearer)], None)
            .status
    };
    let wrong = "Bearer kpt_0123456789ab_this-is-the-secret-part-of-a-guess";
    std::thread::scope(|scope| {
        let flood: Vec<_> = (0..64).map(|_| scope.spawn(|| ask(wrong))).collect();
        while flood.iter().any(|one| !one.is_finished()) {
            assert_eq!(ask(&right), 200);
        }
        let answers: Vec<u16> = flood.into_iter().map(|one| one.join().unwrap()).collect();
        assert!(answers.iter().all(|status| [403, 429].contains(status)), "{answers:?}");
        assert!(answers.contains(&429), "nobody was turned away: {answers:?}");
    });
}
