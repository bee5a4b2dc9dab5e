//! What a file's path says about its lines: the service, and on Kubernetes the pod and its container.

use std::path::Path;

use crate::input::without_packing;

/// What every row of a file has in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The service of rows that name none.
    pub service: String,
    /// Resource attributes, under OpenTelemetry's names.
    pub attributes: Vec<(&'static str, String)>,
}

/// The service where not even the path names one, as OpenTelemetry calls it.
const UNKNOWN: &str = "unknown_service";

impl Origin {
    /// `None` is standard input.
    pub fn of(path: Option<&Path>) -> Self {
        let Some(path) = path else {
            return Self::named("stdin".to_owned());
        };
        let parts: Vec<String> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        let (name, folders) = parts
            .split_last()
            .map_or(("", &parts[..]), |(name, folders)| (name.as_str(), folders));
        if let [.., pods, pod, container] = folders
            && pods == "pods"
            && let Some(origin) = of_pod(pod, container)
        {
            return origin;
        }
        let stem = stem(name);
        if let Some(origin) = of_container(&stem) {
            return origin;
        }
        // Docker names a container's log after its id.
        if let Some(id) = stem.strip_suffix("-json").filter(|id| is_id(id)) {
            return Self {
                service: UNKNOWN.to_owned(),
                attributes: vec![("container.id", id.to_owned())],
            };
        }
        // A number or an id says nothing; the folder may.
        let telling = |name: &str| !name.is_empty() && !is_id(name) && !name.bytes().all(|byte| byte.is_ascii_digit());
        let folder = folders
            .iter()
            .rev()
            .find(|folder| telling(folder) && *folder != "/" && *folder != ".");
        match (telling(&stem), folder) {
            (true, _) => Self::named(stem),
            (false, Some(folder)) => Self::named(folder.clone()),
            (false, None) => Self::named(UNKNOWN.to_owned()),
        }
    }

    fn named(service: String) -> Self {
        Self {
            service,
            attributes: Vec::new(),
        }
    }
}

/// `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/N.log`.
fn of_pod(pod: &str, container: &str) -> Option<Origin> {
    let mut parts = pod.splitn(3, '_');
    let (namespace, pod, uid) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Origin {
        service: container.to_owned(),
        attributes: vec![
            ("k8s.namespace.name", namespace.to_owned()),
            ("k8s.pod.name", pod.to_owned()),
            ("k8s.pod.uid", uid.to_owned()),
            ("k8s.container.name", container.to_owned()),
        ],
    })
}

/// `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`.
fn of_container(stem: &str) -> Option<Origin> {
    let mut parts = stem.splitn(3, '_');
    let (pod, namespace, last) = (parts.next()?, parts.next()?, parts.next()?);
    let (container, id) = last.rsplit_once('-').filter(|(_, id)| is_id(id))?;
    Some(Origin {
        service: container.to_owned(),
        attributes: vec![
            ("k8s.namespace.name", namespace.to_owned()),
            ("k8s.pod.name", pod.to_owned()),
            ("k8s.container.name", container.to_owned()),
            ("container.id", id.to_owned()),
        ],
    })
}

/// A container's id, whole or cut to twelve digits.
fn is_id(text: &str) -> bool {
    (text.len() == 64 || text.len() == 12) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A file's name without what rotation and compression add: `dpkg.log.2.gz` is `dpkg`, `app.log-20261120` is `app`.
fn stem(name: &str) -> String {
    let mut stem = without_packing(name);
    while let Some(at) = stem.rfind(['.', '-']).filter(|at| *at > 0) {
        let tail = &stem[at + 1..];
        let digits = tail.bytes().all(|byte| byte.is_ascii_digit());
        let rotated =
            !tail.is_empty() && digits && (stem.as_bytes()[at] == b'.' || tail.len() >= 6 || dated(&stem[..at]));
        let ending = ["log", "txt", "out", "err", "jsonl", "ndjson", "json", "csv", "tsv"].contains(&tail);
        let named = ending && stem.as_bytes()[at] == b'.';
        if !rotated && !named {
            break;
        }
        stem = &stem[..at];
    }
    stem.to_owned()
}

/// Whether what stands before a hyphen and digits is the head of a date: `app.log.2026-11`, `app.log-2026`.
fn dated(head: &str) -> bool {
    let part = head.rsplit(['.', '-']).next().unwrap_or_default();
    matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_the_service() {
        let id = "ab12".repeat(16);
        let cases = [
            ("/var/log/dpkg.log".to_owned(), "dpkg"),
            ("/var/log/dpkg.log.2.gz".to_owned(), "dpkg"),
            ("shop.log-20261120".to_owned(), "shop"),
            ("shop.log.2026-11-20.zst".to_owned(), "shop"),
            ("nginx.access.log".to_owned(), "nginx.access"),
            ("web-1.log".to_owned(), "web-1"),
            ("syslog".to_owned(), "syslog"),
            (".log".to_owned(), ".log"),
            ("/srv/cart/0.log".to_owned(), "cart"),
            (
                format!("/var/lib/docker/containers/{id}/{id}-json.log"),
                "unknown_service",
            ),
            ("/var/log/pods/shop_cart-7d9f-x2b_0a1b-22/api/3.log".to_owned(), "api"),
            (
                format!("/var/log/containers/cart-7d9f-x2b_shop_side-car-{id}.log"),
                "side-car",
            ),
        ];
        for (path, service) in cases {
            assert_eq!(Origin::of(Some(Path::new(&path))).service, service, "{path}");
        }
        assert_eq!(Origin::of(None).service, "stdin");
    }

    #[test]
    fn pods_become_attributes() {
        let of = |path: &str| Origin::of(Some(Path::new(path))).attributes;
        let expected = [
            ("k8s.namespace.name", "shop".to_owned()),
            ("k8s.pod.name", "cart-7d9f-x2b".to_owned()),
            ("k8s.pod.uid", "0a1b-22".to_owned()),
            ("k8s.container.name", "api".to_owned()),
        ];
        assert_eq!(
            of("/var/log/pods/shop_cart-7d9f-x2b_0a1b-22/api/0.log.20261120-090001.gz"),
            expected
        );
        assert_eq!(
            of(&format!("/x/{0}/{0}-json.log", "ab12".repeat(16))),
            [("container.id", "ab12".repeat(16))]
        );
    }
}
