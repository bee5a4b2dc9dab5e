{% from "_logs/names_of_levels.sql" import message_rules, crash_rules %}
{% from "error_groups/_rules.sql" import attribute_rules, body_rules %}
-- Purpose: the regular expressions by which error lines and the traces that they name are recognised, each with a text
--   in
--   which it must find something and a text in which it must find nothing. Reads no table: run it after a change.
-- Columns:
--   rule String  what the expression is for
--   pattern String  the expression
--   text String  a text in which it must find something
--   expected String  what it must find
--   found String  what it finds there
--   other String  a text in which it must find nothing
--   found_in_other String  what it finds there
-- Reads:
SELECT rule, pattern, text, expected, found, other, found_in_other
FROM
(
{% for rule in message_rules + crash_rules + attribute_rules + body_rules %}
    SELECT
        {{ rule.rule | literal }} AS rule,
        {{ rule.pattern | literal }} AS pattern,
        {{ rule.text | literal }} AS text,
        {{ rule.found | literal }} AS expected,
        extract(text, {{ rule.pattern | literal }}) AS found,
        {{ rule.other | literal }} AS other,
        extract(other, {{ rule.pattern | literal }}) AS found_in_other
{% if not loop.last %}
    UNION ALL
{% endif %}
{% endfor %}
)
ORDER BY rule
