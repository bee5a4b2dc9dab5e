//! How Grafana and a backend find each other: a variable by which the backend knows that it was started as one, and a line on its stdout
//! by which Grafana knows where it listens.

use super::socket::Address;

/// Not a secret: it keeps people from starting a backend by hand.
const COOKIE: (&str, &str) = ("grafana_plugin_type", "datasource");
/// The versions of the protocol that Grafana knows, with commas between them.
const VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// Of the handshake itself.
const CORE_VERSION: u32 = 1;
/// Of the services.
const VERSION: u32 = 2;

/// Errors: this process was started by somebody else than Grafana, or by one that speaks another version.
pub fn check(variable: impl Fn(&str) -> Option<String>) -> Result<(), String> {
    if variable(COOKIE.0).as_deref() != Some(COOKIE.1) {
        return Err(
            "this is the backend of a Grafana plugin, which Grafana starts by itself: put the plugin's folder where Grafana looks for \
             plugins; for the command line, call the program `kulprit`"
                .to_owned(),
        );
    }
    // Grafana has named them since 5.0; a client that does not means the one that it was made for.
    let Some(versions) = variable(VERSIONS) else {
        return Ok(());
    };
    let mut known = versions.split(',').map(|version| version.trim().parse::<u32>());
    match known.any(|version| version == Ok(VERSION)) {
        true => Ok(()),
        false => Err(format!(
            "this Grafana speaks version {versions} of the plugin protocol and this plugin version {VERSION}: use Grafana 11.6 or later"
        )),
    }
}

/// The line that tells Grafana where to ask.
pub fn line(address: &Address) -> String {
    let (network, place) = match address {
        #[cfg(unix)]
        Address::Unix(path) => ("unix", path.display().to_string()),
        #[cfg(not(unix))]
        Address::Tcp(address) => ("tcp", address.to_string()),
    };
    format!("{CORE_VERSION}|{VERSION}|{network}|{place}|grpc\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn checked(variables: &[(&str, &str)]) -> Result<(), String> {
        check(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_grafana_in_a_version_that_we_speak_starts_it() {
        assert!(checked(&[COOKIE]).is_ok());
        assert!(checked(&[COOKIE, (VERSIONS, "1, 2,3")]).is_ok());
        assert!(checked(&[]).unwrap_err().contains("Grafana starts by itself"));
        assert!(checked(&[(COOKIE.0, "app")]).is_err());
        let other = checked(&[COOKIE, (VERSIONS, "3,22")]).unwrap_err();
        assert!(other.contains("version 3,22"), "{other}");
    }

    #[cfg(unix)]
    #[test]
    fn the_line_says_where_it_listens() {
        let address = Address::Unix("/tmp/k/socket".into());
        assert_eq!(line(&address), "1|2|unix|/tmp/k/socket|grpc\n");
    }
}
