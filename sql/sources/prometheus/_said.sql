{# What a point of one series says, whatever it counts. #}
    '' AS MetricUnit,
    '' AS ScopeName,
    resource_of(labels) AS ResourceAttributes,
    attributes_of(labels) AS Attributes,
    toDateTime64(0, 9, 'UTC') AS StartTimeUnix,
    fromUnixTimestamp64Milli(toInt64(round(point.1 * 1000)), 'UTC') AS TimeUnix,
    0 AS Flags,
    toFloat64OrZero(point.2) AS Value
