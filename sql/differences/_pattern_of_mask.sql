sipHash64({%+ include "_logs/masked.sql" %})
