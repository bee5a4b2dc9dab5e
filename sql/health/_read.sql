{% if scoped %}
      AND otel_traces.ServiceName IN {services:Array(String)}
{% endif %}
      AND ((Timestamp >= current_from - {% include "_spans/lookback.sql" %} AND Timestamp < current_to)
        OR (Timestamp >= baseline_from - {% include "_spans/lookback.sql" %} AND Timestamp < baseline_to))
