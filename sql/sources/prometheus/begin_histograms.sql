-- Purpose: a table with nothing in it, for the histograms that it reads of Prometheus. Kept for one question in a
--   session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE otel_metrics_histogram
(
{% include "sources/prometheus/_columns.sql" +%}
    Count UInt64,
    Sum Float64,
    BucketCounts Array(UInt64),
    ExplicitBounds Array(Float64),
    AggregationTemporality Int32
)
