//! From registry to library, with a small package.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::super::npmrc::Registry;
use super::super::platform::Platform;
use super::super::test_server::{Server, integrity, whole};
use super::cached;

/// An npm package with these files.
fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, path, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn registry_with(package: Vec<u8>) -> Server {
    Server::start(move |requests, url| {
        if requests.last().is_some_and(|request| request.path.ends_with(".tgz")) {
            return whole(&package);
        }
        let dist = serde_json::json!({ "tarball": format!("{url}/p.tgz"), "integrity": integrity(&package) });
        let versions = serde_json::json!({ "versions": { super::platform::VERSION: { "dist": dist } } });
        whole(versions.to_string().as_bytes())
    })
}

fn registry_at(url: &str) -> Registry {
    Registry {
        url: format!("{url}/"),
        authorization: None,
        cafile: None,
    }
}

/// A platform without a pinned hash: the registry's own counts.
const PLATFORM: Platform = Platform {
    name: "test",
    integrity: None,
};

#[test]
fn only_the_library_is_taken_and_fetched_once_for_all() {
    let server = registry_with(package(&[
        ("package/index.js", b"no"),
        ("package/libchdb.so", b"the engine"),
        ("package/chdb_node.node", b"no"),
    ]));
    let cache = Arc::new(TempDir::new().unwrap());
    let registry = registry_at(&server.url);
    let fetchers: Vec<_> = (0..4)
        .map(|_| {
            let (cache, registry) = (cache.clone(), registry.clone());
            std::thread::spawn(move || cached(&PLATFORM, cache.path(), || registry))
        })
        .collect();
    for fetcher in fetchers {
        assert_eq!(std::fs::read(fetcher.join().unwrap().unwrap()).unwrap(), b"the engine");
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/@chdb%2flib-test", "/p.tgz"]);

    let library = cached(&PLATFORM, cache.path(), || registry).unwrap();
    let mut left: Vec<_> = library
        .parent()
        .unwrap()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["libchdb.so", "lock"]);
}

#[test]
fn a_package_without_the_library_is_an_error() {
    let server = registry_with(package(&[("package/index.js", b"no")]));
    let cache = TempDir::new().unwrap();
    let error = cached(&PLATFORM, cache.path(), || registry_at(&server.url)).unwrap_err();
    assert!(format!("{error:#}").contains("no libchdb.so"), "{error:#}");
}

#[test]
fn a_registry_without_the_package_is_named() {
    let server = Server::start(|_, _| ("404 Not Found\r\ncontent-length: 0".to_owned(), Vec::new()));
    let cache = TempDir::new().unwrap();
    let error = cached(&PLATFORM, cache.path(), || registry_at(&server.url)).unwrap_err();
    assert!(format!("{error:#}").contains(&server.url), "{error:#}");
}
