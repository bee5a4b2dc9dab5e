//! `kulprit incidents export|import|backup|restore`.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use super::{OrgStore, actor, show};
use crate::cli::{notice, print, print_json};
use crate::config::Config;
use crate::incidents::post_mortem;
use kulprit_incidents::Exported;

#[derive(Debug, Args)]
pub struct ExportArgs {
    pub id: String,
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The skeleton of a post-mortem
    Markdown,
    /// Everything; `import` takes it
    Json,
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A file of `export --format json`; - is stdin
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The copy, which must not be there yet
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// A file of `backup`
    pub file: PathBuf,
    /// Replace the incidents that are there
    #[arg(long)]
    pub replace: bool,
}

pub(super) async fn export(store: &OrgStore, args: &ExportArgs, config: &Config) -> Result<()> {
    let id = store.id(&args.id).await?;
    let file = store.incidents.export(&store.org, &id).await?;
    match args.format {
        Format::Markdown => print(&post_mortem(&file, config)),
        Format::Json => print_json(&file),
    }
}

pub(super) async fn import(store: &OrgStore, args: &ImportArgs) -> Result<()> {
    let reading = || format!("read {}", args.file.display());
    let mut bytes = Vec::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).with_context(reading)?;
    } else {
        bytes = std::fs::read(&args.file).with_context(reading)?;
    }
    let file = Exported::read(&bytes).with_context(reading)?;
    let incident = store.incidents.import(&store.org, file, actor()).await?;
    show::confirm(&incident)
}

pub(super) async fn backup(store: &OrgStore, args: &BackupArgs) -> Result<()> {
    store.incidents.backup(&args.file).await?;
    notice(format_args!(
        "copied the incidents to {}; API tokens also need the key beside the store",
        args.file.display()
    ));
    Ok(())
}

pub(super) fn restore(args: &RestoreArgs, config: &Config) -> Result<()> {
    let path = config.incidents_path()?;
    kulprit_incidents::restore(&path, &args.file, args.replace)?;
    notice(format_args!("restored {} from {}", path.display(), args.file.display()));
    Ok(())
}
