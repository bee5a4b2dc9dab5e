-- Purpose: the services that have spans in a Tempo that is read in place.
-- Params:
{% include "sources/_place_params.sql" %}
-- Columns:
--   name String  the service
-- Reads:
SELECT JSONExtractString(arrayJoin(JSONExtractArrayRaw(json, 'tagValues')), 'value') AS name
FROM {% include "sources/_place.sql" +%}
ORDER BY name
{% include "sources/_place_settings.sql" +%}
