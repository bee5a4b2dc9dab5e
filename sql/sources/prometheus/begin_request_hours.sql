-- Purpose: a table with nothing in it, for requests of spans that are rolled up, of which there are none in place.
--   Kept for one question in a session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE kulprit_request_hours
(
    service LowCardinality(String),
    hour DateTime('UTC'),
    requests Int64,
    errors Int64,
    `durationsMap.bucket` Array(UInt16),
    `durationsMap.requests` Array(Int64)
)
