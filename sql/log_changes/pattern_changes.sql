-- Purpose: which log patterns changed between two windows, exactly: whole minutes that are rolled up come from the
--   minute rollup; minutes that a window's edge cuts, whose lines the rollup does not count as they are now, or that
--   lie before the rollup began come from the log table. All of it in one statement, which takes each cell (service
--   and minute) from one of the two.
-- Params:
{% include "_windows/params.sql" +%}
{% if median %}
--   more_baselines Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))
--      starts and ends of further baseline windows, each as long as the first; the median of all counts
{% endif %}
--   covered_from DateTime64(9, 'UTC')  the minute from which on the rollup knows every line (far in the future: read
--      the log table only)
{% if uncounted %}
--   uncounted_cells Array(UInt64)  hashes of the cells (service and minute) with lines of parts of the log table that
--      the rollup has not counted yet (rollups/logs/cells_of_parts)
--   uncounted_spans Array(Tuple(DateTime('UTC'), DateTime('UTC')))
--      starts and ends of stretches of which parts are gone that the rollup still counts (rollups/parts/changes)
--   uncounted_from DateTime('UTC')  the first minute of all of these
--   uncounted_to DateTime('UTC')  the end of all of these
{% endif %}
{% include "log_changes/_past_params.sql" %}
--   limit UInt32  the number of patterns to return
{% include "log_changes/_ignored_param.sql" %}
{% include "_logs/scope_params.sql" %}
{% include "log_changes/_answer_header.sql" +%}
-- Reads: kulprit_log_minutes, {{ logs.table | name }}, kulprit_pattern_of_shape, kulprit_pattern_dictionary,
-- kulprit_shape_dictionary
-- Calls: kulprit_shape, kulprit_shape_text, kulprit_changes
WITH
{% include "_windows/named.sql" +%}
{% if median %}
    {more_baselines:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))} AS more_baselines,
{% endif %}
    {covered_from:DateTime64(9, 'UTC')} AS covered_from,

{% set is_raw = false %}
{% set is_mixed = true %}
{% set has_samples = true %}
{% include "log_changes/_past.sql" %}

{% if median %}
{% include "log_changes/_more_minutes.sql" +%}
{% endif %}

    -- the minutes that the windows' edges cut in two; empty ranges where an edge is a whole minute
    arrayConcat(
        {%+ if median %}arrayFlatten(arrayMap(span -> [span.1, span.2], more_baselines)),{% endif +%}
        [current_from, current_to, baseline_from, baseline_to, toDateTime64(past_from, 9, 'UTC')]
    ) AS edges,
    arrayMap(edge -> toStartOfMinute(edge), edges) AS cut_from,
    arrayMap(edge -> toStartOfMinute(edge + toIntervalNanosecond(59999999999)), edges) AS cut_to,
    cut_minutes AS
    (
        SELECT cut.1 AS minute
        FROM (SELECT arrayJoin(arrayZip(cut_from, cut_to)) AS cut)
        WHERE cut.1 < cut.2
    ),

    -- lines of each shape in the windows, in slices of the past (0 to 31) and steps of the current window (32 to 91)
{% set at = "minute" %}
    rolled AS
    (
        SELECT
            service::String AS service,
            shape_id,
            sumIf(lines, minute >= current_from AND minute < current_to) AS current_lines,
{% include "log_changes/_baseline_lines.sql" %} AS baseline_lines,
            sumResample(0, 92, 1)(lines, {% include "log_changes/_step.sql" %}) AS step_lines,
            '' AS sample_said,
            '' AS sample_min,
            '' AS sample_max,
            1 AS is_rolled
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN shapesMap.shape_id AS shape_id, shapesMap.lines AS lines
        WHERE ((minute >= current_from AND minute < current_to)
            OR (minute >= past_from AND minute < baseline_to)
{% if median %}
            OR minute IN more_minutes
{% endif %}
          ) AND minute >= covered_from
          AND NOT arrayExists((since, until) -> minute >= since AND minute < until, cut_from, cut_to)
{% if uncounted %}
          AND NOT (minute >= {uncounted_from:DateTime('UTC')} AND minute < {uncounted_to:DateTime('UTC')}
              AND (cityHash64(service, minute) IN (SELECT arrayJoin({uncounted_cells:Array(UInt64)}))
                OR arrayExists(span -> minute >= span.1 AND minute < span.2,
                    {uncounted_spans:Array(Tuple(DateTime('UTC'), DateTime('UTC')))})))
{% endif %}
{% if scoped %}
          AND cells.service IN {services:Array(String)}
{% endif %}
        GROUP BY service, shape_id
    ),

{% set at = logs.timestamp %}
    raw AS
    (
        -- limits of the time are said again in the words of the table's keys, so that they spare reading the rest
        WITH
            {{ logs.timestamp | ident }} AS logged,
            toInt64(1) AS lines,
            {%+ include "_logs/said.sql" %} AS said
        SELECT
            {{ logs.service | ident }}::String AS service,
            kulprit_shape(said) AS shape_id,
            countIf(logged >= current_from AND logged < current_to)::Int64 AS current_lines,
{% set at = "logged" %}
{% include "log_changes/_baseline_lines.sql" %} AS baseline_lines,
            countResample(0, 92, 1)({% include "log_changes/_step.sql" %})::Array(Int64) AS step_lines,
            substring(min(said), 1, 4096) AS sample_said,
            substring(min({{ logs.body | ident }}), 1, 2048) AS sample_min,
            substring(max({{ logs.body | ident }}), 1, 2048) AS sample_max,
            0 AS is_rolled
        FROM {{ source("logs") }} AS stored
{% set usual_from = "past_from" %}
{% include "_logs/within.sql" +%}
          AND ((logged < covered_from{{ pruned("logs", none, "covered_from") }})
            OR (arrayExists((since, until) -> logged >= since AND logged < until, cut_from, cut_to)
                {{- pruned_minutes("logs", "cut_minutes") }})
{% if uncounted %}
            OR (logged >= {uncounted_from:DateTime('UTC')} AND logged < {uncounted_to:DateTime('UTC')}
                {{- pruned("logs", "{uncounted_from:DateTime('UTC')}", "{uncounted_to:DateTime('UTC')}") }}
                AND (cityHash64({{ logs.service | ident }}::String, toStartOfMinute(toDateTime(logged, 'UTC')))
                        IN (SELECT arrayJoin({uncounted_cells:Array(UInt64)}))
                    OR arrayExists(span -> logged >= span.1 AND logged < span.2,
                        {uncounted_spans:Array(Tuple(DateTime('UTC'), DateTime('UTC')))})))
{% endif %}
          )
{% include "_logs/in_scope.sql" %}
        GROUP BY service, shape_id
    ),

{% if divergence == "udf" %}
    -- lines of each shape; messages come along where the rollup does not know them
    counted AS
    (
        SELECT
            service,
            shape_id,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines)::UInt64 AS current_count,
            sumForEach(baseline_lines)::Array(UInt64) AS baselines,
            sumForEach(step_lines)::Array(UInt64) AS steps,
            if(max(is_rolled) = 1, [], [max(sample_said), max(sample_min), max(sample_max)]) AS samples,
{% include "log_changes/_ignored.sql" %}
        FROM (SELECT * FROM rolled UNION ALL SELECT * FROM raw)
        GROUP BY service, shape_id
    )
{%- else %}
    -- lines of each shape
    tallied AS
    (
        SELECT
            service,
            shape_id,
            sum(current_lines)::UInt64 AS current_shape_lines,
            sumForEach(baseline_lines)::Array(UInt64) AS baseline_shape_lines,
            sumForEach(step_lines)::Array(UInt64) AS step_shape_lines,
            max(sample_said) AS said_sample,
            max(sample_min) AS first_sample,
            max(sample_max) AS last_sample,
            max(is_rolled) AS is_described
        FROM (SELECT * FROM rolled UNION ALL SELECT * FROM raw)
        GROUP BY service, shape_id
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it; they come along where the rollup
    -- does not know them
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', tallied.shape_id,
                tallied.shape_id) AS pattern_id,
            sum(current_shape_lines) AS current_count,
            sumForEach(baseline_shape_lines) AS baselines,
            sumForEach(step_shape_lines) AS steps,
            argMax(
                (tallied.shape_id, if(is_described = 1, [], [said_sample, first_sample, last_sample])),
                (current_shape_lines + arraySum(baseline_shape_lines), tallied.shape_id)
            ) AS representative,
            representative.1 AS shape_id,
            representative.2 AS samples,
{% include "log_changes/_ignored.sql" %}
        FROM tallied
        GROUP BY service, pattern_id
    )
{%- endif %}{% if divergence == "sql" %},

{% include "log_changes/_changes_sql.sql" %}
{% endif +%}

SELECT
    place,
    service,
    pattern_id,
    toValidUTF8(
        multiIf(known.1 != '', known.1, empty(samples), described.1, kulprit_shape_text(samples[1]))) AS pattern,
    arrayMap(
        sample -> toValidUTF8(sample),
        arrayDistinct(if(empty(samples), [described.2, described.3], arraySlice(samples, 2)))) AS representative_logs,
    known.2 AS name,
    * EXCEPT (place, service, pattern_id, samples, known, described)
FROM
(
    SELECT
{% include "log_changes/_answer_ids.sql" +%}
{% set wanted = "samples" %}
    {%+ include "log_changes/_of_change.sql" %} AS samples,
        dictGet('kulprit_pattern_dictionary', ('template', 'name'), pattern_id) AS known,
        -- this dictionary remembers what it does not find, so it is asked only for shapes that it surely has
{% set wanted = "shape_id" %}
        dictGet(
            'kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'),
            (service, if(empty(samples), {% include "log_changes/_of_change.sql" %}, 0))
        ) AS described,
{% include "log_changes/_answer_columns.sql" +%}
{% include "log_changes/_ranked.sql" +%}
)
ORDER BY place
