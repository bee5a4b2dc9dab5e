-- Purpose: which gauges Prometheus knows that mean saturation.
-- Params:
--   metrics String  regular expression of the names of metrics that mean saturation
--   except String  regular expression of those among them that do not
{% include "sources/_place_params.sql" %}
-- Columns:
--   name String  the metric's name
-- Reads:
SELECT metric.1 AS name
FROM
(
    SELECT arrayJoin(JSONExtractKeysAndValuesRaw(json, 'data')) AS metric
    FROM {% include "sources/_place.sql" +%}
    WHERE {% include "sources/_place_answered.sql" +%}
)
WHERE JSONExtractString(metric.2, 1, 'type') = 'gauge'
  AND match(name, {metrics:String}) AND NOT match(name, {except:String})
ORDER BY name
LIMIT 100
{% include "sources/_place_settings.sql" +%}
