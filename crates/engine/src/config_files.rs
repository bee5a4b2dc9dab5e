//! Writes what the engine reads at its start: server configuration, users, and the fixed place of the system database.

use std::fs;
use std::os::fd::RawFd;
use std::path::Path;

use anyhow::Context as _;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::credentials::{Credentials, sha256_hex};
use super::layout::{Layout, write_private};
use super::ports::Ports;

const CONFIG: &str = include_str!("config/config.xml");
const USERS: &str = include_str!("config/users.xml");
const BOOT: &str = include_str!("config/boot.sql");

/// Without this file `system` lives in memory, and the second start fails on the directory of its query log.
const SYSTEM_DATABASE: &str = include_str!("config/system_database.sql");

/// Brings the data directory into the state that the engine starts from.
pub fn write(layout: &Layout, credentials: &Credentials, ports: Ports, readable_urls: &[String]) -> anyhow::Result<()> {
    let config = layout.config();
    let metadata = layout.store().join("metadata");
    let [user_files, format_schemas] = ["user_files", "format_schemas"].map(|name| layout.root.join(name));
    let tmp = layout.tmp();
    let user_scripts = layout.user_scripts();
    let user_defined = layout.user_defined();
    for directory in [
        &config,
        &metadata,
        &tmp,
        &user_files,
        &format_schemas,
        &user_scripts,
        &user_defined,
        &layout.log_dir(),
    ] {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    let system = metadata.join("system.sql");
    if !system.exists() {
        write_private(&system, SYSTEM_DATABASE)?;
    }
    let users_file = config.join("users.xml");
    let users = context! {
        kulprit_sha256 => sha256_hex(&credentials.owner),
        reader_sha256 => sha256_hex(&credentials.reader),
        lookup_sha256 => sha256_hex(&credentials.lookup),
        readable_urls => readable_urls.iter().map(|url| xml_text(&sql_text(url))).collect::<Vec<_>>(),
    };
    write_private(&users_file, &render("users.xml", USERS, users)?)?;
    let server = context! {
        http_port => ports.http,
        tcp_port => ports.tcp,
        log_file => xml(&layout.log())?,
        store => xml(&layout.store())?,
        tmp => xml(&tmp)?,
        user_files => xml(&user_files)?,
        format_schemas => xml(&format_schemas)?,
        user_scripts => xml(&user_scripts)?,
        functions => xml(&layout.functions())?,
        lookup_password => &credentials.lookup,
        users_file => xml(&users_file)?,
    };
    write_private(&config.join("config.xml"), &render("config.xml", CONFIG, server)?)
}

/// The descriptors by which the boot session and the process that hosts it tell each other what is next.
#[derive(Debug, Clone, Copy)]
pub struct BootPipes {
    /// The session writes the open ports.
    pub port_fd: RawFd,
    /// The session reads until it is to shut down.
    pub stop_fd: RawFd,
    /// The session writes when the ports are closed.
    pub closed_fd: RawFd,
    /// The session reads until nobody is connected.
    pub gone_fd: RawFd,
}

/// The statements of the boot session. `fds` is the directory of the process's own descriptors.
pub fn boot_sql(fds: &str, pipes: BootPipes, tcp: bool) -> anyhow::Result<String> {
    let BootPipes {
        port_fd,
        stop_fd,
        closed_fd,
        gone_fd,
    } = pipes;
    render(
        "boot.sql",
        BOOT,
        context! { fds, tcp, port_fd, stop_fd, closed_fd, gone_fd },
    )
}

fn render(name: &'static str, template: &str, values: minijinja::Value) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment
        .render_named_str(name, template, values)
        .with_context(|| format!("cannot render {name}"))
}

/// A path as the text of an XML element: a directory may be called anything.
fn xml(path: &Path) -> anyhow::Result<String> {
    let text = path
        .to_str()
        .with_context(|| format!("the path {} is not UTF-8", path.display()))?;
    Ok(xml_text(text))
}

fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What stands between the quotes of a text in SQL.
fn sql_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
