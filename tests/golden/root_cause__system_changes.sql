-- Purpose: what is new about certain services themselves: a version, an image, a setting, an instance in the place of
--   another, or one that was started again, first seen in the window or as long before it.
-- Params:
--   from DateTime64(9, 'UTC')  start of the window, inclusive
--   to DateTime64(9, 'UTC')  end of the window, exclusive
--   history_from DateTime64(9, 'UTC')  start of the history before the window
--   one_in UInt64  how many traces of the history there are for each that is read; 1 reads all
--   services Array(String)  the services
-- Columns:
--   service String  the service
--   what String  value (an attribute of its resource has another), replaced (an instance has taken the place of
--      another) or started (an instance was started again)
--   attribute String  which attribute; empty for instances
--   value String  the newest value or instance that is new
--   before String  what was there before it; of several one
--   since DateTime64(9, 'UTC')  the first span of what is new
--   changed UInt64  how many of the service's instances it is about
--   instances UInt64  how many it has in the window
-- Reads: otel_traces
WITH
    toUnixTimestamp64Nano({from:DateTime64(9, 'UTC')}) AS window_from,
    toUnixTimestamp64Nano({to:DateTime64(9, 'UTC')}) - window_from AS window_length,
    window_from - window_length AS news_from,

    -- what processes say of themselves, each combination once
    processes AS
    (
        SELECT
            service, resource, first_at, last_at,
            coalesce(
                nullIf(resource['service.instance.id'], ''), nullIf(resource['k8s.pod.name'], ''),
                nullIf(resource['container.id'], ''), resource['host.name']) AS instance,
            -- what another start of the same instance has otherwise
            arrayStringConcat([resource['process.pid'], resource['process.creation.time'], resource['container.id'],
                resource['k8s.container.restart_count'], resource['k8s.pod.uid']], ' ') AS start
        FROM
        (
            SELECT
                ServiceName::String AS service,
                any(ResourceAttributes) AS resource,
                min(toUnixTimestamp64Nano(Timestamp)) AS first_at,
                max(toUnixTimestamp64Nano(Timestamp)) AS last_at
            FROM otel_traces
            WHERE ServiceName IN {services:Array(String)}
              AND Timestamp >= {history_from:DateTime64(9, 'UTC')}
              AND Timestamp < {to:DateTime64(9, 'UTC')}
              AND cityHash64(TraceId) % {one_in:UInt64} = 0
            GROUP BY service, cityHash64(ResourceAttributes)
        )
    ),

    sizes AS
    (
        SELECT service, uniqExactIf(instance, last_at >= window_from AND instance != '') AS instances
        FROM processes
        GROUP BY service
    ),

    -- each value of an attribute, and each instance, with when it was seen
    seen AS
    (
        SELECT
            service, told.1 AS attribute, told.2 AS value,
            min(processes.first_at) AS first_at, max(processes.last_at) AS last_at,
            uniqExactIf(instance, processes.last_at >= window_from) AS of_instances
        FROM processes
        ARRAY JOIN arrayConcat(
            arrayFilter(
                -- what each process, or each of its libraries, has of its own says nothing about the system
                one -> NOT match(one.1, concat(
                    '^(process|telemetry|os)[.]|^(host|container)[.](name|id|ip|mac)$|^k8s[.]pod[.]',
                    '|[._](uid|pid|ip|hash|restart_count|start_time|instance[._]?id)$|^service[.]instance[.]id$')),
                arrayZip(mapKeys(resource), mapValues(resource))),
            [('', instance)]) AS told
        WHERE value != ''
        GROUP BY service, attribute, value
    ),

    by_attribute AS
    (
        SELECT
            service, attribute,
            arrayReverseSort(one -> one.3, arrayFilter(one -> one.2 < news_from, groupArray(seen_at))) AS old,
            arrayReverseSort(one -> one.2,
                arrayFilter(one -> one.2 >= news_from AND one.3 >= window_from, groupArray(seen_at))) AS news,
            -- an instance that sent something lately and then no more
            arrayFilter(one -> one.3 >= news_from AND one.3 < window_from + intDiv(window_length * 9, 10), old)
                AS gone
        FROM (SELECT service, attribute, (value, first_at, last_at, of_instances) AS seen_at FROM seen)
        GROUP BY service, attribute
        -- with more values than that it is an id
        HAVING notEmpty(news) AND notEmpty(old) AND length(old) <= 20 AND (attribute != '' OR notEmpty(gone))
    ),

    -- instances that were there before and have begun anew
    started AS
    (
        SELECT service, instance, min(first_at) AS began, maxIf(first_at, first_at >= news_from) AS again
        FROM (SELECT service, instance, start, min(processes.first_at) AS first_at FROM processes
            WHERE instance != '' GROUP BY service, instance, start)
        GROUP BY service, instance
        HAVING began < news_from AND again > 0
    ),

    found AS
    (
        SELECT
            service, if(attribute = '', 'replaced', 'value') AS what, attribute, news[1].1 AS value,
            if(attribute = '', gone[1].1, old[1].1) AS before, news[1].2 AS since,
            toUInt64(if(attribute = '', length(news), news[1].4)) AS changed
        FROM by_attribute
        UNION ALL
        SELECT service, 'started', '', argMax(instance, again), '', min(again), toUInt64(count())
        FROM started
        GROUP BY service
    )

SELECT
    service, what, attribute, value, before,
    fromUnixTimestamp64Nano(since, 'UTC') AS since,
    changed,
    instances
FROM found INNER JOIN sizes USING (service)
-- what says most comes first: a version, an image, what was built, a setting, an instance, a place
ORDER BY
    service,
    multiIf(
        attribute = 'service.version', 1, match(attribute, 'image'), 2, match(attribute, 'version|vcs|git|commit'), 3,
        match(attribute, 'deployment|replicaset'), 4, what = 'value' AND NOT match(attribute, 'node|host|zone'), 5,
        what = 'started', 6, what = 'replaced', 7, 8),
    attribute
