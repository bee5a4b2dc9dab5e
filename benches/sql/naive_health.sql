-- Purpose: how each service does in two windows, by a plain GROUP BY over the spans.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
SELECT
    ServiceName::String AS name,
    countIf(Timestamp >= {current_from:DateTime64(9, 'UTC')}) AS requests,
    countIf(Timestamp < {current_from:DateTime64(9, 'UTC')}) AS requests_before,
    countIf(Timestamp >= {current_from:DateTime64(9, 'UTC')} AND StatusCode = 'Error') AS errors,
    countIf(Timestamp < {current_from:DateTime64(9, 'UTC')} AND StatusCode = 'Error') AS errors_before,
    quantilesIf(0.5, 0.95, 0.99)(Duration, Timestamp >= {current_from:DateTime64(9, 'UTC')}) AS durations,
    quantilesIf(0.5, 0.95, 0.99)(Duration, Timestamp < {current_from:DateTime64(9, 'UTC')}) AS durations_before
FROM otel_traces
WHERE Timestamp >= {baseline_from:DateTime64(9, 'UTC')} AND Timestamp < {current_to:DateTime64(9, 'UTC')} AND SpanKind = 'Server'
GROUP BY name
ORDER BY name
