{% if scoped %}
      AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
      AND Timestamp >= {from:DateTime64(9, 'UTC')} - {% include "_spans/lookback.sql" +%}
      AND Timestamp < {to:DateTime64(9, 'UTC')}
          {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')} - toIntervalMinute(5)", "{to:DateTime64(9, 'UTC')}") }}
