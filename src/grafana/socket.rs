//! Where Grafana asks: a socket in a folder that only this user may enter, since whoever reaches it says who he is. Where there are no such
//! sockets, a port on loopback.

use std::io;

#[cfg(unix)]
mod kind {
    use std::fs;
    use std::os::unix::fs::DirBuilderExt as _;
    use std::path::PathBuf;

    use super::io;
    use tokio::net::{UnixListener, UnixStream};

    /// Where the backend listens.
    pub enum Address {
        Unix(PathBuf),
    }

    /// The open socket; its file goes away with it.
    pub struct Socket {
        listener: UnixListener,
        folder: PathBuf,
        path: PathBuf,
    }

    /// The folder that Grafana names for sockets.
    const FOLDER: &str = "PLUGIN_UNIX_SOCKET_DIR";

    impl Socket {
        pub fn open() -> io::Result<Self> {
            let base = std::env::var_os(FOLDER)
                .filter(|folder| !folder.is_empty())
                .map_or_else(std::env::temp_dir, PathBuf::from);
            let folder = base.join(format!("kulprit-{}", std::process::id()));
            // What a process of the same number has left there.
            let _ = fs::remove_dir_all(&folder);
            fs::DirBuilder::new().mode(0o700).create(&folder)?;
            let path = folder.join("grafana");
            let listener = UnixListener::bind(&path)?;
            Ok(Self { listener, folder, path })
        }

        pub fn address(&self) -> io::Result<Address> {
            Ok(Address::Unix(self.path.clone()))
        }

        pub async fn accept(&self) -> io::Result<UnixStream> {
            Ok(self.listener.accept().await?.0)
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[cfg(not(unix))]
mod kind {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::io;
    use tokio::net::{TcpListener, TcpStream};

    /// Where the backend listens.
    pub enum Address {
        Tcp(SocketAddr),
    }

    /// The open socket.
    pub struct Socket(TcpListener);

    impl Socket {
        pub fn open() -> io::Result<Self> {
            let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            listener.set_nonblocking(true)?;
            Ok(Self(TcpListener::from_std(listener)?))
        }

        pub fn address(&self) -> io::Result<Address> {
            self.0.local_addr().map(Address::Tcp)
        }

        pub async fn accept(&self) -> io::Result<TcpStream> {
            Ok(self.0.accept().await?.0)
        }
    }
}

pub use kind::{Address, Socket};
