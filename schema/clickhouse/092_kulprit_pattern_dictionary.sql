-- Purpose: what an answer says about a pattern: its template, its name, and whether rankings leave it out.
CREATE {% if replace %}OR REPLACE DICTIONARY{% else %}DICTIONARY IF NOT EXISTS{% endif %} kulprit_pattern_dictionary{{ on_cluster }}
(
    `pattern_id` UInt64,
    `template` String,
    `name` String,
    `ignored` UInt8
)
PRIMARY KEY pattern_id
SOURCE(CLICKHOUSE(NAME kulprit_lookup DB {{ database | literal }} TABLE 'kulprit_current_patterns' INVALIDATE_QUERY {{ catalog_version | literal }}))
LAYOUT(HASHED())
LIFETIME(MIN 5 MAX 10)
