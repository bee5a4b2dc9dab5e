{% if scoped %}
      AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
      AND ((Timestamp >= current_from - {% include "_spans/lookback.sql" %} AND Timestamp < current_to
          {{- pruned("otel_traces", "current_from - toIntervalMinute(5)", "current_to") }})
        OR (Timestamp >= baseline_from - {% include "_spans/lookback.sql" %} AND Timestamp < baseline_to
            {{- pruned("otel_traces", "baseline_from - toIntervalMinute(5)", "baseline_to") }}))
