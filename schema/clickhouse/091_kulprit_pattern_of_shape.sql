-- Purpose: shape -> pattern, by which answers group. Reloaded when the catalog changes.
CREATE {% if replace %}OR REPLACE DICTIONARY{% else %}DICTIONARY IF NOT EXISTS{% endif %} kulprit_pattern_of_shape{{ on_cluster }}
(
    `shape_id` UInt64,
    `pattern_id` UInt64
)
PRIMARY KEY shape_id
SOURCE(CLICKHOUSE(NAME kulprit_lookup DB {{ database | literal }} TABLE 'kulprit_current_shape_patterns' INVALIDATE_QUERY {{ catalog_version | literal }}))
LAYOUT(HASHED())
LIFETIME(MIN 5 MAX 10)
