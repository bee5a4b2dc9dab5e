//! Where the report is read: behind a server, whose other pages it links to, or in a file, which stands alone.

use form_urlencoded::Serializer;
use kulprit_request::Window;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All that may not stand in a part of a path.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[derive(Debug, Clone)]
pub enum Place {
    File,
    /// The values that a link to the same page with another window or service takes along, all but `from`, `to` and `service`.
    Server {
        window: Window,
        along: Vec<(&'static str, String)>,
    },
}

impl Place {
    /// The page for one service, in the same window.
    pub fn of_service(&self, service: &str) -> Option<String> {
        let Self::Server { window, .. } = self else { return None };
        self.page(*window, &[service.to_owned()])
    }

    /// The page for another window.
    pub fn page(&self, window: Window, services: &[String]) -> Option<String> {
        let (from, to) = (window.from.to_string(), window.to.to_string());
        self.asked(&from, &to, services)
    }

    /// Likewise, with the words of the window as they are to be asked.
    pub fn asked(&self, from: &str, to: &str, services: &[String]) -> Option<String> {
        let Self::Server { along, .. } = self else { return None };
        let mut query = Serializer::for_suffix("?".to_owned(), 1);
        query.append_pair("from", from).append_pair("to", to);
        query.extend_pairs(services.iter().map(|service| ("service", service)));
        query.extend_pairs(along);
        Some(query.finish())
    }

    /// An address of the API, relative to the page, so that it holds behind a proxy that serves it below a path. `parts` are names from data.
    pub fn api(&self, path: &str, parts: &[&str], rest: &str) -> Option<String> {
        let Self::Server { .. } = self else { return None };
        let parts = parts.iter().map(|part| utf8_percent_encode(part, PART).to_string());
        let path = [path.to_owned()].into_iter().chain(parts).collect::<Vec<_>>();
        Some(format!("{}{rest}", path.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_data_say_stays_within_its_place_in_an_address() {
        let window = Window {
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::UNIX_EPOCH,
        };
        let place = Place::Server {
            window,
            along: vec![("baseline", "day".to_owned())],
        };
        let link = place.of_service("a&from=\"x#/../é").unwrap_or_default();
        assert_eq!(
            link,
            "?from=1970-01-01T00%3A00%3A00Z&to=1970-01-01T00%3A00%3A00Z&service=a%26from%3D%22x%23%2F..%2F%C3%A9&baseline=day"
        );
        let link = place.api("api/v1/traces", &["../../x?y"], "").unwrap_or_default();
        assert_eq!(link, "api/v1/traces/..%2F..%2Fx%3Fy");
        assert_eq!(Place::File.of_service("cart"), None);
        assert_eq!(Place::File.api("api/v1/sql", &[], ""), None);
    }
}
