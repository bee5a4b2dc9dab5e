//! Slows down whoever tries credentials, by address. Each failure holds the next answers to failures back for longer; credentials
//! that are right are never held back, for all of a Grafana's users may share one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures that cost nothing: people mistype.
const FREE: u32 = 5;
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// After so long without a failure an address is forgotten.
const FORGET: Duration = Duration::from_secs(300);
/// Failures of one address that may wait for their answer at once.
const WAITING: u32 = 16;
/// Addresses that are remembered. With more the oldest go: memory is bounded whatever comes.
const ADDRESSES: usize = 10_000;

/// The failures of each address.
pub(super) struct SlowDown {
    longest: Duration,
    addresses: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    waiting: u32,
    last: Instant,
}

impl SlowDown {
    pub fn new(longest: Duration) -> Self {
        Self {
            longest,
            addresses: Mutex::default(),
        }
    }

    /// Whether so many failures of this address wait for their answer that it should not be listened to for now.
    pub fn is_flooding(&self, address: IpAddr) -> bool {
        let address = subscriber(address);
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses
            .get(&address)
            .is_some_and(|failures| failures.waiting >= WAITING)
    }

    /// Counts a failure and waits for as long as its answer is to be held back.
    pub async fn failed(&self, address: IpAddr) {
        let address = subscriber(address);
        let delay = self.count(address);
        if delay.is_zero() {
            return;
        }
        // Also when the client goes away and this is dropped.
        let _waiting = Waiting {
            slow_down: self,
            address,
        };
        tokio::time::sleep(delay).await;
    }

    fn count(&self, address: IpAddr) -> Duration {
        if self.longest.is_zero() {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES && !addresses.contains_key(&address) {
            addresses.retain(|_, failures| failures.waiting > 0 || now.duration_since(failures.last) < FORGET);
            let oldest = addresses
                .iter()
                .min_by_key(|(_, failures)| failures.last)
                .map(|(address, _)| *address);
            if let Some(oldest) = oldest.filter(|_| addresses.len() >= ADDRESSES) {
                addresses.remove(&oldest);
            }
        }
        let failures = addresses.entry(address).or_insert(Failures {
            count: 0,
            waiting: 0,
            last: now,
        });
        if now.duration_since(failures.last) > FORGET {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        let delay = delay(failures.count, self.longest);
        failures.waiting += u32::from(!delay.is_zero());
        delay
    }
}

/// How long the answer to the `count`th failure is held back: twice as long each time.
fn delay(count: u32, longest: Duration) -> Duration {
    match count.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(more) => FIRST_DELAY
            .saturating_mul(1_u32.checked_shl(more).unwrap_or(u32::MAX))
            .min(longest),
    }
}

/// The address by which somebody is known. Who has one IPv6 address has 2^64 of them: all of these are one.
fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(_) => address,
    }
}

struct Waiting<'a> {
    slow_down: &'a SlowDown,
    address: IpAddr,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut addresses = self.slow_down.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failures) = addresses.get_mut(&self.address) {
            failures.waiting = failures.waiting.saturating_sub(1);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_after_the_first_few_doubles_the_delay_up_to_a_limit() {
        let longest = Duration::from_secs(3);
        let delays: Vec<_> = [1, 5, 6, 7, 8, 12, 100, u32::MAX]
            .map(|count| delay(count, longest).as_millis())
            .into();
        assert_eq!(delays, [0, 0, 50, 100, 200, 3_000, 3_000, 3_000]);
    }

    #[test]
    fn the_addresses_of_one_subscriber_are_one() {
        let parse = |text: &str| subscriber(text.parse().unwrap());
        assert_eq!(parse("2001:db8:1:2:3:4:5:6"), parse("2001:db8:1:2::9"));
        assert_ne!(parse("2001:db8:1:2::9"), parse("2001:db8:1:3::9"));
        assert_eq!(parse("192.0.2.1").to_string(), "192.0.2.1");
    }

    #[tokio::test]
    async fn an_address_that_floods_is_not_listened_to_and_others_are() {
        let slow_down = std::sync::Arc::new(SlowDown::new(Duration::from_millis(200)));
        let (bad, good) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let tries: Vec<_> = (0..FREE + WAITING)
            .map(|_| {
                let slow_down = slow_down.clone();
                tokio::spawn(async move { slow_down.failed(bad).await })
            })
            .collect();
        while !slow_down.is_flooding(bad) {
            tokio::task::yield_now().await;
        }
        assert!(!slow_down.is_flooding(good));
        for one in tries {
            let _ = one.await;
        }
        assert!(
            !slow_down.is_flooding(bad),
            "once they have their answers it is heard again"
        );
    }
}
