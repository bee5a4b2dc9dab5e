{# Whose a series is: by the first label that says so; of a job with a namespace only its name. #}
    (labels -> replaceRegexpOne(
        arrayFirst(name -> name != '', arrayMap(label -> labels[label], {service_labels:Array(String)})),
        '^.*/', '')) AS service_of,
    (labels -> mapFilter((label, _) -> label NOT IN ('__name__', 'le'), labels)
        ::Map(LowCardinality(String), String)) AS attributes_of,
    (labels -> map('service.instance.id', labels['instance'], 'job', labels['job'])
        ::Map(LowCardinality(String), String)) AS resource_of,

    series AS
    (
        SELECT
            JSONExtract(one, 'metric', 'Map(String, String)') AS labels,
            JSONExtract(one, 'values', 'Array(Tuple(Float64, String))') AS points
        FROM
        (
            SELECT arrayJoin(JSONExtractArrayRaw(json, 'data', 'result')) AS one
            FROM {% include "sources/_place.sql" +%}
            WHERE {% include "sources/_place_answered.sql" +%}
        )
    )
