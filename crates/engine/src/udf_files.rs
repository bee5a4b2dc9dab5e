//! Puts the executable functions where the engine looks for them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Context as _;

use super::layout::{Layout, write_private};

/// Name of the program in `user_scripts`. A Kulprit that is started under this name acts as the functions.
pub const PROGRAM: &str = "kulprit-udf";

/// Installs `program` and the functions' configuration. Safe under a running engine: both are replaced, never rewritten.
pub fn install(layout: &Layout, program: &Path, config_xml: &str) -> anyhow::Result<()> {
    let target = layout.user_scripts().join(PROGRAM);
    let fresh = layout.user_scripts().join(format!("{PROGRAM}.unfinished"));
    let place = || -> std::io::Result<()> {
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A link costs nothing; across file systems, or to somebody else's file, it must be a copy.
        if fs::hard_link(program, &fresh).is_err() {
            fs::copy(program, &fresh)?;
            fs::set_permissions(&fresh, fs::Permissions::from_mode(0o700))?;
        }
        // Renaming onto another link of the same file does nothing and leaves both.
        let renamed = fs::rename(&fresh, &target);
        let _ = fs::remove_file(&fresh);
        renamed
    };
    place().with_context(|| format!("cannot install {} as {}", program.display(), target.display()))?;
    write_private(&layout.functions(), config_xml)
}
