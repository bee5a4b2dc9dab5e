-- Purpose: events of Kubernetes about the pods and workloads of certain services, where they are among the log lines:
--   in the window, or as long before it.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   services Array(String)  the services
-- Columns:
--   service String  the service that the object belongs to, by its name
--   reason String  the event's reason, such as OOMKilling
--   object String  the pod or workload of the last of these events
--   since DateTime64(9, 'UTC')  the first of them
--   times UInt64  how many there were
--   message String  what the last of them says
-- Reads: otel_logs
WITH
    {from:DateTime64(9, 'UTC')} AS window_from,
    {to:DateTime64(9, 'UTC')} AS window_to,
    window_from - toIntervalNanosecond(
        toUnixTimestamp64Nano(window_to) - toUnixTimestamp64Nano(window_from)) AS news_from,

    -- the collector's receivers of events and of objects write them so
    events AS
    (
        SELECT
            `Timestamp`::DateTime64(9, 'UTC') AS at,
            coalesce(nullIf(`LogAttributes`['k8s.event.reason'], ''),
                JSONExtractString(body, 'object', 'reason')) AS reason,
            coalesce(nullIf(`ResourceAttributes`['k8s.object.name'], ''),
                nullIf(JSONExtractString(body, 'object', 'regarding', 'name'), ''),
                JSONExtractString(body, 'object', 'involvedObject', 'name')) AS about,
            if(startsWith(body, '{'), coalesce(nullIf(JSONExtractString(body, 'object', 'note'), ''),
                JSONExtractString(body, 'object', 'message')), body) AS said
        FROM
        (
            SELECT *, `Body`::String AS body
            FROM `otel_logs`
            WHERE `Timestamp` >= news_from AND `Timestamp` < window_to
                AND toStartOfFiveMinutes(`Timestamp`) >= toStartOfFiveMinutes(news_from)
                AND toStartOfFiveMinutes(`Timestamp`) <= toStartOfFiveMinutes(window_to)
              -- no service's own lines
              AND match(`ServiceName`, '(?i)^$|event|k8s|kube|collector|otel|unknown')
              AND (`LogAttributes`['k8s.event.reason'] != ''
                OR `LogAttributes`['k8s.resource.name'] = 'events')
        )
    )

SELECT
    arrayFirst(
        name -> about = name OR startsWith(about, concat(name, '-')),
        arrayReverseSort(name -> length(name), {services:Array(String)})) AS service,
    reason,
    argMax(about, at) AS object,
    min(at) AS since,
    count() AS times,
    argMax(said, at) AS message
FROM events
WHERE service != ''
  -- what every start of a pod says
  AND reason NOT IN ('', 'Pulling', 'Pulled', 'Created', 'Started', 'Scheduled', 'SuccessfulCreate', 'SuccessfulDelete',
      'LeaderElection', 'SuccessfulAttachVolume')
GROUP BY service, reason
ORDER BY
    service,
    reason IN ('OOMKilling', 'OOMKilled', 'Evicted', 'BackOff', 'Failed', 'NodeNotReady') DESC,
    times DESC,
    reason
