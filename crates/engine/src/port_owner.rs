//! Whose socket listens on a port of this machine.

/// An error when another account listens there: whoever binds the port of an engine that has ended would be sent its
/// password. Only Linux tells; elsewhere nothing is checked.
pub fn check_is_ours(port: u16) -> anyhow::Result<()> {
    let own = nix::unistd::geteuid().as_raw();
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    match listener(&sockets, port) {
        Some(uid) if uid != own => {
            anyhow::bail!("what listens on port {port} belongs to the user {uid}: it is not the engine")
        }
        _ => Ok(()),
    }
}

/// The account that listens on this port of 127.0.0.1 or of all addresses, by the text of `/proc/net/tcp`.
fn listener(sockets: &str, port: u16) -> Option<u32> {
    const LISTEN: &str = "0A";
    sockets.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (_, local_port) = fields.next()?.split_once(':')?;
        let (_remote, state) = (fields.next()?, fields.next()?);
        // Queues, timer, retransmits.
        let uid = fields.nth(3)?.parse().ok()?;
        (state == LISTEN && u16::from_str_radix(local_port, 16) == Ok(port)).then_some(uid)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SOCKETS: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 81 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 82 1 0000000000000000 20 4 0 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 83 1 0000000000000000 100 0 0 10 0
";

    #[test]
    fn the_listeners_account_is_found() {
        assert_eq!(listener(SOCKETS, 8080), Some(1000));
        assert_eq!(listener(SOCKETS, 22), Some(0));
        assert_eq!(listener(SOCKETS, 8081), None, "it is connected, and does not listen");
        assert_eq!(listener("", 8080), None);
    }

    #[test]
    fn our_own_listener_passes() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        check_is_ours(listener.local_addr().unwrap().port()).unwrap();
    }
}
