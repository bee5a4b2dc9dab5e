{#
Whether a stored line tells of an error: by its severity or, where it has none, by the first severity that its message
names, or by a crash. `kulprit ingest` reads messages alike: tests/it/levels.rs holds both together.
#}
{% from "_logs/names_of_levels.sql" import message_rules, crash_rules, errors %}
if({% include "_logs/level.sql" %} != '',
              {%+ include "_logs/range.sql" %} IN ('ERROR', 'FATAL'),
              arrayExists(
                  head -> arrayExists(
                      named -> if(named = '',
                          match(head, {{ crash_rules[0].pattern | literal }}),
                          match(named, {{ errors | literal }})),
                      [extract(head, concat('(?:',
{% for rule in message_rules %}
                          {{ rule.pattern | literal }},{% if not loop.last %} ')|(?:',{% endif +%}
{% endfor %}
                          ')'))]),
                  [substringIndex(substring({{ logs.body | ident }}, 1, 256), '\n', 1)]))
