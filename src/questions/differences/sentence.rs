//! What sets lines apart, as a person would say it.

use super::answer::HeldTo;
use super::rows::DifferenceRow;
use crate::text::one_line;

/// Longer values are cut.
const WIDEST: usize = 60;
/// More names of one fact tell nothing more.
const MOST_NAMES: usize = 3;

/// "all 218 from pod stock-7c9f, version 1.4.2; 3 % of lines usually are".
pub fn of_fact(row: &DifferenceRow, same: &[&DifferenceRow], held_to: HeldTo) -> String {
    let before = held_to == HeldTo::ServiceNow;
    let amount = match row.target {
        0 => format!("none of {}", row.target_read),
        all if all == row.target_read => format!("all {all}"),
        some => format!("{some} of {}", row.target_read),
    };
    let what = match held_to {
        HeldTo::OtherRequests => " failed requests",
        _ if before => " that are gone",
        _ => "",
    };
    let place = if is_place(row) { "from" } else { "with" };
    let usual = match held_to {
        HeldTo::OtherRequests => "of the others are",
        HeldTo::ServiceNow => "of the service's lines now are",
        HeldTo::Pattern => "of its lines usually are",
        HeldTo::Baseline | HeldTo::Service => "of lines usually are",
    };
    format!(
        "{amount}{what} {place} {}; {} {usual}",
        names(row, same),
        per_cent(row.usual_share())
    )
}

/// What marks the same lines and is as rare usually, so that the one share speaks for all.
fn names(row: &DifferenceRow, same: &[&DifferenceRow]) -> String {
    let is_as_rare = |other: &&&DifferenceRow| {
        other.kind == "value"
            && (other.target_share() - row.target_share()).abs() <= 0.02
            && (other.usual_share() - row.usual_share()).abs() <= 0.005
    };
    let mut values = vec![&row.value];
    let mut names = vec![name(row)];
    for other in same.iter().filter(is_as_rare) {
        if names.len() < MOST_NAMES && !values.contains(&&other.value) {
            values.push(&other.value);
            names.push(name(other));
        }
    }
    names.join(", ")
}

fn name(row: &DifferenceRow) -> String {
    let key = short(&row.key);
    if row.kind == "key" {
        return format!("any {key}");
    }
    let value = one_line(&row.value, WIDEST);
    if value.is_empty() {
        return format!("empty {key}");
    }
    format!("{key} {value}")
}

/// Whether it says where a line comes from, not what it is about.
fn is_place(row: &DifferenceRow) -> bool {
    row.source == "resource" || row.key == "service"
}

/// `k8s.pod.name` is the pod, `service.version` the version.
fn short(key: &str) -> &str {
    let mut parts = key.rsplit('.');
    let last = parts.next().unwrap_or(key);
    match parts.next() {
        Some(before) if matches!(last, "name" | "id" | "uid") => before,
        _ => last,
    }
}

/// Two digits at most: 0.04 %, 3 %, 12 %.
fn per_cent(share: f64) -> String {
    let share = share * 100.0;
    let digits = match share {
        share if share >= 1.0 || share == 0.0 => 0,
        share if share >= 0.1 => 1,
        _ => 2,
    };
    format!("{share:.digits$} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: &str, key: &str, value: &str, (target, usual): (u64, u64)) -> DifferenceRow {
        DifferenceRow {
            group_id: 0,
            kind: if value == "*" { "key" } else { "value" }.to_owned(),
            source: source.to_owned(),
            key: key.to_owned(),
            value: value.to_owned(),
            target,
            usual,
            target_read: 218,
            usual_read: 1_000,
            target_total: 218,
            usual_total: 1_000,
            usual_is_own: 1,
            effect: 1.0,
            g2: 1.0,
            dispersion: 1.0,
            p_value: 0.0,
            q_value: 0.0,
            values: 2,
            target_witnesses: vec![],
            usual_witnesses: vec![],
        }
    }

    #[test]
    fn a_fact_is_told_with_its_names_and_what_is_usual() {
        let pod = row("resource", "k8s.pod.name", "stock-7c9f", (218, 30));
        let instance = row("resource", "service.instance.id", "stock-7c9f", (218, 30));
        let version = row("resource", "service.version", "1.4.2", (218, 32));
        let host = row("resource", "host.name", "node-3", (218, 160));
        assert_eq!(
            of_fact(&pod, &[&instance, &version, &host], HeldTo::Service),
            "all 218 from pod stock-7c9f, version 1.4.2; 3 % of lines usually are"
        );
        let status = row("log", "http.response.status_code", "502", (73, 2));
        assert_eq!(
            of_fact(&status, &[], HeldTo::Pattern),
            "73 of 218 with status_code 502; 0.2 % of its lines usually are"
        );
        let gone = row("resource", "k8s.pod.name", "stock-1", (0, 333));
        assert_eq!(
            of_fact(&gone, &[], HeldTo::Baseline),
            "none of 218 from pod stock-1; 33 % of lines usually are"
        );
        let retried = row("span", "retry.reason", "*", (218, 0));
        assert_eq!(
            of_fact(&retried, &[], HeldTo::OtherRequests),
            "all 218 failed requests with any reason; 0 % of the others are"
        );
    }
}
