-- Purpose: reads points of counters from Prometheus, in the columns that the OpenTelemetry exporter makes.
-- Params:
--   service_labels Array(String)  labels that may name the service, the best first
{% include "sources/_place_params.sql" %}
-- Columns:
-- Reads:
INSERT INTO otel_metrics_sum
WITH
{% include "sources/prometheus/_point.sql" +%}

SELECT
    service_of(labels) AS ServiceName,
    labels['__name__'] AS MetricName,
{% include "sources/prometheus/_said.sql" %},
    2 AS AggregationTemporality,
    true AS IsMonotonic
FROM series
ARRAY JOIN points AS point
WHERE isFinite(Value)
{% include "sources/_place_settings.sql" +%}
