-- Purpose: lines of each pattern in two windows, by a plain GROUP BY over the log table.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
SELECT
    ServiceName::String AS service,
    dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', kulprit_shape(Body) AS shape_id, shape_id) AS pattern_id,
    countIf(Timestamp >= {current_from:DateTime64(9, 'UTC')} AND Timestamp < {current_to:DateTime64(9, 'UTC')}) AS current_count,
    countIf(Timestamp >= {baseline_from:DateTime64(9, 'UTC')} AND Timestamp < {baseline_to:DateTime64(9, 'UTC')}) AS baseline_count
FROM otel_logs
WHERE (Timestamp >= {current_from:DateTime64(9, 'UTC')} AND Timestamp < {current_to:DateTime64(9, 'UTC')})
   OR (Timestamp >= {baseline_from:DateTime64(9, 'UTC')} AND Timestamp < {baseline_to:DateTime64(9, 'UTC')})
GROUP BY service, pattern_id
