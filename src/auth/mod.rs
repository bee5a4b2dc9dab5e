//! Who somebody is and what they may do. Every proof is checked here, and nowhere else; headers that anybody can set
//! (`X-Grafana-Org-Id`, `X-Grafana-User`, `X-Grafana-Role`) are not looked at.

mod gate;
mod grafana;
mod identity;
mod jwks;
mod jws;
mod slow_down;
mod token;

pub use gate::{Credentials, Gate};
pub use identity::{Identity, Orgs};

pub use crate::config::Role;
pub use token::{NewToken, TokenKey, create as create_token};
