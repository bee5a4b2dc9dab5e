//! How good a ranking is: accuracy at k, mean reciprocal rank, and whether its confidence tells right from wrong.

/// One incident as it was answered.
pub struct Trial {
    /// From 1; none when the cause is not among the suspects.
    pub rank: Option<usize>,
    /// 0 to 100; 0 where nobody was named.
    pub confidence: f64,
    /// Whether the first suspect was named as the root cause.
    pub is_named: bool,
}

impl Trial {
    fn is_right(&self) -> bool {
        self.rank == Some(1)
    }
}

/// The place of `cause` among the ranked services or pods, counting each service once.
pub fn rank_of(cause: &str, ranked: &[String]) -> Option<usize> {
    let mut seen: Vec<&str> = Vec::new();
    for name in ranked {
        let service = service_of(name.trim());
        if !seen.contains(&service) {
            seen.push(service);
        }
    }
    seen.iter().position(|service| *service == cause).map(|index| index + 1)
}

/// A pod's name without the hash of its replica set (6 to 10 hexadecimal digits) and its suffix (five letters or digits).
fn service_of(name: &str) -> &str {
    let stripped = name.rsplit_once('-').and_then(|(rest, suffix)| {
        let (service, hash) = rest.rsplit_once('-')?;
        let is_suffix = suffix.len() == 5
            && suffix
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let is_hash = (6..=10).contains(&hash.len())
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        (is_suffix && is_hash).then_some(service)
    });
    stripped.unwrap_or(name)
}

/// Accuracy at 1, 3 and 5 in per cent, and the mean reciprocal rank. No ties, no partial credit; not found is a miss.
pub fn summary(trials: &[Trial]) -> String {
    let n = trials.len().max(1) as f64;
    let hit = |k: usize| {
        let hits = trials
            .iter()
            .filter(|trial| trial.rank.is_some_and(|rank| rank <= k))
            .count();
        100.0 * hits as f64 / n
    };
    let reciprocal: f64 = trials
        .iter()
        .filter_map(|trial| trial.rank)
        .map(|rank| 1.0 / rank as f64)
        .sum();
    let named = trials.iter().filter(|trial| trial.is_named).count();
    let right = trials.iter().filter(|trial| trial.is_named && trial.is_right()).count();
    format!(
        "{} incidents: AS@1 {:.2}  AS@3 {:.2}  AS@5 {:.2}  MRR {:.4}  named {named}, rightly {right}",
        trials.len(),
        hit(1),
        hit(3),
        hit(5),
        reciprocal / n
    )
}

/// The chance that a right first suspect has more confidence than a wrong one; NaN when there are none of a kind.
pub fn auc(trials: &[Trial]) -> f64 {
    let (right, wrong): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.is_right());
    let pairs = right.iter().flat_map(|a| wrong.iter().map(move |b| (a, b)));
    let won: f64 = pairs
        .map(|(a, b)| match a.confidence.total_cmp(&b.confidence) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    won / (right.len() * wrong.len()) as f64
}

/// How often the first suspect is right, by confidence.
pub fn calibration(trials: &[Trial]) -> String {
    let mut out = String::from("  confidence   runs  right\n");
    for (from, to) in [(0.0, 20.0), (20.0, 40.0), (40.0, 60.0), (60.0, 100.1)] {
        let within: Vec<_> = trials
            .iter()
            .filter(|trial| (from..to).contains(&trial.confidence))
            .collect();
        let right = within.iter().filter(|trial| trial.is_right()).count();
        let share = match within.len() {
            0 => "-".to_owned(),
            all => format!("{:.0} %", 100.0 * right as f64 / all as f64),
        };
        out.push_str(&format!("  {from:3.0} to {to:3.0} % {:5}  {share:>5}\n", within.len()));
    }
    out
}
