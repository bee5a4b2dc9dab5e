-- Purpose: what time it is for a Loki or a Prometheus that is read in place, and for ClickHouse.
-- Params:
{% include "sources/_place_params.sql" %}
-- Columns:
--   ahead Float64  by how many seconds the server's clock is ahead of ClickHouse's
-- Reads:
SELECT
    coalesce(
        JSONExtract(json, 'data', 'result', 1, 'value', 1, 'Nullable(Float64)'),
        JSONExtract(json, 'data', 'result', 1, 'Nullable(Float64)'),
        0.) - toUnixTimestamp64Milli(now64(3)) / 1e3 AS ahead
FROM {% include "sources/_place.sql" +%}
WHERE {% include "sources/_place_answered.sql" +%}
LIMIT 1
{% include "sources/_place_settings.sql" +%}
