{% include "sources/_params_of_spans.sql" +%}
--   settled_to DateTime64(9, 'UTC')  requests that began from here on may not have ended yet, and are left out; at most
--      the end of the window
--   peers Array(String)  what calls name
--   targets Array(String)  what each of these is: a service, or else the same
--   called Array(String)  the services among them
