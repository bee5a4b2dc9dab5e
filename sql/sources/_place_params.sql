--   url String  what is asked, encoded; parts in braces are asked side by side
{% if place.authorized %}
--   authorization String  who asks, as the header of that name says it
{% endif %}
{% if place.of_tenant %}
--   tenant String  for which tenant
{% endif %}
