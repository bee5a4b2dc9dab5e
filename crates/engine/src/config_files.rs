//! Writes what the engine reads at its start: server configuration, users, and the fixed place of the system database.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::credentials::{Credentials, sha256_hex};
use super::layout::{Layout, write_private};

const CONFIG: &str = include_str!("config/config.xml");
const USERS: &str = include_str!("config/users.xml");
const BOOT: &str = include_str!("config/boot.sql");

/// Without this file `system` lives in memory, and the second start fails on the directory of its query log.
const SYSTEM_DATABASE: &str = include_str!("config/system_database.sql");

/// Ports to listen on; 0 lets the system choose.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    pub http: u16,
    pub tcp: Option<u16>,
}

/// Brings the data directory into the state that the engine starts from.
pub fn write(layout: &Layout, credentials: &Credentials, ports: Ports) -> anyhow::Result<()> {
    let config = layout.config();
    let metadata = layout.store().join("metadata");
    let [tmp, user_files, format_schemas] = ["tmp", "user_files", "format_schemas"].map(|name| layout.root.join(name));
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
        user_defined => xml(&user_defined)?,
        users_file => xml(&users_file)?,
    };
    write_private(&config.join("config.xml"), &render("config.xml", CONFIG, server)?)
}

/// The statements of the boot session. `fds` is the directory of the process's own descriptors.
pub fn boot_sql(fds: &str, port_fd: i32, stop_fd: i32, tcp: bool) -> anyhow::Result<String> {
    render("boot.sql", BOOT, context! { fds, port_fd, stop_fd, tcp })
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
    Ok(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}
