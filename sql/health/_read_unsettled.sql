{% include "health/_read.sql" +%}
      AND otel_traces.ServiceName IN (SELECT service FROM unsettled)
