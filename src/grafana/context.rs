//! Who asks, as Grafana says: it has checked that, and nobody else reaches the socket.

use super::messages::PluginContext;
use crate::auth::{Identity, Orgs, Role};

/// The name of whoever asks on nobody's behalf, such as an alert rule.
const NOBODY: &str = "grafana";

/// The identity that a call runs as.
pub fn identity(context: &PluginContext) -> Identity {
    let user = context.user.as_ref();
    let login = user.map(|user| user.login.as_str()).filter(|login| !login.is_empty());
    // Whom Grafana lets ask without a role of the org's may read, as its rule says that let them.
    let role = user.and_then(|user| Role::parse(&user.role)).unwrap_or(Role::Viewer);
    Identity {
        who: login.unwrap_or(NOBODY).to_owned(),
        role,
        orgs: Orgs::Only(context.org_id.to_string()),
        via: "grafana",
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages::User;
    use super::*;

    fn of(login: &str, role: &str) -> Identity {
        identity(&PluginContext {
            org_id: 7,
            user: Some(User {
                login: login.to_owned(),
                role: role.to_owned(),
            }),
            ..PluginContext::default()
        })
    }

    #[test]
    fn org_login_and_role_are_those_of_the_context() {
        let editor = of("ann", "Editor");
        assert_eq!((editor.who.as_str(), editor.role), ("ann", Role::Editor));
        assert_eq!(editor.orgs, Orgs::Only("7".to_owned()));
        assert_eq!(of("ann", "Admin").role, Role::Admin);
        for least in ["Viewer", "None", "", "Root"] {
            assert_eq!(of("ann", least).role, Role::Viewer, "{least:?}");
        }
        let rule = identity(&PluginContext::default());
        assert_eq!((rule.who.as_str(), rule.role), ("grafana", Role::Viewer));
    }
}
