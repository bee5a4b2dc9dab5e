-- Purpose: the rollup of requests as many services leave it over many days: a row a service and minute, with some 20 buckets of durations.
-- Params:
--   services UInt64  how many
--   minutes UInt64  how many minutes of each
--   to DateTime('UTC')  when the last of them ends
INSERT INTO kulprit_request_minutes (service, minute, requests, errors, durationsMap.bucket, durationsMap.requests)
WITH
    cityHash64(number) AS noise,
    range(170, 190) AS buckets
SELECT
    concat('month-', toString(intDiv(number, {minutes:UInt64}))) AS service,
    {to:DateTime('UTC')} - toIntervalMinute(number % {minutes:UInt64} + 1) AS minute,
    toInt64(arraySum(counts)) AS requests,
    toInt64(noise % 400 = 0) AS errors,
    arrayMap(bucket -> toUInt16(bucket), buckets) AS bucket,
    arrayMap(bucket -> toInt64(1 + (noise + bucket * 7) % 40), buckets) AS counts
FROM numbers({services:UInt64} * {minutes:UInt64})
