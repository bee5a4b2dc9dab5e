            -- A summary counts requests; its quantiles cannot be added up.
            SELECT ServiceName, MetricName, MetricUnit, ResourceAttributes, ScopeName, Attributes, StartTimeUnix,
                TimeUnix, 2 AS AggregationTemporality,
                   toFloat64(Count) AS total, []::Array(UInt64) AS counts, []::Array(Float64) AS bounds
            FROM {{ source(table) }}
            WHERE {% include "_metrics/is_known.sql" %}
              AND {% include "_metrics/has_value.sql" +%}
              AND ((TimeUnix > current_from - lookback AND TimeUnix <= current_to
                  {{- pruned(table, "current_from - lookback", "current_to") }})
                  OR (TimeUnix > baseline_from - lookback AND TimeUnix <= baseline_to
                      {{- pruned(table, "baseline_from - lookback", "baseline_to") }}))
