    {{ logs.service | ident }}::String AS service,
    kulprit_shape(said) AS shape_id,
    kulprit_shape_text(substring(min(said), 1, 65536)) AS text,
    substring(min({{ logs.body | ident }}), 1, 2048) AS sample_min,
    substring(max({{ logs.body | ident }}), 1, 2048) AS sample_max,
    min({{ logs.timestamp | ident }}) AS first_seen,
    max({{ logs.timestamp | ident }}) AS last_seen
