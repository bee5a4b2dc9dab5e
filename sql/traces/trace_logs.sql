-- Purpose: the log lines of one trace, the earliest first.
-- Params:
--   trace_id String  the trace
--   from DateTime64(9, 'UTC')  a time before its first line
--   to DateTime64(9, 'UTC')  a time after its last line
--   limit UInt32  the number of lines to return
-- Columns:
--   time Int64  when it was written, in nanoseconds since 1970
--   service String  who wrote it
--   severity String  its level
--   body String  the message
-- Reads: {{ logs.table | name }}
SELECT
    toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9, 'UTC'))::Int64 AS time,
    toValidUTF8({{ logs.service | ident }}::String) AS service,
    toValidUTF8({% include "_logs/level.sql" %}) AS severity,
    substringUTF8(toValidUTF8({{ logs.body | ident }}), 1, 4096) AS body
FROM {{ source("logs") }}
WHERE {{ logs.trace_id | ident }} = {trace_id:String}
  AND {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')}
      AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
          {{- pruned("logs", "{from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
ORDER BY time, service, body
LIMIT {limit:UInt32}
