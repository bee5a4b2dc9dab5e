      AND Timestamp >= {from:DateTime('UTC')} - {% include "_spans/lookback.sql" +%}
      AND Timestamp < {to:DateTime('UTC')}
          {{- pruned("otel_traces", "{from:DateTime('UTC')} - toIntervalMinute(5)", "{to:DateTime('UTC')}") }}
