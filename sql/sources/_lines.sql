SELECT
    if(trace_id = '', 0, cityHash64(trace_id)) AS trace,
    cityHash64(trace, service) AS visit,
    service,
    at,
    drawn,
    arrayMap(shape -> cityHash64(site, shape), shapes) AS events
FROM
(
    SELECT
        {{ logs.service | ident }}::LowCardinality(String) AS service,
        {{ logs.trace_id | ident }}::String AS trace_id,
        toUnixTimestamp64Nano(toDateTime64({{ logs.timestamp | ident }}, 9)) AS at,
        -- a line without a trace id is drawn by its time
        cityHash64(if(trace_id = '', toString({{ logs.timestamp | ident }}), trace_id)) AS drawn,
{% include "root_cause/_log_event.sql" +%}

    FROM {{ source("logs") }}
    WHERE {{ logs.service | ident }} != ''
      AND {{ logs.timestamp | ident }} >= {history_from:DateTime64(9, 'UTC')}
      -- what belongs to a request of the window may be logged after it
      AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')} + {% include "_spans/lookback.sql" +%}
          {{- pruned("logs", "{history_from:DateTime64(9, 'UTC')}",
              "{to:DateTime64(9, 'UTC')} + toIntervalMinute(5)") }}
      AND drawn % if(
          {{ logs.timestamp | ident }} >= {from:DateTime64(9, 'UTC')} - {% include "_spans/lookback.sql" %},
          {current_one_in:UInt64},
          {one_in:UInt64}) = 0
)
