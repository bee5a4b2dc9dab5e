              AND Timestamp >= {from:DateTime64(9, 'UTC')} - toIntervalHour(1)
              AND Timestamp < {to:DateTime64(9, 'UTC')} + toIntervalMinute(1)
                  {{- pruned("otel_traces", "{from:DateTime64(9, 'UTC')} - toIntervalHour(1)",
                      "{to:DateTime64(9, 'UTC')} + toIntervalMinute(1)") }}
              AND lower(TraceId) IN (SELECT trace_id FROM lines WHERE trace_id != '')
