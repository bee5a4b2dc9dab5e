//! The ports of a data directory: who was told one of them finds the engine there, whichever process hosts it by then.

use std::net::TcpListener;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::layout::{Layout, write_private};

/// Ports to listen on; 0 lets the system choose.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub http: u16,
    /// Of the native protocol; none leaves it closed.
    pub tcp: Option<u16>,
}

impl Ports {
    /// Those that the data directory's engine is to have.
    pub fn remembered(layout: &Layout) -> Self {
        std::fs::read(layout.ports())
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    pub fn remember(self, layout: &Layout) -> anyhow::Result<()> {
        write_private(&layout.ports(), &serde_json::to_string(&self)?)
    }

    /// These where they are given, else the remembered ones; of those, what somebody else has taken is left to the system.
    pub fn or_remembered(self, layout: &Layout) -> Self {
        let remembered = Self::remembered(layout);
        let free = |port: u16| match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => port,
            Err(error) => {
                tracing::warn!("the port {port} of this data directory can't be opened ({error}): taking another");
                0
            }
        };
        Self {
            http: if self.http == 0 {
                free(remembered.http)
            } else {
                self.http
            },
            tcp: self.tcp.or_else(|| remembered.tcp.map(free)),
        }
    }

    /// Reads what the boot session says: the ports that are open, separated by tabs.
    pub fn parse(line: &str) -> anyhow::Result<Self> {
        let mut ports = line.trim().split('\t').map(|port| {
            port.parse::<u16>()
                .map_err(|_| anyhow::anyhow!("the engine says {:?} for its ports", line.trim()))
        });
        Ok(Self {
            http: ports.next().context("the engine said nothing")??,
            tcp: ports.next().transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_given_goes_before_what_is_remembered() {
        let data = tempfile::TempDir::new().unwrap();
        let layout = Layout::new(data.path()).unwrap();
        let ports = |http, tcp| Ports { http, tcp };
        assert_eq!(ports(0, None).or_remembered(&layout), ports(0, None));
        // Free now, as somebody has just let go of them.
        let [a, b] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [taken, free] = [&a, &b].map(|listener| listener.local_addr().unwrap().port());
        drop(b);
        ports(free, Some(taken)).remember(&layout).unwrap();
        assert_eq!(ports(0, None).or_remembered(&layout), ports(free, Some(0)));
        assert_eq!(ports(7, Some(8)).or_remembered(&layout), ports(7, Some(8)));
    }

    #[test]
    fn what_is_no_port_is_an_error() {
        assert_eq!(
            Ports::parse("81\t90\n").unwrap(),
            Ports {
                http: 81,
                tcp: Some(90)
            }
        );
        assert_eq!(Ports::parse("81\n").unwrap(), Ports { http: 81, tcp: None });
        for line in ["", "no port is open\n", "81\tx"] {
            assert!(Ports::parse(line).is_err(), "{line:?}");
        }
    }
}
