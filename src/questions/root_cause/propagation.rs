//! Trouble travels from a service to its callers, who often show it louder: they have more requests and wait for the answer. So where
//! a service and one that it calls both stand out beyond doubt, and the calls between them got worse, the called one is looked at first.
//! Suspects that are merely odd, or whose calls are as ever, are left in the order of their scores.

use std::collections::BTreeSet;

use super::fusion::Suspect;
use super::parts::g_test;
use super::scores::{Finding, Part, Shares};
use crate::questions::topology::{EdgeRow, downstream, upstream};

/// From this surprise on (16 times the usual score and more) a service stands out beyond doubt.
pub const BEYOND_DOUBT: f64 = 2.0;
/// From here on a larger score tells of more requests, not of a better reason.
const CONVINCING: f64 = 3.0;
/// How far below the first suspect (or below convincing) a service that it calls may stand.
const BAND: f64 = 0.5;

/// Calls that an edge needs in the window and before it to be judged.
const FEWEST_CALLS: u64 = 4;
/// A rise of the share of failed calls that counts, the G from which it is no chance (1 in 100), and the ln of a time's factor that counts.
const ERROR_RISE: f64 = 0.01;
const NO_CHANCE: f64 = 6.63;
const SLOWER: f64 = 0.25;

/// Whether calls fail or take longer than before, so that trouble may travel that way.
fn got_worse(edge: &EdgeRow) -> bool {
    let shares = Shares {
        a: edge.current_errors,
        n1: edge.current_calls,
        b: edge.baseline_errors,
        n0: edge.baseline_calls,
    };
    let fails = shares.now() - shares.before() >= ERROR_RISE && g_test(&shares) >= NO_CHANCE;
    let slower = (edge.current_p95_ms / edge.baseline_p95_ms).ln() >= SLOWER;
    edge.current_calls.min(edge.baseline_calls) >= FEWEST_CALLS && (fails || slower)
}

/// Moves to the front the service that the first suspect calls, directly or not, by calls that got worse, if it stands out as well and calls
/// no other such.
pub fn prefer_the_called(ranked: &mut Vec<Suspect>, edges: &[EdgeRow]) {
    let Some(first) = ranked.first() else { return };
    let edges: Vec<EdgeRow> = edges.iter().filter(|edge| got_worse(edge)).cloned().collect();
    let edges = edges.as_slice();
    let reached = downstream(edges, &first.service);
    let least = (first.score.min(CONVINCING) - BAND).max(BEYOND_DOUBT);
    let stands_out = |suspect: &&Suspect| suspect.score >= least && reached.contains_key(suspect.service.as_str());
    let candidates: Vec<&str> = ranked
        .iter()
        .filter(stands_out)
        .map(|suspect| suspect.service.as_str())
        .collect();
    // In the order of scores; in a ring of calls nobody is last, and the order stays.
    let last = candidates.iter().find(|candidate| {
        let below = downstream(edges, candidate);
        !candidates
            .iter()
            .any(|other| other != *candidate && below.contains_key(other))
    });
    let place = last.and_then(|last| ranked.iter().position(|suspect| suspect.service == *last));
    if let Some(place) = place {
        let cause = ranked.remove(place);
        ranked.insert(0, cause);
    }
}

/// Moves to the front a service that is silent: calls to it fail, and no span of its own answers them. What its callers show, the first suspect
/// among them, comes from that. Whether there is one.
pub fn prefer_the_silent(ranked: &mut Vec<Suspect>, edges: &[EdgeRow]) -> bool {
    let Some(first) = ranked.first() else { return false };
    let reached = downstream(edges, &first.service);
    let is_silent = |suspect: &Suspect| {
        let leading = suspect
            .accusations
            .iter()
            .find(|accusation| accusation.part == Part::Pattern);
        leading.is_some_and(|leading| matches!(leading.finding, Finding::Silent { .. }))
    };
    let place = ranked.iter().position(|suspect| {
        suspect.score >= BEYOND_DOUBT && reached.contains_key(suspect.service.as_str()) && is_silent(suspect)
    });
    if let Some(place) = place {
        let silent = ranked.remove(place);
        ranked.insert(0, silent);
    }
    place.is_some()
}

/// The score of the best suspect that competes with the first. Its callers that stand out beyond doubt are its victims, not its rivals; and
/// so is what these call, if it only does less than before.
pub fn rival(ranked: &[Suspect], edges: &[EdgeRow]) -> f64 {
    let Some((first, others)) = ranked.split_first() else {
        return 0.0;
    };
    let callers = upstream(edges, &first.service);
    let starved: BTreeSet<&str> = callers
        .keys()
        .flat_map(|caller| downstream(edges, caller).into_keys())
        .collect();
    others
        .iter()
        .filter(|other| {
            let is_victim = first.score >= BEYOND_DOUBT
                && other.score >= BEYOND_DOUBT
                && callers.contains_key(other.service.as_str());
            let is_starved =
                first.score >= BEYOND_DOUBT && does_less(other) && starved.contains(other.service.as_str());
            !is_victim && !is_starved
        })
        .map(|other| other.score)
        .fold(0.0, f64::max)
}

/// Whether what speaks against it most is something that it does in fewer of its requests.
fn does_less(suspect: &Suspect) -> bool {
    let leading = suspect
        .accusations
        .first()
        .and_then(|accusation| accusation.finding.shares());
    leading.is_some_and(|shares| shares.now() < shares.before())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(scores: &[(&str, f64)]) -> Vec<Suspect> {
        scores
            .iter()
            .map(|(service, score)| Suspect {
                service: (*service).to_owned(),
                score: *score,
                accusations: vec![],
            })
            .collect()
    }

    fn edges(calls: &[(&str, &str)]) -> Vec<EdgeRow> {
        calls
            .iter()
            .map(|(caller, callee)| EdgeRow {
                caller: (*caller).to_owned(),
                callee: (*callee).to_owned(),
                current_calls: 100,
                current_errors: 0,
                baseline_calls: 100,
                baseline_errors: 0,
                current_p95_ms: 20.0,
                baseline_p95_ms: 10.0,
            })
            .collect()
    }

    fn order(scores: &[(&str, f64)], calls: &[(&str, &str)]) -> Vec<String> {
        let mut ranked = ranked(scores);
        prefer_the_called(&mut ranked, &edges(calls));
        ranked.into_iter().map(|suspect| suspect.service).collect()
    }

    #[test]
    fn the_last_called_of_those_that_stand_out_comes_first() {
        let calls = [("front", "order"), ("order", "pay"), ("front", "cart")];
        let loud = [("front", 3.6), ("order", 3.4), ("pay", 2.6), ("cart", 1.9)];
        assert_eq!(order(&loud, &calls), ["pay", "front", "order", "cart"]);
        assert_eq!(
            rival(&ranked(&[("pay", 2.6), ("front", 3.6), ("cart", 1.9)]), &edges(&calls)),
            1.9
        );
    }

    #[test]
    fn what_is_merely_odd_or_not_called_stays_where_it_is() {
        let calls = [("front", "pay"), ("pay", "front")];
        assert_eq!(order(&[("front", 1.9), ("pay", 1.8)], &calls), ["front", "pay"]);
        assert_eq!(order(&[("front", 3.0), ("pay", 2.4)], &calls), ["front", "pay"]);
        assert_eq!(order(&[("front", 3.0), ("other", 2.9)], &calls), ["front", "other"]);
        // A ring.
        assert_eq!(order(&[("front", 3.0), ("pay", 2.9)], &calls), ["front", "pay"]);
        assert_eq!(rival(&ranked(&[("pay", 1.9), ("front", 1.8)]), &edges(&calls)), 1.8);
        assert!(order(&[], &[]).is_empty());
    }

    #[test]
    fn trouble_does_not_travel_by_calls_that_are_as_ever() {
        let mut edges = edges(&[("front", "order"), ("order", "pay")]);
        edges[1].current_p95_ms = 10.0;
        let mut suspects = ranked(&[("front", 3.6), ("order", 3.4), ("pay", 3.3)]);
        prefer_the_called(&mut suspects, &edges);
        assert_eq!(suspects[0].service, "order");
    }
}
