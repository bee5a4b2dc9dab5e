      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)
      AND Timestamp >= unsettled_from - {% include "_spans/lookback.sql" +%}
      AND Timestamp < unsettled_to
          {{- pruned("otel_traces", "unsettled_from - toIntervalMinute(5)", "unsettled_to") }}
