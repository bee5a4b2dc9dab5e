//! Sees to it that nobody is connected any more when the engine's boot session ends.

use std::io::{BufRead as _, BufReader, PipeReader, PipeWriter};
use std::os::fd::RawFd;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use nix::sys::socket::{Shutdown, SockaddrIn, SockaddrIn6, SockaddrStorage, getpeername, getsockname, shutdown};

use super::ports::Ports;

/// Those who are connected get this long to end what they do.
const GRACE: Duration = Duration::from_secs(5);
/// And this long for the engine to notice that nothing more comes.
const AFTERMATH: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(20);

/// When `closed` says that the ports are closed, waits for the connections to `ports` to end, hears no more of those
/// that stay, and closes `gone`.
pub fn when_closed(closed: PipeReader, gone: PipeWriter, ports: Arc<OnceLock<Ports>>) {
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(closed).read_line(&mut line);
        if let Some(ports) = ports.get() {
            wait_until_gone(ports, GRACE);
            for socket in connections(ports) {
                // Reading only: an answer that it can't send any more aborts the library.
                let _ = shutdown(socket, Shutdown::Read);
            }
            wait_until_gone(ports, AFTERMATH);
        }
        drop(gone);
    });
}

fn wait_until_gone(ports: &Ports, patience: Duration) {
    let deadline = Instant::now() + patience;
    while !connections(ports).is_empty() && Instant::now() < deadline {
        std::thread::sleep(POLL);
    }
}

/// This process's sockets that somebody is connected to by one of these ports.
fn connections(ports: &Ports) -> Vec<RawFd> {
    let Ok(descriptors) = std::fs::read_dir(super::child::OWN_FDS) else {
        return vec![];
    };
    descriptors
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok())
        .filter(|&descriptor| {
            let local = port_of(getsockname::<SockaddrStorage>(descriptor));
            let is_ours = local.is_some_and(|port| port == ports.http || Some(port) == ports.tcp);
            is_ours && port_of(getpeername::<SockaddrStorage>(descriptor)).is_some()
        })
        .collect()
}

fn port_of(address: nix::Result<SockaddrStorage>) -> Option<u16> {
    let address = address.ok()?;
    let v4 = address.as_sockaddr_in().map(SockaddrIn::port);
    v4.or_else(|| address.as_sockaddr_in6().map(SockaddrIn6::port))
}
