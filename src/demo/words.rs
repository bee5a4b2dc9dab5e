//! The names and numbers that vary in messages.

use super::rng::Rng;

const USERS: [&str; 24] = [
    "amelie", "bjarne", "carlos", "dmitri", "elif", "fatima", "greta", "hiro", "ines", "jonas", "kavya", "lucia",
    "mateo", "nadia", "oskar", "priya", "quentin", "rosa", "sven", "tomoko", "ulla", "viktor", "wanda", "yusuf",
];
pub const CATEGORIES: [&str; 6] = ["kitchen", "garden", "lighting", "office", "textiles", "toys"];
pub const CURRENCIES: [&str; 6] = ["EUR", "USD", "GBP", "SEK", "CHF", "JPY"];

pub fn user(rng: &mut Rng) -> &'static str {
    rng.pick(&USERS)
}

/// Popular products come up more often.
pub fn product(rng: &mut Rng) -> String {
    format!("sku-{}", 10_000 + (rng.unit().powi(3) * 1_200.0) as u64)
}

pub fn order(rng: &mut Rng) -> String {
    format!("ord-{:08x}", rng.bits() >> 32)
}

/// Lower-case hex of 16 digits.
pub fn token(rng: &mut Rng) -> String {
    format!("{:016x}", rng.bits())
}

/// An address from the ranges that RFC 5737 keeps for documentation.
pub fn address(rng: &mut Rng) -> String {
    let network = rng.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{network}.{}", rng.between(1, 255))
}

/// An amount of money.
pub fn amount(rng: &mut Rng) -> f64 {
    (rng.lognormal(48.0, 0.7) * 100.0).round() / 100.0
}
