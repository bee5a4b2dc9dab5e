          AND {{ logs.timestamp | ident }} >= {history_from:DateTime64(9, 'UTC')}
          AND {{ logs.timestamp | ident }} < {to:DateTime64(9, 'UTC')}
              {{- pruned("logs", "{history_from:DateTime64(9, 'UTC')}", "{to:DateTime64(9, 'UTC')}") }}
          -- a line without a trace id is drawn by its time
          AND cityHash64(if(
              {{ logs.trace_id | ident }} = '',
              toString({{ logs.timestamp | ident }}),
              {{ logs.trace_id | ident }}::String)) % {one_in:UInt64} = 0
