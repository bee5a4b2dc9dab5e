-- Purpose: what sets the lines of a window apart from those of its baseline: attributes whose values make up another
--   share of the lines. Plain SQL over the log table.
-- Params:
{% include "differences/_window_params.sql" +%}
{% include "differences/_columns.sql" +%}
-- Reads: {{ logs.table | name }}
WITH
{% include "differences/_windows.sql" +%}

    -- of either side, the baseline first: its lines, and of how many one is read and one is a witness
    (
        WITH
            stored.{{ logs.timestamp | ident }} AS logged,
            toUnixTimestamp64Nano(toDateTime64(logged, 9, 'UTC')) AS at
        SELECT arrayMap(
            lines -> (lines, intDiv(lines, budget) + 1, intDiv(least(budget, lines), witnesses) + 1),
            [countIf(arrayExists(span -> span.1 = 0 AND at >= span.2 AND at < span.3, spans)),
                countIf(arrayExists(span -> span.1 = 1 AND at >= span.2 AND at < span.3, spans))])
        FROM {{ source("logs") }} AS stored
{% include "_logs/in_windows.sql" %}
    ) AS sampling,

    sizes AS
    (
        SELECT 0::UInt32 AS group_id, both[2].1 AS target_total, both[1].1 AS usual_total, 1::UInt8 AS usual_is_own
        FROM (SELECT sampling AS both)
    ),

    facts AS
    (
        WITH
            stored.{{ logs.timestamp | ident }} AS logged,
            toUnixTimestamp64Nano(toDateTime64(logged, 9, 'UTC')) AS at,
            arrayFilter(
                span -> at >= span.2 AND at < span.3
                    AND cityHash64(stored.{{ logs.service | ident }}, tick_of(at, span)) % sampling[span.1 + 1].2 = 0,
                spans) AS sides
        SELECT
            0::UInt32 AS group_id,
            side.1 AS is_target,
            slice_of(at, side) AS slice,
            cityHash64(stored.{{ logs.trace_id | ident }}) AS trace,
            stored.{{ logs.trace_id | ident }} != '' AS is_traced,
            0::UInt64 AS message,
            {%+ include "_attributes/of_line.sql" %} AS attributes,
            cityHash64(at, stored.{{ logs.trace_id | ident }}, attributes) AS line,
            line % sampling[side.1 + 1].3 = 0 AS is_witness
        FROM {{ source("logs") }} AS stored
        ARRAY JOIN sides AS side
{% include "_logs/in_windows.sql" %}
    ),

{% include "differences/_tested.sql" +%}
