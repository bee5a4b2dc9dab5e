(
    -- For how many requests a span counts: a whole number, which is the nearest above or below what the sampler wrote,
    -- by chance and always the same for a trace, so that sums come out right.
    toInt64(least({% include "_spans/sampled_one_in.sql" %}, 1000000)
        + cityHash64(TraceId, 'counts for') / 18446744073709551616.)
)
