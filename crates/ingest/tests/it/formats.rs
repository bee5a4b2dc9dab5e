//! The formats that programs log in by default: one row a format, three records each.
//!
//! `{s}` is the record's number; of `{a|b}` the second record, which is the error, has `b` and the others `a`.

use super::recording::{Field, Row, ingest_text, logs, text, time};

/// The name, the record, and whether the format has levels.
type Format = (&'static str, &'static str, bool);

/// Times are 2026-11-21 10:15:01, :02 and :03 UTC.
const DATED: &[Format] = &[
    (
        "log4j",
        "2026-11-21 10:15:0{s},250 [main] {INFO|ERROR}  c.a.Depot - crate {s} moved",
        true,
    ),
    (
        "log4j thread last",
        "2026-11-21 10:15:0{s},250 {INFO|ERROR} Depot:41 [worker one] crate {s} moved",
        true,
    ),
    (
        "logback millis dot",
        "2026-11-21 10:15:0{s}.250 [http-8] {INFO |ERROR} c.a.Depot - crate {s} moved",
        true,
    ),
    (
        "spring boot",
        "2026-11-21T10:15:0{s}.250Z  {INFO|ERROR} 7 --- [depot] [main] c.a.Depot : crate {s} moved",
        true,
    ),
    (
        "spring boot 2",
        "2026-11-21 10:15:0{s}.250  {INFO|ERROR} 7 --- [main] c.a.Depot : crate {s} moved",
        true,
    ),
    (
        "search node",
        "[2026-11-21T10:15:0{s},250][{INFO |ERROR}][o.a.d.Node       ] [n1] crate {s} moved",
        true,
    ),
    (
        "broker",
        "[2026-11-21 10:15:0{s},250] {INFO|ERROR} crate {s} moved (a.depot.Server)",
        true,
    ),
    (
        "bar",
        "2026-11-21 10:15:0{s},250 | {INFO |ERROR} | crate {s} moved | depot.Queue | main",
        true,
    ),
    (
        "thread name first",
        "{INFO |ERROR} [Depot Service Thread] 2026-11-21 10:15:0{s},250 Depot.java:41 - crate {s} moved",
        true,
    ),
    (
        "shard",
        "{INFO|ERROR}  2026-11-21 10:15:0{s},250 [shard 0] depot - crate {s} moved",
        true,
    ),
    (
        "jul two lines",
        "Nov 21, 2026 10:15:0{s} AM c.a.Depot move\n{INFO|SEVERE}: crate {s} moved",
        true,
    ),
    (
        "jul one line",
        "Nov 21, 2026 10:15:0{s} AM c.a.Depot move {INFO|SEVERE}: crate {s} moved",
        true,
    ),
    (
        "application server",
        "21-Nov-2026 10:15:0{s}.250 {INFO|SEVERE} [main] c.a.Depot.move crate {s} moved",
        true,
    ),
    (
        "hashes and angles",
        "####<Nov 21, 2026 10:15:0{s},250 AM UTC> <{Info|Error}> <Depot> <h> <s> <t> <> <> <> <1795256100250> <BEA-1> <crate {s}>",
        true,
    ),
    (
        "brackets and column",
        "[11/21/26 10:15:0{s}:250 UTC] 0000004b DepotApp      {I|E} crate {s} moved",
        true,
    ),
    (
        "brackets, comma and column",
        "[11/21/26, 10:15:0{s}:250 UTC] 0000004b a.depot.Main            {I|E} crate {s} moved",
        true,
    ),
    (
        "server log in brackets",
        "[2026-11-21T10:15:0{s}.250+0000] [depot 5.1] [{INFO|SEVERE}] [] [a.b] [tid: _ThreadID=1] crate {s}",
        true,
    ),
    (
        "tab and hash",
        "2026-11-21 10:15:0{s}.250+0000 [id=42]\t{INFO|SEVERE}\ta.b.Depot#move: crate {s} moved",
        true,
    ),
    (
        "colon after time",
        "2026-11-21 10:15:0{s}.250:{INFO|WARN}:oejs.Depot:main: crate {s} moved",
        false,
    ),
    (
        "comma and offset",
        "2026-11-21 10:15:0{s},250+0000 {INFO|ERROR}  [qtp1] *SYSTEM a.Depot - crate {s} moved",
        true,
    ),
    (
        "bracketed parts",
        "2026-11-21T10:15:0{s}.250Z [depot ] [{INFO |ERROR}] [t1] [a.Depot:41] [main] - crate {s}",
        true,
    ),
    (
        "akka",
        "[{INFO|ERROR}] [11/21/2026 10:15:0{s}.250] [main] [akka://a] crate {s} moved",
        true,
    ),
    (
        "dots in the date",
        "2026.11.21 10:15:0{s} {INFO|ERROR}  web[][a.Depot] crate {s} moved",
        true,
    ),
    (
        "column store",
        "2026.11.21 10:15:0{s}.250000 [ 7 ] {} <{Information|Error}> Depot: crate {s} moved",
        true,
    ),
    (
        "trino",
        "2026-11-21T10:15:0{s}.250Z\t{INFO|ERROR}\tmain\ta.Depot\tcrate {s} moved",
        true,
    ),
    ("spark", "26/11/21 10:15:0{s} {INFO|ERROR} Depot: crate {s} moved", true),
    (
        "hdfs",
        "261121 10150{s} 17 {INFO|ERROR} dfs.Depot: crate {s} moved",
        true,
    ),
    (
        "python logging",
        "2026-11-21 10:15:0{s},250 - depot - {INFO|ERROR} - crate {s} moved",
        true,
    ),
    (
        "loguru",
        "2026-11-21 10:15:0{s}.250 | {INFO |ERROR}    | depot.main:move:41 - crate {s} moved",
        true,
    ),
    (
        "celery",
        "[2026-11-21 10:15:0{s},250: {INFO|ERROR}/MainProcess] crate {s} moved",
        true,
    ),
    (
        "gunicorn",
        "[2026-11-21 10:15:0{s} +0000] [7] [{INFO|ERROR}] crate {s} moved",
        true,
    ),
    (
        "airflow",
        "[2026-11-21T10:15:0{s}.250+0000] {taskinstance.py:41} {INFO|ERROR} - crate {s} moved",
        true,
    ),
    (
        "scrapy",
        "2026-11-21 10:15:0{s} [depot.core] {INFO|ERROR}: crate {s} moved",
        true,
    ),
    (
        "flask",
        "[2026-11-21 10:15:0{s},250] {INFO|ERROR} in depot: crate {s} moved",
        true,
    ),
    ("tornado", "[{I|E} 261121 10:15:0{s} web:41] crate {s} moved", true),
    (
        "notebook",
        "[{I|E} 2026-11-21 10:15:0{s}.250 DepotApp] crate {s} moved",
        true,
    ),
    ("twisted", "2026-11-21T10:15:0{s}+0000 [-] crate {s} moved", false),
    (
        "salt",
        "2026-11-21 10:15:0{s},250 [a.depot      :41  ][{INFO    |ERROR   }][7] crate {s} moved",
        true,
    ),
    (
        "django server",
        "[21/Nov/2026 10:15:0{s}] \"GET /crate/{s} HTTP/1.1\" 200 12",
        false,
    ),
    (
        "ruby logger",
        "{I|E}, [2026-11-21T10:15:0{s}.250000 #7]  {INFO|ERROR} -- : crate {s} moved",
        true,
    ),
    (
        "ruby logger with program",
        "{I|E}, [2026-11-21T10:15:0{s}.250000 #7]  {INFO|ERROR} -- depot: crate {s} moved",
        true,
    ),
    (
        "sidekiq",
        "2026-11-21T10:15:0{s}.250Z pid=7 tid=ab1 class=Depot jid=1f {INFO|ERROR}: crate {s} moved",
        true,
    ),
    (
        "passenger",
        "[ {N|E} 2026-11-21 10:15:0{s}.2500 7/T1 age/Cor/Depot.h:41 ]: crate {s} moved",
        true,
    ),
    (
        "chef",
        "[2026-11-21T10:15:0{s}+00:00] {INFO|ERROR}: crate {s} moved",
        true,
    ),
    (
        "puppet",
        "2026-11-21 10:15:0{s} +0000 Depot ({info|err}): crate {s} moved",
        true,
    ),
    (
        "laravel",
        "[2026-11-21 10:15:0{s}] local.{INFO|ERROR}: crate {s} moved {\"id\":{s}} ",
        true,
    ),
    (
        "monolog",
        "[2026-11-21T10:15:0{s}.250000+00:00] depot.{INFO|ERROR}: crate {s} moved [] []",
        true,
    ),
    (
        "php",
        "[21-Nov-2026 10:15:0{s} UTC] PHP {Notice|Fatal error}:  crate {s} in /srv/a.php on line 7",
        true,
    ),
    (
        "php in a place",
        "[21-Nov-2026 11:15:0{s} Europe/Berlin] PHP {Notice|Warning}:  crate {s} in /srv/a.php",
        false,
    ),
    (
        "php-fpm",
        "[21-Nov-2026 10:15:0{s}] {NOTICE|ERROR}: [pool depot] crate {s} moved",
        true,
    ),
    (
        "winston",
        "2026-11-21T10:15:0{s}.250Z [{info|error}]: crate {s} moved",
        true,
    ),
    (
        "log4js",
        "[2026-11-21T10:15:0{s}.250] [{INFO|ERROR}] default - crate {s} moved",
        true,
    ),
    (
        "process manager",
        "0|depot  | 2026-11-21 10:15:0{s} +00:00: {INFO|ERROR} crate {s} moved",
        true,
    ),
    (
        "nlog",
        "2026-11-21 10:15:0{s}.2500|{INFO|ERROR}|Depot.Main|crate {s} moved",
        true,
    ),
    (
        "log4net",
        "2026-11-21 10:15:0{s},250 [7] {INFO |ERROR} Depot - crate {s} moved",
        true,
    ),
    (
        "serilog file",
        "2026-11-21 10:15:0{s}.250 +00:00 [{INF|ERR}] crate {s} moved",
        true,
    ),
    ("go", "2026/11/21 10:15:0{s} crate {s} moved", false),
    (
        "logrus",
        "time=\"2026-11-21T10:15:0{s}Z\" level={info|error} msg=\"crate {s} moved\"",
        true,
    ),
    (
        "slog",
        "time=2026-11-21T10:15:0{s}.250Z level={INFO|ERROR} msg=\"crate {s} moved\"",
        true,
    ),
    (
        "go-kit",
        "level={info|error} ts=2026-11-21T10:15:0{s}.250Z caller=depot.go:41 msg=\"crate {s} moved\"",
        true,
    ),
    (
        "logfmt time inside",
        "logger=depot user=7 t=2026-11-21T10:15:0{s}.250Z level={info|error} msg=\"crate {s} moved\"",
        true,
    ),
    (
        "influx",
        "ts=2026-11-21T10:15:0{s}.250Z lvl={info|error} msg=\"crate {s} moved\" id=0b",
        true,
    ),
    (
        "zap",
        "2026-11-21T10:15:0{s}.250Z\t{info|error}\tdepot/main.go:41\tcrate {s} moved",
        true,
    ),
    (
        "hclog",
        "2026-11-21T10:15:0{s}.250Z [{INFO|ERROR}]  depot: crate {s} moved",
        true,
    ),
    (
        "hclog indented",
        "    2026-11-21T10:15:0{s}.250Z [{INFO|ERROR}]  depot: crate {s} moved",
        true,
    ),
    (
        "zerolog colourless",
        "2026-11-21T10:15:0{s}Z {INF|ERR} crate {s} moved shelf=7",
        true,
    ),
    (
        "klog",
        "{I|E}1121 10:15:0{s}.250000       7 depot.go:41] crate {s} moved",
        true,
    ),
    (
        "glog with year",
        "{I|E}20261121 10:15:0{s}.250000     7 depot.cc:41] crate {s} moved",
        true,
    ),
    (
        "crdb",
        "{I|E}261121 10:15:0{s}.250000 7 depot/a.go:41  [n1] 7 crate {s} moved",
        true,
    ),
    (
        "telegraf",
        "2026-11-21T10:15:0{s}Z {I|E}! [inputs.depot] crate {s} moved",
        true,
    ),
    (
        "nats",
        "[7] 2026/11/21 10:15:0{s}.250000 [{INF|ERR}] crate {s} moved",
        true,
    ),
    (
        "env_logger",
        "[2026-11-21T10:15:0{s}Z {INFO |ERROR} depot] crate {s} moved",
        true,
    ),
    (
        "tracing",
        "2026-11-21T10:15:0{s}.250000Z  {INFO|ERROR} depot::move: crate {s} moved shelf=7",
        true,
    ),
    (
        "fern",
        "[2026-11-21][10:15:0{s}][depot][{INFO|ERROR}] crate {s} moved",
        true,
    ),
    (
        "spdlog",
        "[2026-11-21 10:15:0{s}.250] [depot] [{info|error}] crate {s} moved",
        true,
    ),
    (
        "boost",
        "[2026-11-21 10:15:0{s}.250000] [0x00007f] [{info|error}]    crate {s} moved",
        true,
    ),
    (
        "lager",
        "2026-11-21 10:15:0{s}.250 [{info|error}] <0.7.0> crate {s} moved",
        true,
    ),
    (
        "erlang reports",
        "={INFO|ERROR} REPORT==== 21-Nov-2026::10:15:0{s}.250000 ===\ncrate {s} moved",
        true,
    ),
    (
        "couch",
        "[{info|error}] 2026-11-21T10:15:0{s}.250000Z depot@h <0.7.0> -------- crate {s} moved",
        true,
    ),
    (
        "ns server",
        "[ns_server:{info|error},2026-11-21T10:15:0{s}.250Z,n_1@h:<0.7.0>:a:b:7]crate {s} moved",
        true,
    ),
    (
        "web access",
        "10.1.1.{s} - ann [21/Nov/2026:10:15:0{s} +0000] \"GET /crate HTTP/1.1\" 200 17",
        false,
    ),
    (
        "web access with host",
        "shop.test:443 10.1.1.{s} - - [21/Nov/2026:10:15:0{s} +0000] \"GET / HTTP/1.1\" 200 17 \"-\" \"x\"",
        false,
    ),
    (
        "httpd error",
        "[Sat Nov 21 10:15:0{s}.250000 2026] [core:{notice|error}] [pid 7:tid 9] AH1: crate {s} moved",
        true,
    ),
    (
        "httpd error old",
        "[Sat Nov 21 10:15:0{s} 2026] [{notice|error}] [client 10.1.1.1] crate {s} moved",
        true,
    ),
    (
        "nginx error",
        "2026/11/21 10:15:0{s} [{notice|error}] 7#7: *1 crate {s} moved",
        true,
    ),
    (
        "lighttpd",
        "2026-11-21 10:15:0{s}: (server.c.41) crate {s} moved",
        false,
    ),
    (
        "squid",
        "179525610{s}.250    921 10.1.1.1 TCP_MISS/200 4500 GET http://c/ - DIRECT/10.1.1.2 text/html",
        false,
    ),
    (
        "envoy access",
        "[2026-11-21T10:15:0{s}.250Z] \"GET /crate HTTP/1.1\" 200 - 0 17 3 2 \"-\"",
        false,
    ),
    (
        "envoy",
        "[2026-11-21 10:15:0{s}.250][7][{info|error}][config] [source/a.cc:41] crate {s} moved",
        true,
    ),
    (
        "load balancer",
        "h2 2026-11-21T10:15:0{s}.250000Z app/lb/1 10.1.1.1:7 10.1.1.2:80 0.0 0.0 0.0 200 200 3 4 \"GET https://c/ HTTP/1.1\"",
        false,
    ),
    (
        "flow log",
        "2 123456789010 eni-7 10.1.1.1 10.1.1.2 443 49152 6 20 4249 179525610{s} 1795256199 ACCEPT OK",
        false,
    ),
    (
        "bucket access",
        "owner depot [21/Nov/2026:10:15:0{s} +0000] 10.1.1.1 ann 3E57 REST.GET.OBJECT crate{s} \"GET /c\" 200",
        false,
    ),
    (
        "cdn",
        "2026-11-21\t10:15:0{s}\tTXL50\t4500\t10.1.1.1\tGET\tc.test\t/crate\t200",
        false,
    ),
    (
        "w3c",
        "2026-11-21 10:15:0{s} 10.1.1.1 GET /crate - 443 - 10.1.1.2 agent - 200 0 0 17",
        false,
    ),
    (
        "postgres",
        "2026-11-21 10:15:0{s}.250 UTC [7] {LOG|ERROR}:  crate {s} moved",
        true,
    ),
    (
        "postgres prefix",
        "user=ann,db=depot,time=2026-11-21 11:15:0{s} CET {LOG|ERROR}:  crate {s} moved",
        true,
    ),
    (
        "postgres csv",
        "2026-11-21 10:15:0{s}.250 UTC,\"ann\",\"depot\",7,\"10.1.1.1:9\",6,1,\"SELECT\",2026-11-21 09:00:00 UTC,3/1,0,{LOG|ERROR},00000,\"crate {s}\",,,",
        true,
    ),
    (
        "mysql",
        "2026-11-21T10:15:0{s}.250000Z 7 [{Note|ERROR}] [MY-010116] [Server] crate {s} moved",
        true,
    ),
    (
        "mariadb",
        "2026-11-21 10:15:0{s} 7 [{Note|ERROR}] depotd: crate {s} moved",
        true,
    ),
    (
        "mongo old",
        "2026-11-21T10:15:0{s}.250+0000 {I|E} NETWORK  [listener] crate {s} moved",
        true,
    ),
    ("redis", "7:M 21 Nov 2026 10:15:0{s}.250 {*|#} crate {s} moved", false),
    (
        "neo4j",
        "2026-11-21 10:15:0{s}.250+0000 {INFO |ERROR} crate {s} moved",
        true,
    ),
    (
        "tikv",
        "[2026/11/21 10:15:0{s}.250 +00:00] [{INFO|ERROR}] [depot.rs:41] [\"crate {s} moved\"]",
        true,
    ),
    (
        "aerospike",
        "Nov 21 2026 10:15:0{s} GMT: {INFO|CRITICAL} (as): (as.c:41) crate {s} moved",
        true,
    ),
    (
        "sql server",
        "2026-11-21 10:15:0{s}.25 spid7s      crate {s} moved",
        false,
    ),
    (
        "db2",
        "2026-11-21-11.15.0{s}.250000+060 {I|E}7E5 LEVEL: {Info|Error}\nMESSAGE : crate {s} moved",
        true,
    ),
    (
        "oracle listener",
        "21-NOV-2026 10:15:0{s} * service_update * depot * {s}",
        false,
    ),
    (
        "ceph",
        "2026-11-21T10:15:0{s}.250+0000 7f12 -1 depot crate {s} moved",
        false,
    ),
    (
        "gluster",
        "[2026-11-21 10:15:0{s}.250000 +0000] {I|E} [MSGID: 7] [depot.c:41:move] 0-d: crate {s} moved",
        true,
    ),
    (
        "libvirt",
        "2026-11-21 10:15:0{s}.250+0000: 7: {info|error} : depotMove:41 : crate {s} moved",
        true,
    ),
    (
        "hypervisor",
        "2026-11-21T10:15:0{s}.250Z {info|error} hostd[7] [Originator@6876 sub=Depot] crate {s} moved",
        true,
    ),
    (
        "openstack",
        "2026-11-21 10:15:0{s}.250 7 {INFO|ERROR} depot.move [req-1] crate {s} moved",
        true,
    ),
    ("zabbix", "  7:20261121:10150{s}.250 crate {s} moved", false),
    (
        "nagios",
        "[179525610{s}] SERVICE ALERT: depot;crate;OK;HARD;{s};moved",
        false,
    ),
    (
        "icinga",
        "[2026-11-21 10:15:0{s} +0000] {information|critical}/cli: crate {s} moved",
        true,
    ),
    ("graphite", "21/11/2026 10:15:0{s} :: crate {s} moved", false),
    ("statsd", "21 Nov 10:15:0{s} - crate {s} moved", false),
    (
        "bind",
        "21-Nov-2026 10:15:0{s}.250 queries: {info|error}: client crate {s}",
        true,
    ),
    (
        "unbound",
        "[179525610{s}] unbound[7:0] {info|error}: crate {s} moved",
        true,
    ),
    ("mosquitto", "179525610{s}: crate {s} moved", false),
    (
        "freeradius",
        "Sat Nov 21 10:15:0{s} 2026 : {Info|Error}: crate {s} moved",
        true,
    ),
    (
        "asterisk",
        "[2026-11-21 10:15:0{s}] {NOTICE|ERROR}[7]: depot.c:41 move: crate {s} moved",
        true,
    ),
    (
        "freeswitch",
        "2026-11-21 10:15:0{s}.250000 [{INFO|ERR}] mod_depot.c:41 crate {s} moved",
        true,
    ),
    ("cups", "{I|E} [21/Nov/2026:10:15:0{s} +0000] crate {s} moved", true),
    (
        "samba",
        "[2026/11/21 10:15:0{s}.250000,  0] ../depot.c:41(move)\n  crate {s} moved",
        false,
    ),
    ("pacman", "[2026-11-21T10:15:0{s}+0000] [DEPOT] crate {s} moved", false),
    (
        "audit",
        "type=SYSCALL msg=audit(179525610{s}.250:42): arch=c000003e syscall=2 success=yes",
        false,
    ),
    (
        "fail2ban",
        "2026-11-21 10:15:0{s},250 depot.actions        [7]: {NOTICE|ERROR}  [sshd] Ban 10.1.1.1",
        true,
    ),
    (
        "suricata",
        "11/21/2026-10:15:0{s}.250000  [**] [1:2:3] crate {s} [**] [Priority: 1]",
        false,
    ),
    (
        "firewall fields",
        "date=2026-11-21 time=10:15:0{s} devname=\"d\" level=\"{notice|error}\" msg=\"crate {s}\"",
        true,
    ),
    (
        "firewall commas",
        "1,2026/11/21 10:15:0{s},0011,TRAFFIC,end,2560,crate {s}",
        false,
    ),
    (
        "appliance",
        "<134>Nov 21 2026 10:15:0{s} fw : %DEP-{6|3}-302013: crate {s} moved",
        true,
    ),
    (
        "router",
        "*Nov 21 10:15:0{s}.250: %DEPOT-{6|3}-UPDOWN: crate {s} moved",
        true,
    ),
    ("syslog", "Nov 21 10:15:0{s} h1 depot[7]: crate {s} moved", false),
    (
        "syslog iso",
        "2026-11-21T10:15:0{s}.250000+00:00 h1 depot[7]: crate {s} moved",
        false,
    ),
    (
        "syslog rfc 5424",
        "<{14|11}>1 2026-11-21T10:15:0{s}.250Z h1 depot 7 M1 [a@1 k=\"v\"] crate {s} moved",
        true,
    ),
    (
        "syslog with priority",
        "<{14|11}>Nov 21 10:15:0{s} h1 depot[7]: crate {s} moved",
        true,
    ),
    (
        "proxy in syslog",
        "<134>Nov 21 10:15:0{s} depot[7]: 10.1.1.1:9 [21/Nov/2026:10:15:0{s}.250] fe be/s1 0/0/0/1/1 200 12 - - ---- 1/1/0/0/0 0/0 \"GET / HTTP/1.1\"",
        false,
    ),
    (
        "platform",
        "2026-11-21T10:15:0{s}.250000+00:00 app[web.1]: at={info|error} crate {s} moved",
        true,
    ),
    (
        "workflow",
        "2026-11-21T10:15:0{s}.2500000Z ##[{notice|error}]crate {s} moved",
        true,
    ),
    (
        "android",
        "11-21 10:15:0{s}.250  1234  5678 {I|E} Depot: crate {s} moved",
        true,
    ),
    (
        "android time",
        "11-21 10:15:0{s}.250 {I|E}/Depot( 1234): crate {s} moved",
        false,
    ),
    (
        "browser",
        "[1234:5678:1121/10150{s}.250000:{INFO|ERROR}:depot.cc(41)] crate {s} moved",
        true,
    ),
    (
        "game engine",
        "[2026.11.21-10.15.0{s}:250][  0]LogDepot: {Display|Error}: crate {s} moved",
        false,
    ),
    (
        "windows servicing",
        "2026-11-21 10:15:0{s}, {Info|Error}                  CBS    crate {s} moved",
        true,
    ),
    (
        "kernel with date",
        "[Sat Nov 21 10:15:0{s} 2026] depot 1-1: crate {s} moved",
        false,
    ),
    (
        "composed",
        "depot-1   | 2026-11-21T10:15:0{s}.250Z {INFO|ERROR} crate {s} moved",
        true,
    ),
    (
        "pods on a terminal",
        "depot-7d9f shelf 2026-11-21T10:15:0{s}.250000000Z {INFO|ERROR} crate {s} moved",
        true,
    ),
    (
        "kubernetes",
        "2026-11-21T10:15:0{s}.250000000Z stderr F {INFO|ERROR} crate {s} moved",
        true,
    ),
    ("date(1)", "Sat Nov 21 10:15:0{s} UTC 2026 crate {s} moved", false),
    (
        "packages",
        "2026-11-21 10:15:0{s} status installed crate{s}:amd64 1.{s}",
        false,
    ),
    (
        "american",
        "11/21/2026 10:15:0{s} AM - Process(7.1) User(ann) crate {s} moved",
        false,
    ),
    (
        "weekday before an iso date",
        "Sat 2026-11-21 10:15:0{s} UTC h1 depot[7]: crate {s} moved",
        false,
    ),
    (
        "epoch before a host",
        "179525610{s}.250000 h1 depot[7]: crate {s} moved",
        false,
    ),
    (
        "a month without signs around it",
        "[21Nov2026 10:15:0{s}.250] [Depot thread/{INFO|ERROR}] [a.b/]: crate {s} moved",
        true,
    ),
    (
        "hyphen before the time",
        "[DEPOT] 2026/11/21 - 10:15:0{s} | 200 | 3 ms | GET \"/crate\"",
        false,
    ),
    (
        "american with a hyphen before the time",
        "L 11/21/2026 - 10:15:0{s}: \"ann\" moved crate {s}",
        false,
    ),
    (
        "zone before the date",
        "[UTC Nov 21 10:15:0{s}] {info     |error    } : crate {s} moved",
        true,
    ),
    (
        "day and month joined",
        "21-Nov 10:15:0{s} h1-dir JobId 7: {Info|Error}: crate {s} moved",
        true,
    ),
    (
        "a year of two digits and dots",
        "21-NOV-26 10.15.0{s}.250000 AM crate {s} moved",
        false,
    ),
    (
        "as people are shown it",
        "Nov 21, 2026 @ 10:15:0{s}.250 {INFO|ERROR} crate {s} moved",
        true,
    ),
    (
        "severity between host and program",
        "Nov 21 10:15:0{s} lb1 {notice|err} depot[7]: 01010028: crate {s} moved",
        true,
    ),
    (
        "signals between programs",
        "\x1b_bk;t=1795256101250\x07[2026-11-21T10:15:0{s}Z] crate {s} moved",
        false,
    ),
    (
        "level padded before it",
        "[2026/11/21 10:15:0{s}] [{ info|error}] [engine] crate {s} moved",
        true,
    ),
    (
        "packed with bars",
        "[20261121T10:15:0{s}.250Z|{ info|error}|h1|7 |task|depot] crate {s} moved",
        true,
    ),
    (
        "comma and zulu",
        "2026-11-21T10:15:0{s},250Z {INFO|ERROR} crate {s} moved",
        true,
    ),
    (
        "time before the date",
        "** [10:15:0{s} 2026-11-21] 7: crate {s} moved",
        false,
    ),
    (
        "log after the half of the day",
        "[Depot] 7  - 11/21/2026, 10:15:0{s} AM     {LOG|ERROR} [Shelf] crate {s} moved",
        true,
    ),
    (
        "fields of a table",
        "10,11/21/26,10:15:0{s},Assign,10.1.1.1,crate{s},AABB",
        false,
    ),
    (
        "quoted fields of a table",
        "\"{Information|Error}\",\"exec-1\",\"11/21/26\",\"10:15:0{s}\",\"depot\",\"crate {s} moved\"",
        true,
    ),
    (
        "unified",
        "2026-11-21 10:15:0{s}.250000+0000 0x7f   {Default|Error}   0x0   7   0    depot: (lib) crate {s} moved",
        true,
    ),
    (
        "android long",
        "[ 11-21 10:15:0{s}.250  1234: 5678 {I|E}/Depot ]\ncrate {s} moved\n",
        true,
    ),
    (
        "android with package",
        "2026-11-21 10:15:0{s}.250  1234-5678  Depot    com.shop    {I|E}  crate {s} moved",
        true,
    ),
    (
        "router with long names",
        "RP/0/RSP0/CPU0:Nov 21 10:15:0{s}.250 : ifmgr[7]: %DEPOT-INFRA-{5|3}-X : crate {s} moved",
        true,
    ),
    (
        "priority in words",
        "device=\"x\" date=2026-11-21 time=10:15:0{s} timezone=\"UTC\" priority={Information|Error} msg=\"crate {s}\"",
        true,
    ),
    (
        "year last",
        "Nov 21 10:15:0{s} 2026 h1 depot[7]: <522008> crate {s} moved",
        false,
    ),
    (
        "process of a platform",
        "2026-11-21T10:15:0{s}  PID[7] {Information|Error      } crate {s} moved",
        true,
    ),
    (
        "klog in brackets",
        "[{I|E}1121 10:15:0{s}.250000000 depot.cpp:7] crate {s} moved",
        true,
    ),
    (
        "verbosity beside a severity",
        "msg=\"crate {s} moved\" level=\"0\" prio=\"{Info|Error}\" ts=\"179525610{s}.250\"",
        true,
    ),
    (
        "slow query",
        "# Time: 2026-11-21T10:15:0{s}.250000Z\n# User: a\n# Query_time: 1.0\nSET x=1;\nSELECT crate{s};",
        false,
    ),
    (
        "request of several lines",
        "Started GET \"/crate/{s}\" for 127.0.0.1 at 2026-11-21 10:15:0{s} +0000\nProcessing by Depot#show\nCompleted 200 OK\n\n",
        false,
    ),
    (
        "sign before the time",
        "[26/11/21@10:15:0{s}.250+0000] P-007 T-008 depot crate {s} moved",
        false,
    ),
    (
        "level between dashes",
        "Sat Nov 21 2026 10:15:0{s} GMT+0000 (Coordinated Universal Time) <7> -- {info|error} -- crate {s} moved",
        true,
    ),
    (
        "level in stars",
        "2026-11-21 10:15:0{s} *{INFO|ERROR}* crate {s} moved",
        true,
    ),
    (
        "level right behind its key",
        "2026-11-21 10:15:0{s} level:{info|error} crate {s} moved",
        true,
    ),
    (
        "logfmt with signs",
        "@timestamp=2026-11-21T10:15:0{s}Z @level={info|error} @message=\"crate {s} moved\"",
        true,
    ),
    (
        "eastern",
        "2026-11-21 05:15:0{s} EST {INFO|ERROR} crate {s} moved",
        true,
    ),
];

fn record(pattern: &str, number: usize) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        let inner = rest.find('}').map(|close| &rest[1..close]);
        match inner {
            Some("s") => out.push_str(&number.to_string()),
            Some(choice) if choice.contains('|') => {
                let (usual, error) = choice.split_once('|').unwrap();
                out.push_str(if number == 2 { error } else { usual });
            }
            _ => {
                out.push('{');
                rest = &rest[1..];
                continue;
            }
        }
        rest = &rest[inner.unwrap().len() + 2..];
    }
    out + rest + "\n"
}

fn rows(pattern: &str) -> Vec<Row> {
    let log: String = (1..=3).map(|number| record(pattern, number)).collect();
    ingest_text("depot.log", log.as_bytes(), &logs()).1.rows()
}

fn number(row: &Row) -> i128 {
    match row.get("SeverityNumber") {
        Some(Field::Int(number)) => *number,
        _ => 0,
    }
}

#[test]
fn every_record_is_at_its_time() {
    let mut wrong = Vec::new();
    for (name, pattern, _) in DATED {
        let times: Vec<String> = rows(pattern).iter().map(|row| time(row, "Timestamp")).collect();
        let right = |(index, time): (usize, &String)| {
            let seconds = format!("2026-11-21T10:15:0{}", index + 1);
            time.strip_prefix(&seconds)
                .is_some_and(|rest| ["Z", ".25Z"].contains(&rest))
        };
        if times.len() != 3 || !times.iter().enumerate().all(right) {
            wrong.push(format!("{name}: {times:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        DATED.len(),
        wrong.join("\n")
    );
}

#[test]
fn labels_of_the_atomic_time_are_times() {
    let log = b"@400000006b016f2f0ee6b280 crate 1 moved\n@400000006b016f310ee6b280 crate 2 moved\n";
    let rows = ingest_text("current", log, &logs()).1.rows();
    let times: Vec<String> = rows.iter().map(|row| time(row, "Timestamp")).collect();
    assert_eq!(times, ["2026-11-21T10:15:01.25Z", "2026-11-21T10:15:03.25Z"]);
    assert_eq!(text(&rows[0], "Body"), "crate 1 moved");
}

#[test]
fn the_error_is_one_and_the_others_are_not() {
    let mut wrong = Vec::new();
    let leveled = DATED.iter().filter(|(_, _, levels)| *levels);
    for (name, pattern, _) in leveled.clone() {
        let numbers: Vec<i128> = rows(pattern).iter().map(number).collect();
        let usual = |number: i128| (1..13).contains(&number);
        if !matches!(numbers[..], [first, 17..=24, third] if usual(first) && usual(third)) {
            wrong.push(format!("{name}: {numbers:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        leveled.count(),
        wrong.join("\n")
    );
}

#[test]
fn formats_without_levels_are_given_no_error() {
    for (name, pattern, levels) in DATED
        .iter()
        .filter(|(_, pattern, levels)| !levels && !pattern.contains('|'))
    {
        assert!(!levels);
        let rows = rows(pattern);
        assert!(rows.iter().all(|row| number(row) < 13), "{name}: {rows:?}");
    }
}

#[test]
fn the_program_or_the_prefix_names_the_service() {
    for name in [
        "syslog",
        "syslog iso",
        "syslog rfc 5424",
        "proxy in syslog",
        "weekday before an iso date",
        "epoch before a host",
        "severity between host and program",
        "year last",
    ] {
        let (_, pattern, _) = DATED.iter().find(|(known, ..)| *known == name).unwrap();
        assert!(
            rows(pattern).iter().all(|row| text(row, "ServiceName") == "depot"),
            "{name}"
        );
    }
    let services = |name: &str| -> Vec<String> {
        let (_, pattern, _) = DATED.iter().find(|(known, ..)| *known == name).unwrap();
        rows(pattern).iter().map(|row| text(row, "ServiceName")).collect()
    };
    assert_eq!(services("composed"), ["depot-1"; 3]);
    assert_eq!(services("process manager"), ["depot"; 3]);
}
