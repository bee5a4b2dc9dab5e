dictGetOrDefault('kulprit_pattern_of_shape', 'pattern_id', kulprit_shape({{ logs.body | ident }}) AS shape_id, shape_id)
