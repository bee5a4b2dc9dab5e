//! Trouble travels from a service to its callers, who often show it louder: they have more requests and wait for the answer. So where
//! a service and one that it calls both stand out beyond doubt, the called one is looked at first. Suspects that are merely odd are
//! left in the order of their scores: discounting every caller did worse on recorded incidents.

use super::fusion::Suspect;
use crate::questions::topology::{EdgeRow, downstream, upstream};

/// From this surprise on (16 times the usual score and more) a service stands out beyond doubt.
const BEYOND_DOUBT: f64 = 2.0;
/// From here on a larger score tells of more requests, not of a better reason.
const CONVINCING: f64 = 3.0;
/// How far below the first suspect (or below convincing) a service that it calls may stand.
const BAND: f64 = 0.5;

/// Moves to the front the service that the first suspect calls, directly or not, if it stands out as well and calls no other such.
pub fn prefer_the_called(ranked: &mut Vec<Suspect>, edges: &[EdgeRow]) {
    let Some(first) = ranked.first() else { return };
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

/// The score of the best suspect that competes with the first: its callers that stand out beyond doubt are its victims, not its rivals.
pub fn rival(ranked: &[Suspect], edges: &[EdgeRow]) -> f64 {
    let Some((first, others)) = ranked.split_first() else {
        return 0.0;
    };
    let callers = upstream(edges, &first.service);
    others
        .iter()
        .filter(|other| {
            let is_victim = first.score >= BEYOND_DOUBT
                && other.score >= BEYOND_DOUBT
                && callers.contains_key(other.service.as_str());
            !is_victim
        })
        .map(|other| other.score)
        .fold(0.0, f64::max)
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
                current_calls: 1,
                current_errors: 0,
                baseline_calls: 1,
                baseline_errors: 0,
                current_p95_ms: 0.0,
                baseline_p95_ms: 0.0,
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
}
