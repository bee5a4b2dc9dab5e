-- Purpose: what fails, for a user who may only read logs: plain SQL over the log table. A pattern is the message with
--   every token that holds a digit masked.
{% include "error_groups/_error_header.sql" +%}
-- Reads: {{ logs.table | name }}
WITH
{% set by_function = false %}
{% include "error_groups/_error_lines.sql" +%}

    -- each line with its group
    placed AS
    (
        SELECT
            service,
            own_route AS route,
            own_status AS status,
            replaceRegexpAll(body, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>') AS mask,
            sipHash64(mask) AS pattern_id,
            trace_id,
            body,
            time
        FROM lines
    ),

{% include "error_groups/_error_groups.sql" +%}
