//! The states of an incident and the table of allowed changes between them.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Acknowledged,
    Mitigated,
    Resolved,
    Closed,
    Reopened,
}

use State::{Acknowledged, Closed, Mitigated, Open, Reopened, Resolved};

/// Which states may follow which. States may be skipped on the way forward, but only a resolved incident can be closed, and the only way
/// back is reopening.
pub const TRANSITIONS: [(State, &[State]); 6] = [
    (Open, &[Acknowledged, Mitigated, Resolved]),
    (Acknowledged, &[Mitigated, Resolved]),
    (Mitigated, &[Resolved, Reopened]),
    (Resolved, &[Closed, Reopened]),
    (Closed, &[Reopened]),
    (Reopened, &[Acknowledged, Mitigated, Resolved]),
];

/// When an incident reached the states whose durations are measured; milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Milestones {
    /// The first time, whatever came later.
    pub acknowledged_at: Option<i64>,
    pub mitigated_at: Option<i64>,
    pub resolved_at: Option<i64>,
    pub closed_at: Option<i64>,
}

impl State {
    pub const ALL: [Self; 6] = [Open, Acknowledged, Mitigated, Resolved, Closed, Reopened];

    pub fn name(self) -> &'static str {
        match self {
            Open => "open",
            Acknowledged => "acknowledged",
            Mitigated => "mitigated",
            Resolved => "resolved",
            Closed => "closed",
            Reopened => "reopened",
        }
    }

    /// Whether something is still to be done about it.
    pub fn is_unresolved(self) -> bool {
        !matches!(self, Resolved | Closed)
    }

    /// The state of that name. `field` names the value in the error.
    pub fn parse(field: &str, name: &str) -> Result<Self> {
        super::draft::choice(field, name, &Self::ALL, Self::name)
    }

    /// The states that may follow this one.
    pub fn followers(self) -> &'static [Self] {
        TRANSITIONS
            .iter()
            .find(|(from, _)| *from == self)
            .map_or(&[], |(_, to)| *to)
    }

    /// Errors with what is allowed when `next` may not follow.
    pub fn check_step(self, next: Self) -> Result<()> {
        if self.followers().contains(&next) {
            return Ok(());
        }
        let allowed: Vec<_> = self.followers().iter().map(|state| state.name()).collect();
        Err(Error::Conflict(format!(
            "state: an incident that is {} cannot become {}: from there it can become {}",
            self.name(),
            next.name(),
            allowed.join(" or ")
        )))
    }
}

impl Milestones {
    /// The milestones after a step to `state` at `now`. Reopening takes back what was reached, except that somebody once acknowledged it.
    pub fn after(self, state: State, now: i64) -> Self {
        match state {
            Open => self,
            Acknowledged => Self {
                acknowledged_at: self.acknowledged_at.or(Some(now)),
                ..self
            },
            Mitigated => Self {
                mitigated_at: Some(now),
                ..self
            },
            Resolved => Self {
                resolved_at: Some(now),
                ..self
            },
            Closed => Self {
                closed_at: Some(now),
                ..self
            },
            Reopened => Self {
                acknowledged_at: self.acknowledged_at,
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_one_row_and_a_way_on() {
        for state in State::ALL {
            assert_eq!(TRANSITIONS.iter().filter(|(from, _)| *from == state).count(), 1);
            assert!(!state.followers().is_empty() && !state.followers().contains(&state));
            assert_eq!(State::parse("state", state.name()).unwrap(), state);
        }
    }

    #[test]
    fn no_step_happens_twice_and_an_illegal_one_names_the_legal_ones() {
        assert!(Open.check_step(Acknowledged).is_ok());
        let message = Acknowledged.check_step(Acknowledged).unwrap_err().to_string();
        assert!(message.contains("mitigated or resolved"), "{message}");
        assert_eq!(Open.check_step(Closed).unwrap_err().status(), 409);
    }

    #[test]
    fn reopening_keeps_only_the_first_acknowledgement() {
        let times = [Acknowledged, Mitigated, Resolved, Closed]
            .into_iter()
            .zip(1..)
            .fold(Milestones::default(), |times, (state, now)| times.after(state, now));
        let again = times.after(Reopened, 5).after(Acknowledged, 6).after(Resolved, 7);
        let want = Milestones {
            acknowledged_at: Some(1),
            resolved_at: Some(7),
            ..Milestones::default()
        };
        assert_eq!(again, want);
    }
}
