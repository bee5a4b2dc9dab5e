      AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
          {{- pruned("otel_traces", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
      AND cityHash64(TraceId) % {one_in:UInt64} = 0
