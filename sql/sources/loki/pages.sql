-- Purpose: reads pages of lines from Loki, the oldest lines first.
-- Params:
--   batch UInt64  the number of these pages
--   full_at UInt64  a page with so many lines may have left some out
{% include "sources/_place_params.sql" %}
-- Columns:
-- Reads:
INSERT INTO loki_pages
SELECT
    json,
    {batch:UInt64} AS batch,
    arraySum(stream -> JSONLength(stream, 'values'), streams) AS lines,
    arrayMin(stream -> toInt64OrZero(JSONExtractString(stream, 'values', 1, 1)), streams) AS first_at,
    arrayMax(stream -> toInt64OrZero(JSONExtractString(stream, 'values', -1, 1)), streams) AS last_at,
    if(lines >= {full_at:UInt64}, last_at, 9223372036854775807) AS until,
    if(lines >= {full_at:UInt64},
        arraySum(
            stream -> arrayCount(
                entry -> toInt64OrZero(JSONExtractString(entry, 1)) < until, JSONExtractArrayRaw(stream, 'values')),
            streams),
        lines) AS whole_lines
FROM
(
    SELECT json, JSONExtractArrayRaw(json, 'data', 'result') AS streams
    FROM {% include "sources/_place.sql" +%}
    WHERE {% include "sources/_place_answered.sql" +%}
      AND throwIf(JSONExtractString(json, 'data', 'resultType') != 'streams', 'this is no answer of Loki') = 0
)
WHERE notEmpty(streams)
{% include "sources/_place_settings.sql" +%}
