-- Purpose: the services whose spans say that they serve requests. Those of the others have no such kind.
-- Params:
{% include "sources/_params.sql" +%}
-- Columns:
--   service String  the service
-- Reads: otel_traces
{% if not session %}
WITH question_read AS
(
{% include "sources/_read.sql" +%}
)
{% endif %}
SELECT DISTINCT service::String AS service
FROM question_read
WHERE kind = 1
ORDER BY service
