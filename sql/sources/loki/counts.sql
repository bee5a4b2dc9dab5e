-- Purpose: how many lines Loki has, by service, level and step of time: cheap for it, and exact. What to read of
--   them is planned from these.
-- Params:
--   service_label String  the label with the name of the service
{% include "sources/_place_params.sql" %}
-- Columns:
--   service String  the service
--   level String  the level that Loki has found in its lines; empty where it looks for none
--   at UInt64  the end of the step, in seconds since 1970
--   lines UInt64  how many lines
-- Reads:
SELECT
    JSONExtractString(series, 'metric', {service_label:String}) AS service,
    JSONExtractString(series, 'metric', 'detected_level') AS level,
    toUInt64(JSONExtractFloat(point, 1)) AS at,
    toUInt64(toFloat64OrZero(JSONExtractString(point, 2))) AS lines
FROM
(
    SELECT arrayJoin(JSONExtractArrayRaw(json, 'data', 'result')) AS series
    FROM {% include "sources/_place.sql" +%}
    WHERE {% include "sources/_place_answered.sql" +%}
)
ARRAY JOIN JSONExtractArrayRaw(series, 'values') AS point
WHERE lines > 0
ORDER BY service, level, at
{% include "sources/_place_settings.sql" +%}
