{% include "sources/_params.sql" +%}
--   services_with_kinds Array(String)  the services whose spans say that they serve requests
