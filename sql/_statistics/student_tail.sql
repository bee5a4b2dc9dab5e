{# The tail of Student's t by Wallace's approximation. Expects expressions: t_squared and degrees_of_freedom. #}
{% set d = degrees_of_freedom %}
erfc((8 * {{ d | verbatim }} + 1) / (8 * {{ d | verbatim }} + 3)
                    * sqrt({{ d | verbatim }} * log1p({{ t_squared | verbatim }} / {{ d | verbatim }})) / sqrt(2))
