ORDER BY pattern_id = 0 DESC, q_value <= 0.05 DESC, rank_score DESC, current_count + baseline_count DESC, service, pattern_id
