-- Purpose: which log patterns changed between two windows of whole minutes, from the minute rollup alone: the fast way to
--   divergence/pattern_changes. A first row of pattern 0 says that some minute in the windows is not rolled up yet; then ask
--   divergence/pattern_changes, which reads such minutes from the log table.
-- Params:
--   current_from DateTime('UTC')  start of the current window, inclusive, a whole minute
--   current_to DateTime('UTC')  end of the current window, exclusive, a whole minute
--   baseline_from DateTime('UTC')  start of the baseline window, inclusive, a whole minute
--   baseline_to DateTime('UTC')  end of the baseline window, exclusive, a whole minute
--   limit UInt32  the number of patterns to return
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
-- Columns:
--   service String  the service that logged it
--   pattern_id UInt64  the pattern's id
--   pattern String  its masked text
--   representative_logs Array(String)  one or two of its messages
--   current_count UInt64  lines in the current window
--   baseline_count UInt64  lines in the baseline window
--   kl_contribution Float64  p ln(p/q) in nats, p and q its smoothed shares in the current and the baseline window
--   relative_change Float64  (current share - baseline share) / smoothed baseline share
--   g2 Float64  Dunning's G squared against the other lines of its service; of its rate where the service has no others
--   dispersion Float64  how many times more than chance the pattern wobbled over the slices of the past, at least 1
--   p_value Float64  the probability of g2 / dispersion when nothing changed (Student's t with the past's degrees of freedom); 1 below five lines
--   q_value Float64  the same as a false discovery rate (Benjamini-Hochberg) over all patterns in scope
--   strength Float64  g2 / dispersion, the evidence; by it the patterns are ranked whose q_value is over 0.05
--   status String  new, gone, up, down or same (same: q_value over 0.05)
--   current_total UInt64  lines of all patterns in the current window
--   baseline_total UInt64  lines of all patterns in the baseline window
--   pattern_total UInt64  how many patterns the two windows have
--   kl_total Float64  the sum of kl_contribution over all patterns, in nats
--   jensen_shannon Float64  Jensen-Shannon divergence of the two windows, in nats
--   course_steps Array(UInt64)  1000 + the steps of the current window in which the pattern was logged, each of whole minutes, 60 at most
--   course_lines Array(UInt64)  its lines in each of them
--   past_lines Array(UInt64)  lines of all patterns in each slice of the past
-- Reads: kulprit_log_minutes, kulprit_pattern_of_shape, kulprit_pattern_dictionary, kulprit_shape_dictionary
-- Calls: kulprit_changes
WITH
    {current_from:DateTime('UTC')} AS current_from,
    {current_to:DateTime('UTC')} AS current_to,
    {baseline_from:DateTime('UTC')} AS baseline_from,
    {baseline_to:DateTime('UTC')} AS baseline_to,

{% set is_raw = false %}
{% include "divergence/_past.sql" %}

    -- looked up for the patterns that are shown
    dictGet('kulprit_pattern_dictionary', 'template', pattern_id) AS template,
    dictGet('kulprit_shape_dictionary', ('text', 'sample_min', 'sample_max'), (service, samples)) AS described,

    -- lines of each shape in each step of the current window and each slice of the past; the ledger, which is zero where every line is rolled up, comes along as shape 0
    tallied AS
    (
        SELECT
            service::String AS service,
            shape_id,
            toUInt64(if(minute >= current_from AND minute < current_to, 1000 + intDiv(toUnixTimestamp(minute) - toUnixTimestamp(current_from), step_seconds), intDiv(toUnixTimestamp(minute) - past_start, slice_seconds))) AS slice,
            toUInt64(abs(sumIf(lines, minute >= current_from AND minute < current_to))) AS current_lines,
            toUInt64(abs(sumIf(lines, minute >= baseline_from AND minute < baseline_to))) AS baseline_lines,
            toUInt64(abs(sum(lines))) AS slice_lines
        FROM kulprit_log_minutes AS cells
        ARRAY JOIN arrayPushBack(shapesMap.shape_id, 0) AS shape_id, arrayPushBack(shapesMap.lines, ledger) AS lines
        WHERE ((minute >= current_from AND minute < current_to) OR (toUnixTimestamp(minute) >= past_start AND minute < baseline_to))
{% if scoped %}
          AND cells.service IN {services:Array(String)}
{% endif %}
        GROUP BY service, shape_id, slice
        HAVING current_lines > 0 OR baseline_lines > 0 OR shape_id != 0
    ),

    -- lines of each pattern, and its most frequent shape, whose messages represent it
    counted AS
    (
        SELECT
            service,
            dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', shape_id, shape_id) AS pattern_id,
            sum(current_lines) AS current_count,
            sum(baseline_lines) AS baseline_count,
            sumMapIf([slice], [slice_lines], slice < 1000) AS slices,
            sumMapIf([slice], [slice_lines], slice >= 1000) AS course,
            argMax(shape_id, (current_lines + baseline_lines, shape_id)) AS samples
        FROM tallied
        GROUP BY service, pattern_id
    ),

{% include "divergence/_scored.sql" %}

SELECT
    service,
    pattern_id,
    toValidUTF8(if(template = '', described.1, template)) AS pattern,
    arrayDistinct([toValidUTF8(described.2), toValidUTF8(described.3)]) AS representative_logs,
{% include "divergence/_answer_columns.sql" %}

FROM summed
WHERE dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) = 0
{% include "divergence/_best_first.sql" %}
LIMIT {limit:UInt32}
