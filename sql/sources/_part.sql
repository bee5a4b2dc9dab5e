{% if how == "seconds" %}toDateTime64({% include "sources/_stored.sql" %}, 9)
{%- elif how == "nullable_time" %}ifNull(toDateTime64({% include "sources/_stored.sql" %}, 9), toDateTime64(0, 9))
{%- elif how == "unix_seconds" %}toDateTime64({% include "sources/_stored.sql" %}, 9, 'UTC')
{%- elif how == "unix_milliseconds" %}fromUnixTimestamp64Milli(toInt64({% include "sources/_stored.sql" %}), 'UTC')
{%- elif how == "unix_microseconds" %}fromUnixTimestamp64Micro(toInt64({% include "sources/_stored.sql" %}), 'UTC')
{%- elif how == "unix_nanoseconds" %}fromUnixTimestamp64Nano(toInt64({% include "sources/_stored.sql" %}), 'UTC')
{%- elif how == "text" %}toString({% include "sources/_stored.sql" %})
{%- elif how == "nullable_text" %}ifNull(toString({% include "sources/_stored.sql" %}), '')
{%- elif how == "uuid" %}replaceRegexpOne(
            replaceAll(ifNull(toString({% include "sources/_stored.sql" %}), ''), '-', ''), '^0+$', '')
{%- elif how == "json_text" %}toString({% include "sources/_stored.sql" %})
{%- elif how == "json_key" %}ifNull(toString(stored.{{ source.column | column }}.{{ source.key | column }}), '')
{%- elif how == "json_map" %}mapFromArrays(
            JSONAllPaths({% include "sources/_stored.sql" %}), JSONAllValues({% include "sources/_stored.sql" %}))
{%- elif how == "json_maps" %}arrayMap(
            item -> mapFromArrays(JSONAllPaths(item), JSONAllValues(item)), {% include "sources/_stored.sql" %})
{%- elif how == "text_map" %}CAST(
            JSONExtractKeysAndValues({% include "sources/_stored.sql" %}, 'String'), 'Map(String, String)')
{%- elif how == "value_map" %}mapApply(
            (key, value) -> (toString(key), toString(value)), {% include "sources/_stored.sql" %})
{%- elif how == "pair_map" %}CAST({% include "sources/_stored.sql" %}, 'Map(String, String)')
{%- elif how == "number" %}ifNull(toUInt8OrZero(toString({% include "sources/_stored.sql" %})), 0)
{%- else %}{% include "sources/_stored.sql" %}
{%- endif %}
