{# A list of OTLP's attributes, as a map whose values are texts. #}
    (list -> mapFromArrays(
        arrayMap(one -> JSONExtractString(one, 'key'), JSONExtractArrayRaw(list)),
        arrayMap(
            one -> if(JSONHas(one, 'value', 'stringValue'),
                JSONExtractString(one, 'value', 'stringValue'),
                -- whole numbers are texts in JSON, others and yes and no are not
                trimBoth(JSONExtractKeysAndValuesRaw(one, 'value')[1].2, '"')),
            JSONExtractArrayRaw(list))
        )::Map(LowCardinality(String), String)) AS attributes
