      AND Timestamp >= {from:DateTime('UTC')} - {% include "_spans/lookback.sql" +%}
      AND Timestamp < {to:DateTime('UTC')}
