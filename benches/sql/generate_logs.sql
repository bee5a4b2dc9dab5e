-- Purpose: generated log lines, evenly spread over a stretch of time: 40 services of 50 templates each. Services and the templates of a
--   service follow Zipf's law; a message has some 100 bytes, a third of them variable. `template_id` is what the design with three
--   queries counts by; Kulprit does not read it. In the last five minutes one rare template of service-10 becomes frequent.
-- Params:
--   rows UInt64  how many lines
--   from DateTime64(9, 'UTC')  when the first was logged
--   seconds UInt64  how long they last
INSERT INTO otel_logs (Timestamp, SeverityText, SeverityNumber, ServiceName, Body, template_id)
WITH
    ['accepted', 'cached', 'fetched', 'rejected', 'retried', 'scheduled', 'stored', 'sent', 'validated', 'expired'] AS verbs,
    ['order', 'basket', 'invoice', 'payment token', 'shipment', 'coupon', 'session', 'stock level', 'price list', 'address',
     'refund', 'parcel label', 'webhook', 'search page', 'recommendation', 'image', 'mail', 'ledger entry', 'tax rate', 'voucher',
     'lock', 'replica', 'heartbeat', 'config map', 'certificate'] AS objects,
    cityHash64(number, 1) AS a,
    cityHash64(number, 2) AS b,
    cityHash64(number, 3) AS c,
    -- floor(n^u) of a uniform u has a probability that falls like 1 / rank
    toUInt64(floor(pow(41, (a % 1000000) / 1000000))) AS service_rank,
    toUInt64(floor(pow(51, (b % 1000000) / 1000000))) - 1 AS usual_template,
    intDiv(number * {seconds:UInt64} * 1000000, {rows:UInt64}) AS microseconds,
    microseconds >= ({seconds:UInt64} - 300) * 1000000 AND service_rank = 10 AND c % 8 = 0 AS is_incident,
    if(is_incident, 37, usual_template) AS template,
    concat(verbs[template % 10 + 1], ' ', objects[intDiv(template, 10) + 5 * (service_rank % 5) + 1]) AS subject
SELECT
    {from:DateTime64(9, 'UTC')} + toIntervalMicrosecond(microseconds) AS Timestamp,
    if(template % 10 = 3, 'ERROR', 'INFO') AS SeverityText,
    if(template % 10 = 3, 17, 9) AS SeverityNumber,
    concat('service-', toString(service_rank)) AS ServiceName,
    multiIf(
        template % 3 = 0, concat(subject, ' ', lower(hex(c)), ' for customer ', toString(a % 90000), ' in ', toString(b % 400), ' ms, ', toString(c % 9000), ' bytes to 10.', toString(a % 200), '.', toString(b % 200), '.7:8443'),
        template % 3 = 1, concat('[worker-', toString(a % 16), '] ', subject, ' id=', toString(b % 10000000), ' attempt=', toString(c % 3), ' elapsed=', toString(a % 2000), 'ms queue=', toString(b % 64), ' trace=', lower(hex(c))),
        concat('GET /api/v1/', toString(a % 100000), '/items?page=', toString(c % 40), ' ', subject, ' with status ', toString(200 + b % 3), ' after ', toString(c % 700), ' ms (', toString(a % 100), ' rows)')) AS Body,
    service_rank * 64 + template AS template_id
FROM numbers({rows:UInt64})
