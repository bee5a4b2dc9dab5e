-- Purpose: which version of itself a server says it is that is read in place.
-- Params:
{% include "sources/_place_params.sql" %}
-- Columns:
--   version String  as it says; empty where it says none
-- Reads:
SELECT coalesce(nullIf(JSONExtractString(json, 'version'), ''), JSONExtractString(json, 'data', 'version')) AS version
FROM {% include "sources/_place.sql" +%}
LIMIT 1
{% include "sources/_place_settings.sql" +%}
