-- Purpose: generated spans, evenly spread over a stretch of time: traces of ten spans each over 40 services. service-0 serves the request; it calls one of 13
--   services, which calls two more, and then another. In the last ten minutes one of them, service-19, is slow and fails, and its callers with it.
-- Params:
--   spans UInt64  how many spans
--   from DateTime64(9, 'UTC')  when the first trace began
--   seconds UInt64  how long they last
INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode)
WITH
    intDiv(number, 10) AS trace,
    number % 10 AS place,
    cityHash64(trace, 1) % 13 AS kind,
    -- of each span: its parent's place, and which of the trace's services it belongs to
    [0, 0, 1, 2, 3, 4, 2, 6, 0, 8][place + 1] AS parent,
    [0, 0, 1, 1, 2, 2, 1, 3, 0, 4][place + 1] AS role,
    ['Server', 'Client', 'Server', 'Client', 'Server', 'Internal', 'Client', 'Server', 'Client', 'Server'][place + 1] AS span_kind,
    [0, 1 + kind, 14 + kind, 27 + kind % 7, 34 + kind % 6][role + 1] AS service,
    intDiv(trace * {seconds:UInt64} * 10000000, {spans:UInt64}) AS microseconds,
    microseconds >= ({seconds:UInt64} - 600) * 1000000 AND kind = 5 AS is_hurt,
    is_hurt AND cityHash64(trace, 2) % 3 = 0 AS is_failed,
    -- milliseconds that each server takes itself: exponential, with a floor
    arrayMap(n -> 1 + n * 0.7 - (2 + n) * log((cityHash64(trace, n, 3) % 1000000 + 1) / 1000001), range(5)) AS own,
    own[3] * if(is_hurt, 20, 1) AS slow,
    own[2] + slow + own[4] + 1 AS second,
    [own[1] + second + own[5] + 1, second + 0.5, second, slow + 0.5, slow, slow * 0.8, own[4] + 0.5, own[4], own[5] + 0.5, own[5]][place + 1] AS milliseconds
SELECT
    {from:DateTime64(9, 'UTC')} + toIntervalMicrosecond(microseconds + place * 100) AS Timestamp,
    concat(lower(hex(cityHash64(trace, 4))), lower(hex(cityHash64(trace, 5)))) AS TraceId,
    lower(hex(cityHash64(number, 6))) AS SpanId,
    if(place = 0, '', lower(hex(cityHash64(number - place + parent, 6)))) AS ParentSpanId,
    multiIf(place = 5, 'SELECT', span_kind = 'Client', 'POST', concat('POST /', ['shop', 'order', 'stock', 'price', 'mail'][role + 1], '/', toString(trace % 4))) AS SpanName,
    span_kind AS SpanKind,
    concat('service-', toString(service)) AS ServiceName,
    map('service.instance.id', concat('pod-', toString(trace % 3))) AS ResourceAttributes,
    if(span_kind = 'Server', map('http.route', SpanName, 'http.response.status_code', if(is_failed AND place IN (0, 2, 4), '503', '200')), map()) AS SpanAttributes,
    toUInt64(milliseconds * 1e6) AS Duration,
    if(is_failed AND place IN (0, 2, 4), 'Error', 'Unset') AS StatusCode
FROM numbers(intDiv({spans:UInt64}, 10) * 10)
