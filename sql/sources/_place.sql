url({url:String}, JSONAsString, 'json String', headers(
{% if place.authorized %}
        'Authorization' = {authorization:String},
{% endif %}
{% if place.of_tenant %}
        'X-Scope-OrgID' = {tenant:String},
{% endif %}
        'Accept' = 'application/json',
        -- Loki: what belongs to a line alone is told apart from the labels of its stream
        'X-Loki-Response-Encoding-Flags' = 'categorize-labels'))
