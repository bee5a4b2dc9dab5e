//! Log traffic as it really is: seasons, bursts, and counts that wobble more than chance. The same for the same seed.

use jiff::{SignedDuration, Timestamp};

/// Patterns of each service; their shares fall as 1 ÷ rank.
const PATTERNS: usize = 24;
/// Minutes of one season: a day in a hurry.
const SEASON: f64 = 180.0;
const SUBJECTS: [&str; 8] = [
    "order", "cart", "invoice", "parcel", "session", "coupon", "account", "refund",
];
const VERBS: [&str; 12] = [
    "stored",
    "expired",
    "rejected",
    "forwarded",
    "queued",
    "verified",
    "archived",
    "loaded",
    "merged",
    "released",
    "locked",
    "printed",
];

/// One line: time, service, body.
pub type Line = (Timestamp, String, String);

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in (0, 1).
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// How many events of mean `mean`: counted arrivals, or the normal limit where these would be many.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 200.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (mut left, mut count) = (mean, 0);
        loop {
            left += self.unit().ln();
            if left <= 0.0 {
                return count;
            }
            count += 1;
        }
    }
}

/// The lines of `service` over `minutes` from `from`. The whole service has rushes (some two minutes, every twenty, three times
/// the usual); of its patterns, one in four comes in bursts (about three minutes, every quarter of an hour, five times its
/// usual rate), and every pattern's rate wobbles by a third from minute to minute.
pub fn service(service: &str, rng: &mut Rng, from: Timestamp, minutes: u32) -> Vec<Line> {
    let rate = 40.0 + 160.0 * rng.unit();
    let phase = rng.unit();
    let harmonic: f64 = (1..=PATTERNS).map(|rank| 1.0 / rank as f64).sum();
    let mut rush = false;
    let mut bursting = [false; PATTERNS];
    let mut lines = Vec::new();
    for minute in 0..minutes {
        let season = 1.0 + 0.5 * (std::f64::consts::TAU * (f64::from(minute) / SEASON + phase)).sin();
        rush = if rush { rng.unit() > 0.5 } else { rng.unit() < 0.05 };
        let season = season * if rush { 3.0 } else { 1.0 };
        for (place, is_bursting) in bursting.iter_mut().enumerate() {
            let share = 1.0 / ((place + 1) as f64 * harmonic);
            let mut mean = rate * season * share * (0.33 * rng.normal()).exp();
            if place % 4 == 3 {
                *is_bursting = if *is_bursting {
                    rng.unit() > 0.3
                } else {
                    rng.unit() < 0.08
                };
                mean *= if *is_bursting { 5.0 } else { 1.0 };
            }
            for _ in 0..rng.poisson(mean) {
                let second = (rng.unit() * 60_000.0) as i64;
                let time = from.checked_add(SignedDuration::from_millis(i64::from(minute) * 60_000 + second));
                lines.push((time.unwrap_or(from), service.to_owned(), body(place, rng)));
            }
        }
    }
    lines
}

/// Patterns that share no two words beside each other, so that nobody would merge them.
fn body(place: usize, rng: &mut Rng) -> String {
    let (subject, verb) = (SUBJECTS[place % SUBJECTS.len()], VERBS[place % VERBS.len()]);
    format!(
        "{subject} {verb} after {} ms by step {}",
        (rng.unit() * 900.0) as u32,
        char::from(b'a' + place as u8)
    )
}
