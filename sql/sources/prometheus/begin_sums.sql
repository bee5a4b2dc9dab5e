-- Purpose: a table with nothing in it, for the counters that it reads of Prometheus. Kept for one question in a
--   session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE otel_metrics_sum
(
{% include "sources/prometheus/_columns.sql" +%}
    Value Float64,
    AggregationTemporality Int32,
    IsMonotonic Bool
)
