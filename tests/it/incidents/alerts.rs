//! Alerts that Grafana and Alertmanager send to the service.

use serde_json::{Value, json};

use super::service::{Home, Service};

/// Alertmanager's body for a group of one alert on `service`.
fn alertmanager(service: &str, status: &str) -> Value {
    let labels = json!({ "alertname": "HighErrorRate", "service": service, "severity": "critical" });
    json!({
        "receiver": "kulprit", "status": status, "version": "4", "truncatedAlerts": 0, "externalURL": "http://am:9093",
        "groupKey": format!("{{}}:{{alertname=\"HighErrorRate\", service=\"{service}\"}}"),
        "groupLabels": { "alertname": "HighErrorRate", "service": service },
        "commonLabels": labels, "commonAnnotations": { "summary": format!("Errors on {service}") },
        "alerts": [{
            "status": status, "labels": labels, "annotations": { "summary": format!("Errors on {service}") },
            "startsAt": "2026-01-31T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prom:9090/graph?g0.expr=x", "fingerprint": "d3adb33f",
        }],
    })
}

/// Grafana's, which says more.
fn grafana(status: &str) -> Value {
    json!({
        "receiver": "Kulprit", "status": status, "orgId": 1, "state": "alerting", "version": "1", "truncatedAlerts": 0,
        "title": "[FIRING:1] Slow checkout", "message": "**Firing**", "externalURL": "https://grafana.example/",
        "groupKey": "{}/{team=\"shop\"}:{alertname=\"Slow\"}", "groupLabels": { "alertname": "Slow" },
        "commonLabels": { "alertname": "Slow", "service_name": "checkout" }, "commonAnnotations": {},
        "alerts": [{
            "status": status, "labels": { "alertname": "Slow", "service_name": "checkout" }, "annotations": {},
            "startsAt": "2026-01-31T11:00:00.123+01:00", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
            "fingerprint": "c0ffee", "silenceURL": "https://grafana.example/s", "dashboardURL": "", "panelURL": "",
            "values": { "A": 2.5 }, "valueString": "[ var='A' value=2.5 ]", "orgId": 1,
        }],
    })
}

fn send(service: &Service, body: &Value) -> Value {
    let answer = service.call("POST", "/api/v1/alerts", &[], Some(body));
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[test]
fn an_alert_that_comes_again_joins_its_incident_and_one_that_comes_back_names_it() {
    let home = Home::new("auth = \"none\"");
    let service = home.serve();
    let opened = send(&service, &alertmanager("pay", "firing"));
    let incident = &opened["incident"];
    assert_eq!(
        [
            &opened["action"],
            &incident["title"],
            &incident["severity"],
            &incident["services"],
            &incident["state"]
        ],
        [
            &json!("opened"),
            &json!("Errors on pay"),
            &json!("critical"),
            &json!(["pay"]),
            &json!("open")
        ]
    );
    assert_eq!(opened["dedup_key"], incident["dedup_key"]);
    // The same body twice, and another group.
    let again = send(&service, &alertmanager("pay", "firing"));
    assert_eq!(
        (&again["action"], &again["incident"]["id"]),
        (&json!("joined"), &incident["id"])
    );
    assert_eq!(
        again["incident"]["version"], incident["version"],
        "a repeated alert says nothing new"
    );
    assert_eq!(send(&service, &alertmanager("cart", "firing"))["action"], "opened");
    let resolved = send(&service, &alertmanager("pay", "resolved"));
    assert_eq!(
        (&resolved["action"], &resolved["incident"]["state"]),
        (&json!("resolved"), &json!("resolved"))
    );
    let once_more = send(&service, &alertmanager("pay", "resolved"));
    assert_eq!(
        (&once_more["action"], &once_more["incident"]),
        (&json!("none"), &Value::Null)
    );
    let back = send(&service, &alertmanager("pay", "firing"));
    assert_eq!(
        (&back["action"], &back["incident"]["follows"]),
        (&json!("opened"), &incident["id"])
    );
    assert_ne!(back["incident"]["id"], incident["id"]);
}

#[test]
fn grafanas_body_is_taken_as_it_is() {
    let home = Home::new("auth = \"none\"");
    let service = home.serve();
    let opened = send(&service, &grafana("firing"));
    assert_eq!(
        [
            &opened["action"],
            &opened["incident"]["title"],
            &opened["incident"]["services"]
        ],
        [&json!("opened"), &json!("Slow"), &json!(["checkout"])]
    );
    assert_eq!(send(&service, &grafana("resolved"))["action"], "resolved");
    let refused = service.call(
        "POST",
        "/api/v1/alerts",
        &[],
        Some(&json!({ "status": "firing", "alerts": [] })),
    );
    assert_eq!(refused.status, 400);
    assert!(
        refused.json()["message"].as_str().unwrap().starts_with("alerts: "),
        "{}",
        refused.text
    );
}

#[test]
fn alerts_need_credentials_that_may_write() {
    let home = Home::new("[auth]\n");
    let [viewer, editor] = ["viewer", "editor"].map(|role| format!("Bearer {}", home.token("shop", role)));
    let service = home.serve();
    let body = alertmanager("pay", "firing");
    let by = |token: &str| {
        service
            .call("POST", "/api/v1/alerts", &[("authorization", token)], Some(&body))
            .status
    };
    assert_eq!(
        [
            by(&viewer),
            by(&editor),
            service.call("POST", "/api/v1/alerts", &[], Some(&body)).status
        ],
        [403, 200, 401]
    );
}

#[test]
fn an_incident_is_a_duplicate_of_one_that_is_there() {
    let home = Home::new("auth = \"none\"");
    let service = home.serve();
    let open = |name: &str| {
        send(&service, &alertmanager(name, "firing"))["incident"]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second, third) = (open("pay"), open("cart"), open("mail"));
    let mark = |id: &str, of: &str| {
        service.call(
            "PATCH",
            &format!("/api/v1/incidents/{id}"),
            &[],
            Some(&json!({ "duplicate_of": of })),
        )
    };
    let marked = mark(&second, &first);
    assert_eq!(
        (marked.status, &marked.json()["duplicate_of"]),
        (200, &json!(first)),
        "{}",
        marked.text
    );
    let history = service.call("GET", &format!("/api/v1/incidents/{second}/history"), &[], None);
    assert!(
        history.text.contains(&format!("duplicate of {first}")),
        "{}",
        history.text
    );
    for (id, of) in [(&first, &first), (&third, &second), (&third, &"nosuch".to_owned())] {
        let refused = mark(id, of);
        assert_eq!(refused.status, 400, "{id} of {of}");
        assert!(
            refused.json()["message"]
                .as_str()
                .unwrap()
                .starts_with("duplicate_of: "),
            "{}",
            refused.text
        );
    }
    assert_eq!(mark(&second, "").json()["duplicate_of"], "");
}
