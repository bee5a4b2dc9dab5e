multiIf(
{% if is_raw or is_mixed %}
                -- by the beginning of its minute, as the rollup has it
                {{ at | ident }} >= current_from AND {{ at | ident }} < current_to,
                    least(91, 32 + intDiv(
                        greatest(toUnixTimestamp({{ at | ident }}) - toUnixTimestamp({{ at | ident }}) % 60,
                        toUnixTimestamp(current_from)) - toUnixTimestamp(current_from), step_seconds)),
                {{ at | ident }} >= past_from AND {{ at | ident }} < baseline_to,
                    intDiv(greatest(toUnixTimestamp({{ at | ident }}) - toUnixTimestamp({{ at | ident }}) % 60,
                        toUnixTimestamp(past_from)) - toUnixTimestamp(past_from), slice_seconds),
{% else %}
                {{ at | ident }} >= current_from AND {{ at | ident }} < current_to,
                    least(91, 32 + intDiv({{ at | ident }} - current_from, step_seconds)),
                {{ at | ident }} >= past_from AND {{ at | ident }} < baseline_to,
                    intDiv({{ at | ident }} - past_from, slice_seconds),
{% endif %}
                92)
