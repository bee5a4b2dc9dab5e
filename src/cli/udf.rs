//! `kulprit udf`: puts the executable functions where a ClickHouse server of the user's own looks for them.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// The name that the function configuration calls. A kulprit that is started under this name acts as the functions.
const EXECUTABLE: &str = "kulprit-udf";
/// A name that the server's default pattern for function configurations, `*_function.*ml`, finds.
const CONFIG_FILE: &str = "kulprit_function.xml";

/// Give a ClickHouse server the functions that recognise patterns and compare windows: kulprit_shape, kulprit_shape_text, kulprit_changes, kulprit_divergence and kulprit_version
#[derive(Debug, clap::Subcommand)]
pub enum UdfCommand {
    /// Print the function configuration
    Config,
    /// Copy the executable and the function configuration to where the server looks for them
    Install(InstallArgs),
}

#[derive(Debug, clap::Args)]
pub struct InstallArgs {
    /// The server's <user_scripts_path>, by default /var/lib/clickhouse/user_scripts
    #[arg(long, value_name = "DIR")]
    pub user_scripts: PathBuf,
    /// Where the server's <user_defined_executable_functions_config> points, by default /etc/clickhouse-server
    #[arg(long, value_name = "DIR")]
    pub config_dir: PathBuf,
}

/// Runs `kulprit udf …`; results go to standard output.
pub fn run(command: UdfCommand) -> anyhow::Result<()> {
    let text = match command {
        UdfCommand::Config => kulprit_udf::CONFIG_XML.clone(),
        UdfCommand::Install(args) => {
            let running = std::env::current_exe().context("cannot find the running executable to copy it")?;
            next_steps(&install(&running, &args)?)
        }
    };
    io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")
}

/// The files that [`install`] has written.
struct Installed {
    executable: PathBuf,
    config: PathBuf,
}

/// Copies `running` and the configuration into the two directories, in place of what an earlier version left there.
fn install(running: &Path, args: &InstallArgs) -> anyhow::Result<Installed> {
    check_directory(&args.user_scripts, "--user-scripts", "user_scripts_path")?;
    check_directory(
        &args.config_dir,
        "--config-dir",
        "user_defined_executable_functions_config",
    )?;
    let installed = Installed {
        executable: args.user_scripts.join(EXECUTABLE),
        config: args.config_dir.join(CONFIG_FILE),
    };
    // The executable first: a server may load a new configuration at any time, and must then find what it calls.
    replace(&installed.executable, 0o755, |fresh| fs::copy(running, fresh).map(drop))?;
    replace(&installed.config, 0o644, |fresh| {
        fs::write(fresh, kulprit_udf::CONFIG_XML.as_bytes())
    })?;
    Ok(installed)
}

fn check_directory(directory: &Path, option: &str, setting: &str) -> anyhow::Result<()> {
    let found = fs::metadata(directory).with_context(|| {
        format!(
            "{option} {}: give the directory of the server's <{setting}>",
            directory.display()
        )
    })?;
    ensure!(
        found.is_dir(),
        "{option} {} is not a directory: give that of the server's <{setting}>",
        directory.display()
    );
    Ok(())
}

/// Writes beside `target` and renames: the server may be running the old executable, which cannot be overwritten.
fn replace(target: &Path, mode: u32, write: impl FnOnce(&Path) -> io::Result<()>) -> anyhow::Result<()> {
    let fresh = target.with_extension("unfinished");
    write(&fresh)
        .and_then(|()| fs::set_permissions(&fresh, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&fresh, target))
        .inspect_err(|_| {
            // Best effort: the reason of the failure matters more than what it leaves behind.
            let _ = fs::remove_file(&fresh);
        })
        .with_context(|| format!("cannot write {}: run this as a user who may", target.display()))
}

fn next_steps(installed: &Installed) -> String {
    format!(
        "wrote {executable}
wrote {config}

Next:
  1. The server must find both. Its <user_scripts_path> must be the directory of the first file, and its
     <user_defined_executable_functions_config> must match the second (the default, *_function.*ml, does).
  2. Its user must be able to run the first and read the second.
  3. SYSTEM RELOAD FUNCTIONS
  4. SELECT kulprit_shape_text('took 12 ms')
",
        executable = installed.executable.display(),
        config = installed.config.display(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn args(directory: &Path) -> InstallArgs {
        let args = InstallArgs {
            user_scripts: directory.join("scripts"),
            config_dir: directory.join("config"),
        };
        fs::create_dir(&args.user_scripts).unwrap();
        fs::create_dir(&args.config_dir).unwrap();
        args
    }

    #[test]
    fn install_puts_both_files_in_place_of_older_ones() {
        let directory = tempfile::tempdir().unwrap();
        let args = args(directory.path());
        let running = directory.path().join("kulprit");
        for version in ["first", "second"] {
            fs::write(&running, version).unwrap();
            let installed = install(&running, &args).unwrap();
            assert_eq!(installed.executable, args.user_scripts.join("kulprit-udf"));
            assert_eq!(fs::read_to_string(&installed.executable).unwrap(), version);
            assert_eq!(
                fs::metadata(&installed.executable).unwrap().permissions().mode() & 0o777,
                0o755
            );
            assert_eq!(installed.config, args.config_dir.join("kulprit_function.xml"));
            assert_eq!(fs::read_to_string(&installed.config).unwrap(), *kulprit_udf::CONFIG_XML);
            assert_eq!(
                fs::metadata(&installed.config).unwrap().permissions().mode() & 0o777,
                0o644
            );
        }
        for place in [&args.user_scripts, &args.config_dir] {
            assert_eq!(
                fs::read_dir(place).unwrap().count(),
                1,
                "nothing else is left in {}",
                place.display()
            );
        }
    }

    #[test]
    fn a_missing_directory_is_named_with_its_option_and_nothing_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let running = directory.path().join("kulprit");
        fs::write(&running, "program").unwrap();
        let mut args = args(directory.path());
        args.config_dir = directory.path().join("absent");
        let error = format!("{:#}", install(&running, &args).err().unwrap());
        assert!(error.starts_with("--config-dir "), "{error}");
        assert!(
            error.contains("absent") && error.contains("user_defined_executable_functions_config"),
            "{error}"
        );
        assert_eq!(fs::read_dir(&args.user_scripts).unwrap().count(), 0);

        args.user_scripts = running.clone();
        let error = format!("{:#}", install(&running, &args).err().unwrap());
        assert!(
            error.starts_with("--user-scripts ") && error.contains("is not a directory"),
            "{error}"
        );
    }

    #[test]
    fn a_failed_copy_leaves_the_old_executable() {
        let directory = tempfile::tempdir().unwrap();
        let args = args(directory.path());
        let old = args.user_scripts.join("kulprit-udf");
        fs::write(&old, "old").unwrap();
        let error = format!("{:#}", install(&directory.path().join("absent"), &args).err().unwrap());
        assert!(
            error.contains("cannot write") && error.contains("kulprit-udf"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&old).unwrap(), "old");
        assert_eq!(fs::read_dir(&args.user_scripts).unwrap().count(), 1);
    }
}
