-- Purpose: reads points of gauges from Prometheus, in the columns that the OpenTelemetry exporter makes.
-- Params:
--   service_labels Array(String)  labels that may name the service, the best first
--   name String  what a series is called that has no name since it was computed
{% include "sources/_place_params.sql" %}
-- Columns:
-- Reads:
INSERT INTO otel_metrics_gauge
WITH
{% include "sources/prometheus/_point.sql" +%}

SELECT
    service_of(labels) AS ServiceName,
    if(labels['__name__'] = '', {name:String}, labels['__name__']) AS MetricName,
{% include "sources/prometheus/_said.sql" +%}
FROM series
ARRAY JOIN points AS point
WHERE isFinite(Value)
{% include "sources/_place_settings.sql" +%}
