-- Purpose: masked text and sample messages of a shape, looked up by the answer for its few rows without a join.
CREATE {% if replace %}OR REPLACE DICTIONARY{% else %}DICTIONARY IF NOT EXISTS{% endif %} kulprit_shape_dictionary{{ on_cluster }}
(
    `service` String,
    `shape_id` UInt64,
    `text` String,
    `sample_min` String,
    `sample_max` String
)
PRIMARY KEY service, shape_id
SOURCE(CLICKHOUSE(NAME kulprit_lookup DB {{ database | literal }} TABLE 'kulprit_shape_samples'))
LAYOUT(COMPLEX_KEY_CACHE(SIZE_IN_CELLS 20000))
LIFETIME(MIN 60 MAX 120)
