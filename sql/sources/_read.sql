SELECT
    cityHash64(TraceId) AS trace,
    cityHash64(TraceId, SpanId) AS id,
    if(ParentSpanId = '', 0, cityHash64(TraceId, ParentSpanId)) AS parent,
    -- what a service does in a trace
    cityHash64(trace, service) AS visit,
    ServiceName::LowCardinality(String) AS service,
    -- ids in a name would make each request an endpoint of its own
    replaceRegexpAll(SpanName, '\\b(?:[0-9]+|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,}){0,4})\\b', '<id>')
        ::LowCardinality(String) AS name,
    -- 1 serves, 2 calls, 0 does neither or does not say
    multiIf({% include "_spans/request_kind.sql" %}, 1, {% include "_spans/call_kind.sql" %}, 2, 0)::UInt8 AS kind,
    toUnixTimestamp64Nano(Timestamp) AS started,
    -- a span that ends before it begins took no time
    if(Duration >= 9223372036854775808, 0, Duration) / 1e6 AS ms,
    {%+ include "_spans/span_failed.sql" %}::UInt8 AS failed,
    -- of what says that it is a request: for how many it counts, whether it is left out, whether it lasts as long as
    -- somebody listens; to ask all spans would take as long as to read them
    kind = 1 OR ParentSpanId = '' AS says_request,
    if(says_request, {% include "_spans/weight.sql" %}, 1)::UInt32 AS weight,
    (says_request AND {% include "_spans/is_ignored.sql" %})::UInt8 AS is_ignored,
    (says_request AND {% include "_spans/is_stream.sql" %})::UInt8 AS is_stream,
    {%+ include "sources/_peer.sql" %}::LowCardinality(String) AS peer
FROM {{ source("otel_traces") }}
WHERE Timestamp >= {history_from:DateTime64(9, 'UTC')} - {% include "_spans/lookback.sql" +%}
  -- what belongs to a request of the window may begin after it
  AND Timestamp < {to:DateTime64(9, 'UTC')} + {% include "_spans/lookback.sql" +%}
      {{- pruned("otel_traces", "{history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)",
          "{to:DateTime64(9, 'UTC')} + toIntervalMinute(5)") }}
  AND cityHash64(TraceId) % if(
      Timestamp >= {from:DateTime64(9, 'UTC')} - {% include "_spans/lookback.sql" %},
      {current_one_in:UInt64},
      {one_in:UInt64}) = 0
