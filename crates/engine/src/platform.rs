//! Which library the embedded engine is on which platform, and the hash that its package must have.

use std::fmt;

/// Version of the `@chdb/lib-*` packages; the engine inside is ClickHouse 26.7.2.1.
pub const VERSION: &str = "26.7.3-stable.1";

/// A platform for which npm carries the engine as a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// Name as in the package's name, for example `linux-x64-gnu`.
    pub name: &'static str,
    /// The package's hash in npm's form (`sha512-<base64>`). Without one, the hash that the registry itself publishes
    /// is what the download is checked against: that finds a broken download, but trusts the registry.
    pub integrity: Option<&'static str>,
    /// The SHA-256 of the library in that package, in hex.
    pub library_sha256: Option<&'static str>,
}

const PLATFORMS: [Platform; 4] = [
    Platform {
        name: "linux-x64-gnu",
        integrity: Some(
            "sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==",
        ),
        library_sha256: Some("36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5"),
    },
    Platform {
        name: "linux-arm64-gnu",
        integrity: None,
        library_sha256: None,
    },
    Platform {
        name: "darwin-arm64",
        integrity: None,
        library_sha256: None,
    },
    Platform {
        name: "darwin-x64",
        integrity: None,
        library_sha256: None,
    },
];

impl Platform {
    /// The npm package that carries the library.
    pub fn package(&self) -> String {
        format!("@chdb/lib-{}", self.name)
    }
}

/// No library is made for the platform that Kulprit runs on.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsupported {
    platform: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = PLATFORMS.iter().map(|platform| platform.name).collect();
        write!(
            f,
            "there is no embedded ClickHouse for {}, only for {}; give the address of a ClickHouse server instead: \
             --url http://host:8123, CLICKHOUSE_URL, or [clickhouse] url in the config file (or, with a libchdb.so of \
             your own, --engine-lib PATH)",
            self.platform,
            known.join(", ")
        )
    }
}

impl std::error::Error for Unsupported {}

/// The platform that this program was built for.
pub fn current() -> Result<Platform, Unsupported> {
    // A musl program cannot load a library that needs glibc.
    let libc = if cfg!(target_env = "musl") { "musl" } else { "gnu" };
    find(std::env::consts::OS, std::env::consts::ARCH, libc)
}

/// The platform for an operating system and architecture as `std::env::consts` names them.
pub fn find(os: &str, arch: &str, libc: &str) -> Result<Platform, Unsupported> {
    let name = match (os, arch, libc) {
        ("linux", "x86_64", "gnu") => "linux-x64-gnu",
        ("linux", "aarch64", "gnu") => "linux-arm64-gnu",
        ("macos", "aarch64", _) => "darwin-arm64",
        ("macos", "x86_64", _) => "darwin-x64",
        _ => "",
    };
    PLATFORMS
        .into_iter()
        .find(|platform| platform.name == name)
        .ok_or_else(|| Unsupported {
            platform: if os == "linux" {
                format!("{os} {arch} {libc}")
            } else {
                format!("{os} {arch}")
            },
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::find;

    #[test]
    fn every_platform_with_a_library_is_found() {
        let found = [
            ("linux", "x86_64", "gnu", "@chdb/lib-linux-x64-gnu"),
            ("linux", "aarch64", "gnu", "@chdb/lib-linux-arm64-gnu"),
            ("macos", "aarch64", "gnu", "@chdb/lib-darwin-arm64"),
            ("macos", "x86_64", "gnu", "@chdb/lib-darwin-x64"),
        ];
        for (os, arch, libc, package) in found {
            assert_eq!(find(os, arch, libc).unwrap().package(), package);
        }
    }

    #[test]
    fn elsewhere_the_error_names_the_platforms_and_the_way_out() {
        for (os, arch, libc) in [
            ("linux", "x86_64", "musl"),
            ("linux", "riscv64", "gnu"),
            ("freebsd", "x86_64", "gnu"),
        ] {
            let message = find(os, arch, libc).unwrap_err().to_string();
            for part in [
                os,
                arch,
                "linux-x64-gnu",
                "linux-arm64-gnu",
                "darwin-arm64",
                "darwin-x64",
                "--url",
                "CLICKHOUSE_URL",
            ] {
                assert!(message.contains(part), "{part} is missing in: {message}");
            }
        }
    }
}
