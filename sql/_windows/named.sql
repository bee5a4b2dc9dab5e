    {current_from:DateTime64(9, 'UTC')} AS current_from,
    {current_to:DateTime64(9, 'UTC')} AS current_to,
    {baseline_from:DateTime64(9, 'UTC')} AS baseline_from,
    {baseline_to:DateTime64(9, 'UTC')} AS baseline_to,
