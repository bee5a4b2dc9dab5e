//! Questions in LogQL. Whatever a caller names is a quoted text in them.

/// Lines of services, as LogQL selects them.
#[derive(Debug, Clone)]
pub struct Selector {
    label: String,
    /// Matchers of the configuration.
    further: String,
}

/// A service's lines of one level, where that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub service: String,
    pub level: Option<String>,
}

impl Selector {
    pub fn new(label: &str, further: &str) -> Self {
        Self {
            label: label.to_owned(),
            further: further.trim().trim_matches(',').to_owned(),
        }
    }

    /// Of these services; none means all.
    pub fn of(&self, services: &[String]) -> String {
        let names: Vec<String> = services.iter().map(|service| literally(service)).collect();
        let names = if names.is_empty() {
            ".+".to_owned()
        } else {
            names.join("|")
        };
        self.matching(&format!("{}=~{}", self.label, quoted(&names)))
    }

    /// Of one group.
    pub fn of_group(&self, group: &Group) -> String {
        let lines = self.matching(&format!("{}={}", self.label, quoted(&group.service)));
        match &group.level {
            Some(level) => format!("{lines} | detected_level={}", quoted(level)),
            None => lines,
        }
    }

    /// Of these services, but for some groups.
    pub fn without(&self, services: &[String], groups: &[Group]) -> String {
        let mut lines = self.of(services);
        for group in groups {
            lines.push_str(&format!(" | {}!={}", self.label, quoted(&group.service)));
            if let Some(level) = &group.level {
                lines.push_str(&format!(" or detected_level!={}", quoted(level)));
            }
        }
        lines
    }

    /// How many lines there are in steps, by service, and by level if that is told apart.
    pub fn counts(&self, services: &[String], step_seconds: i64, by_level: bool) -> String {
        let level = if by_level { ", detected_level" } else { "" };
        // A step counts what came after its beginning up to its end; with the offset, from its beginning on.
        format!(
            "sum by ({}{level}) (count_over_time({}[{step_seconds}s] offset 1ns))",
            self.label,
            self.of(services)
        )
    }

    fn matching(&self, matcher: &str) -> String {
        match self.further.as_str() {
            "" => format!("{{{matcher}}}"),
            further => format!("{{{matcher}, {further}}}"),
        }
    }
}

/// `text` as a string of LogQL and PromQL.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => quoted.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A regular expression that matches `text` alone.
pub fn literally(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if ".+*?()|[]{}^$\\".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_name_stays_a_text() {
        let selector = Selector::new("app", "env=\"prod\",");
        let hostile = "a\"} or {b|c\\\n".to_owned();
        assert_eq!(
            selector.of(std::slice::from_ref(&hostile)),
            r#"{app=~"a\"\\} or \\{b\\|c\\\\\n", env="prod"}"#
        );
        let group = Group {
            service: hostile,
            level: Some("info".to_owned()),
        };
        assert_eq!(
            selector.of_group(&group),
            r#"{app="a\"} or {b|c\\\n", env="prod"} | detected_level="info""#
        );
        assert_eq!(
            selector.without(&[], &[group]),
            r#"{app=~".+", env="prod"} | app!="a\"} or {b|c\\\n" or detected_level!="info""#
        );
    }
}
