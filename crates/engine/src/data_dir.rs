//! Where things are by default.

use std::path::PathBuf;

use anyhow::Context as _;

/// `KULPRIT_DATA`, else `kulprit` in the user's data directory.
pub fn default_data_dir() -> anyhow::Result<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    let user_data = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".local/share"
    };
    from("KULPRIT_DATA")
        .or_else(|| from("XDG_DATA_HOME").map(|base| base.join("kulprit")))
        .or_else(|| std::env::home_dir().map(|home| home.join(user_data).join("kulprit")))
        .context("no home directory to keep the data in: give --data DIR or set KULPRIT_DATA")
}

/// The program that runs now, even when its file was replaced by a newer one meanwhile.
pub fn this_program() -> anyhow::Result<PathBuf> {
    let named = std::env::current_exe().context("cannot find the program's own file")?;
    let unlinked = PathBuf::from("/proc/self/exe");
    Ok(if !named.exists() && unlinked.exists() {
        unlinked
    } else {
        named
    })
}
