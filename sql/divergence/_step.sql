multiIf(
{% if is_raw or is_mixed %}
                {{ at | ident }} >= current_from AND {{ at | ident }} < current_to, least(91, 32 + intDiv(toUnixTimestamp({{ at | ident }}) - toUnixTimestamp(current_from), step_seconds)),
                {{ at | ident }} >= past_from AND {{ at | ident }} < baseline_to, intDiv(toUnixTimestamp({{ at | ident }}) - toUnixTimestamp(past_from), slice_seconds),
{% else %}
                {{ at | ident }} >= current_from AND {{ at | ident }} < current_to, least(91, 32 + intDiv({{ at | ident }} - current_from, step_seconds)),
                {{ at | ident }} >= past_from AND {{ at | ident }} < baseline_to, intDiv({{ at | ident }} - past_from, slice_seconds),
{% endif %}
                92)
