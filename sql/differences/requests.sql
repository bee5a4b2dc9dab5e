-- Purpose: what sets the requests that failed apart from the others of the same window: attributes of their spans whose
--   values make up another share. Attributes that say that a request failed are left out.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   budget UInt64  the requests that did not fail to read; of more, a sample is read
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% include "differences/_columns.sql" +%}
-- Reads: otel_traces
{% set spans_read = "_spans/read_of_window.sql" %}
WITH
    {budget:UInt64} AS budget,
    intDiv(budget, 50) + 1 AS witnesses,
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS since,
    greatest(1, intDiv(toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - since, 12)) AS slice_length,

    requests AS
    (
        SELECT
            {%+ include "_spans/request_failed.sql" %} AS is_target,
            toUnixTimestamp64Nano(Timestamp) AS at,
            cityHash64(TraceId) AS trace,
            cityHash64(TraceId, SpanId) AS line,
            {%+ include "_attributes/of_span.sql" %} AS attributes
        FROM {{ source("otel_traces") }}
        WHERE Timestamp >= {from:DateTime64(9, 'UTC')}
          AND Timestamp < {to:DateTime64(9, 'UTC')}
              {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
{% if scoped %}
          AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
          AND {% include "_spans/is_request.sql" +%}
    ),
    -- of either side, those that did not fail first: how many, and of how many one is read and one is a witness
    (
        SELECT arrayMap(
            lines -> (lines, intDiv(lines, budget) + 1, intDiv(least(budget, lines), witnesses) + 1),
            [countIf(NOT is_target), countIf(is_target)])
        FROM requests
    ) AS sampling,

    sizes AS
    (
        SELECT 0::UInt32 AS group_id, both[2].1 AS target_total, both[1].1 AS usual_total, 1::UInt8 AS usual_is_own
        FROM (SELECT sampling AS both)
    ),

    facts AS
    (
        SELECT
            0::UInt32 AS group_id,
            is_target::UInt8 AS is_target,
            least(11, intDiv(at - since, slice_length)) AS slice,
            trace,
            1 AS is_traced,
            0::UInt64 AS message,
            attributes,
            line,
            line % sampling[is_target + 1].3 = 0 AS is_witness
        FROM requests
        -- by trace, by another part of its hash than line
        WHERE intHash64(trace) % sampling[is_target + 1].2 = 0
    ),

{% include "differences/_tested.sql" +%}
