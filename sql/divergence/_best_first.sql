ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, strength DESC, current_count + baseline_count DESC, service, pattern_id
