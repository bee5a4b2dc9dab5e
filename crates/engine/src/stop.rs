//! Everything that ends the engine's process comes down to closing one pipe.

use std::fs::File;
use std::io::{BufReader, PipeWriter, Read as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal, raise};

use super::endpoint::Announcement;
use super::layout::Layout;

/// The engine gets this long for its own shutdown, which waits for running queries. Then it is killed: what was
/// acknowledged is on disk already.
pub const GRACE: Duration = Duration::from_secs(30);

/// Closes the pipe that the boot session reads from.
#[derive(Clone)]
pub struct StopSwitch {
    pipe: Arc<Mutex<Option<PipeWriter>>>,
    layout: Layout,
}

impl StopSwitch {
    pub fn new(pipe: PipeWriter, layout: Layout) -> Self {
        Self {
            pipe: Arc::new(Mutex::new(Some(pipe))),
            layout,
        }
    }

    /// Has somebody asked for the end?
    pub fn is_thrown(&self) -> bool {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Stops on a signal. They must be blocked in every thread.
    pub fn on_signal(&self, signals: SigSet) {
        let switch = self.clone();
        std::thread::spawn(move || {
            if signals.wait().is_ok() {
                switch.throw();
            }
        });
    }

    /// Stops when the other end of `parent` is closed: the parent has asked for it, or is gone, however it went.
    ///
    /// This serves for the parent's death as well. Linux's own `PR_SET_PDEATHSIG` would fire when the *thread* that
    /// started us ends, and threads of an async runtime's pool come and go.
    pub fn on_end_of(&self, mut parent: BufReader<File>) {
        let switch = self.clone();
        std::thread::spawn(move || {
            let mut ignored = [0; 64];
            while !matches!(parent.read(&mut ignored), Ok(0) | Err(_)) {}
            switch.throw();
        });
    }

    /// Orders the end, if nobody has yet.
    pub fn throw(&self) {
        let pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
        if pipe.is_none() {
            return;
        }
        // Nobody should join an engine that is on its way out.
        Announcement::withdraw(&self.layout);
        drop(pipe);
        std::thread::spawn(|| {
            std::thread::sleep(GRACE);
            let _ = raise(Signal::SIGKILL);
        });
    }
}
