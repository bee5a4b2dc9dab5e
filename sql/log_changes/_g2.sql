{# G squared of observed against expected counts: 2 Σ E·φ((O − E) ÷ E) with φ(x) = (1 + x)·ln(1 + x) − x; 0 when a margin is empty. #}
{% macro g2(cells, excesses, total) %}
if(
                has({{ cells }}, 0) OR {{ total }} = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    {{ cells }},
                    arrayMap((cell, y) -> y / cell, {{ cells }}, {{ excesses }})
                )
            )
{%- endmacro %}
{# The tail of Student's t by Wallace's approximation. #}
{% macro student_tail(strength, degrees) %}
erfc((8 * {{ degrees }} + 1) / (8 * {{ degrees }} + 3) * sqrt({{ degrees }} * log1p({{ strength }} / {{ degrees }}))
                    / sqrt(2))
{%- endmacro %}
