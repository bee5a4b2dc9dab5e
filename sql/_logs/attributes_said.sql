arrayStringConcat(
                    arrayMap(
                        key -> concat(key, '=', substring({{ logs.log_attributes | ident }}[key], 1, 64)),
                        arraySort(arrayFilter(
                            key -> key IN (
{% include "_logs/telling_attributes.sql" %}
                            ),
                            mapKeys({{ logs.log_attributes | ident }})))),
                    ' ')
