{% if median %}
            arrayConcat(
                [sumIf(lines, {{ at | ident }} >= baseline_from AND {{ at | ident }} < baseline_to)],
                sumForEach(arrayMap(
                    span -> if({{ at | ident }} >= span.1 AND {{ at | ident }} < span.2, lines, 0),
                    more_baselines)))
{% else %}
            [sumIf(lines, {{ at | ident }} >= baseline_from AND {{ at | ident }} < baseline_to)]
{% endif %}
