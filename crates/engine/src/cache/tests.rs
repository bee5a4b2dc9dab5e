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
    library_sha256: None,
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
    assert_eq!(left, ["libchdb.checked", "libchdb.so", "lock"]);
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

#[test]
fn a_damaged_library_is_fetched_again_and_a_touched_one_is_not() {
    let server = registry_with(package(&[("package/libchdb.so", b"the engine")]));
    let cache = TempDir::new().unwrap();
    let get = || cached(&PLATFORM, cache.path(), || registry_at(&server.url)).unwrap();
    let library = get();
    let fetched = || server.requests().len() / 2;
    assert_eq!(fetched(), 1);

    for (damaged, times) in [("the eng", 2), ("the_engine", 3)] {
        std::fs::write(&library, damaged).unwrap();
        assert_eq!(std::fs::read(get()).unwrap(), b"the engine");
        assert_eq!(fetched(), times, "{damaged}");
    }
    // Written anew as it was, or copied here by an older version that kept no record of a library without a known hash.
    std::fs::write(&library, "the engine").unwrap();
    get();
    assert_eq!(fetched(), 3);
    std::fs::remove_file(library.with_extension("checked")).unwrap();
    get();
    assert_eq!(fetched(), 4);
}

#[test]
fn a_library_with_a_known_hash_needs_no_record() {
    let sha256 = "5f294fa4173e6f903fa3319dd4c67ae5a9ff48f94835e07cbbfb4447f789e174";
    let server = registry_with(package(&[("package/libchdb.so", b"the engine")]));
    let cache = TempDir::new().unwrap();
    let platform = Platform {
        library_sha256: Some(sha256),
        ..PLATFORM
    };
    let library = cached(&platform, cache.path(), || registry_at(&server.url)).unwrap();
    std::fs::remove_file(library.with_extension("checked")).unwrap();
    cached(&platform, cache.path(), || registry_at("http://127.0.0.1:1")).unwrap();
}
