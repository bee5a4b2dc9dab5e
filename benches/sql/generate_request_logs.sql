-- Purpose: log lines of the requests of generate_spans: as many for each trace, by the services that served it. Where service-19 fails it says so.
-- Params:
--   rows UInt64  how many lines
--   spans UInt64  how many spans there are, ten a trace
--   from DateTime64(9, 'UTC')  when the first trace began
--   seconds UInt64  how long they last
INSERT INTO otel_logs (Timestamp, TraceId, SeverityText, SeverityNumber, ServiceName, Body)
WITH
    ['accepted', 'cached', 'fetched', 'looked up', 'retried', 'scheduled', 'stored', 'sent', 'validated', 'expired'] AS verbs,
    ['order', 'basket', 'invoice', 'payment token', 'shipment', 'coupon', 'session', 'stock level', 'price list', 'address'] AS objects,
    intDiv(number * intDiv({spans:UInt64}, 10), {rows:UInt64}) AS trace,
    cityHash64(trace, 1) % 13 AS kind,
    cityHash64(number, 2) AS noise,
    intDiv(trace * {seconds:UInt64} * 10000000, {spans:UInt64}) AS microseconds,
    microseconds >= ({seconds:UInt64} - 600) * 1000000 AND kind = 5 AND cityHash64(trace, 2) % 3 = 0 AS is_failed,
    number % 4 AS role,
    [0, 1 + kind, 14 + kind, 34 + kind % 6][role + 1] AS service,
    is_failed AND role = 2 AS is_cause
SELECT
    {from:DateTime64(9, 'UTC')} + toIntervalMicrosecond(microseconds + 1000) AS Timestamp,
    concat(lower(hex(cityHash64(trace, 4))), lower(hex(cityHash64(trace, 5)))) AS TraceId,
    if(is_cause, 'ERROR', 'INFO') AS SeverityText,
    if(is_cause, 17, 9) AS SeverityNumber,
    concat('service-', toString(service)) AS ServiceName,
    if(is_cause,
        concat('no connection to the pool after ', toString(noise % 9000), ' ms, ', toString(noise % 50), ' waiting'),
        concat(verbs[(service + noise % 3) % 10 + 1], ' ', objects[noise % 7 + 1], ' ', lower(hex(noise)), ' for customer ', toString(noise % 90000), ' in ', toString(noise % 400), ' ms')) AS Body
FROM numbers({rows:UInt64})
