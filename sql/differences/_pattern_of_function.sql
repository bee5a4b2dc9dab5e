dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id',
                kulprit_shape({%+ include "_logs/said.sql" %}) AS shape_id, shape_id)
