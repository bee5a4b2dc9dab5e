{# G squared of observed against expected counts: 2 Σ E·φ((O − E) ÷ E) with φ(x) = (1 + x)·ln(1 + x) − x; 0 when a
   margin is empty. Reads the columns cells, excesses (O − E) and total unless cells, excesses and whole name others. #}
if(
                has({{ cells | default("cells") | verbatim }}, 0) OR {{ whole | default("total") | verbatim }} = 0,
                0,
                2 * arraySum(
                    (cell, x) -> cell * multiIf(
                        x <= -1, 1,
                        abs(x) < 0.001, x * x * (1 / 2 - x * (1 / 6 - x * (1 / 12 - x * (1 / 20 - x * (1 / 30))))),
                        (1 + x) * log1p(x) - x
                    ),
                    {{ cells | default("cells") | verbatim }},
                    arrayMap((cell, y) -> y / cell, {{ cells | default("cells") | verbatim }}, {{
                        excesses | default("excesses") | verbatim }})
                )
            )
