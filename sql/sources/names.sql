-- Purpose: a list of names, such as those of labels, that Loki or Prometheus answers with.
-- Params:
{% include "sources/_place_params.sql" %}
-- Columns:
--   name String  one of them
-- Reads:
SELECT arrayJoin(JSONExtract(json, 'data', 'Array(String)')) AS name
FROM {% include "sources/_place.sql" +%}
WHERE {% include "sources/_place_answered.sql" +%}
ORDER BY name
{% include "sources/_place_settings.sql" +%}
