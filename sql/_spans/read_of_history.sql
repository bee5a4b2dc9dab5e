      AND Timestamp >= {history_from:DateTime64(9, 'UTC')} - {% include "_spans/lookback.sql" +%}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
          {{- pruned("otel_traces", "{history_from:DateTime64(9, 'UTC')} - toIntervalMinute(5)",
              "{to:DateTime64(9, 'UTC')}") }}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
