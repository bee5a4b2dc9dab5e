//! Incidents as a service: over HTTP, as a process that is killed, and behind every kind of identity. What the store promises by itself is
//! tested in its crate.

mod access;
mod alerts;
mod crash;
mod grafana;
mod hostile;
mod life;
mod matrix;
mod service;
mod snapshots;
mod writers;
