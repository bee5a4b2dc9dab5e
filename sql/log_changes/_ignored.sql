{% if ignoring %}
            has({ignored_patterns:Array(UInt64)}, pattern_id)
                OR dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
{% else %}
            dictGet('kulprit_pattern_dictionary', 'ignored', pattern_id) AS ignored
{% endif %}
