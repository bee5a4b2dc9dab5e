-- Purpose: a table with nothing in it, for the gauges that it reads of Prometheus. Kept for one question in a
--   session.
-- Params:
-- Columns:
-- Reads:
CREATE OR REPLACE TEMPORARY TABLE otel_metrics_gauge
(
{% include "sources/prometheus/_columns.sql" +%}
    Value Float64
)
