    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
{% if median %}
    {more_baselines:Array(Tuple(DateTime64(9, 'UTC'), DateTime64(9, 'UTC')))} AS more_baselines,
{% endif %}
