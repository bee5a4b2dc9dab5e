-- Purpose: which log patterns changed between two windows, for a user who may only read: the log table alone, plain SQL,
--   no table or function of Kulprit's. A pattern is the message with every token that holds a digit masked.
-- Params:
--   current_from DateTime64(9, 'UTC')  start of the current window, inclusive
--   current_to DateTime64(9, 'UTC')  end of the current window, exclusive
--   baseline_from DateTime64(9, 'UTC')  start of the baseline window, inclusive
--   baseline_to DateTime64(9, 'UTC')  end of the baseline window, exclusive
--   limit UInt32  the number of patterns to return
{% if scoped %}
--   services Array(String)  the services in scope
{% endif %}
{% if filtered %}
--   attribute_keys Array(String)  resource or log attributes that a line must carry
--   attribute_values Array(String)  their values, in the same order
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
-- Reads: {{ logs.table | name }}
WITH
    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,

{% set is_raw = true %}
{% include "divergence/_past.sql" %}

    -- lines of each pattern in the two windows
    counted AS
    (
        -- the slot is how the exporter's sorting key begins: without it, no range of times would spare reading the rest
        WITH
            {{ logs.timestamp | ident }} AS logged,
            toStartOfFiveMinutes(logged) AS slot,
            toUInt64(if(logged >= current_from AND logged < current_to, 1000 + intDiv(toUnixTimestamp(logged) - toUnixTimestamp(current_from), step_seconds), intDiv(toUnixTimestamp(logged) - past_start, slice_seconds))) AS slice
        SELECT
            {{ logs.service | ident }}::String AS service,
            replaceRegexpAll({{ logs.body | ident }}, '[^ \\t\\r\\n]*[0-9][^ \\t\\r\\n]*', '<*>') AS text,
            sipHash64(text) AS pattern_id,
            countIf(logged >= current_from AND logged < current_to) AS current_count,
            countIf(logged >= baseline_from AND logged < baseline_to) AS baseline_count,
            sumMapIf([slice], [toUInt64(1)], slice < 1000) AS slices,
            sumMapIf([slice], [toUInt64(1)], slice >= 1000) AS course,
            (substring(text, 1, 2048), substring(min({{ logs.body | ident }}), 1, 2048), substring(max({{ logs.body | ident }}), 1, 2048)) AS samples
        FROM {{ logs.table | ident }} AS stored
        WHERE ((logged >= current_from AND logged < current_to
                AND slot >= toStartOfFiveMinutes(current_from) AND slot <= toStartOfFiveMinutes(current_to))
            OR (logged >= baseline_from AND logged < baseline_to
                AND slot >= toStartOfFiveMinutes(baseline_from) AND slot <= toStartOfFiveMinutes(baseline_to)))
{% if scoped %}
          AND stored.{{ logs.service | ident }} IN {services:Array(String)}
{% endif %}
{% if filtered %}
          AND arrayAll((key, value) -> {{ logs.resource_attributes | ident }}[key] = value OR {{ logs.log_attributes | ident }}[key] = value,
                       {attribute_keys:Array(String)}, {attribute_values:Array(String)})
{% endif %}
        GROUP BY service, text
    ),

{% include "divergence/_scored.sql" %}

SELECT
    service,
    pattern_id,
    toValidUTF8(samples.1) AS pattern,
    arrayDistinct([toValidUTF8(samples.2), toValidUTF8(samples.3)]) AS representative_logs,
{% include "divergence/_answer_columns.sql" %}

FROM (SELECT * FROM summed {% include "divergence/_best_first.sql" %} LIMIT {limit:UInt32})
{% include "divergence/_best_first.sql" %}

