dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id',
                kulprit_shape(stored.{{ logs.body | ident }}) AS shape_id, shape_id)
