-- What the boot session of the embedded engine runs: open the HTTP interface, say on which port, and stay until told to stop.
-- {{ fds }} is where this process sees its own descriptors; the numbers are pipes of the process that hosts the engine.
-- A statement that fails does not end the session: the ports are closed before it ends, whatever happens.
SYSTEM START LISTEN HTTP;
{%- if tcp %}
SYSTEM START LISTEN TCP;
{%- endif %}
SELECT getServerPort('http_port'){% if tcp %}, getServerPort('tcp_port'){% endif %} INTO OUTFILE '{{ fds }}/{{ port_fd }}' TRUNCATE FORMAT TSV;
SELECT 'no port is open' INTO OUTFILE '{{ fds }}/{{ port_fd }}' TRUNCATE FORMAT TSV;
-- Ends when the other end of the pipe is closed: that is the order to shut down.
SELECT count() FROM file('{{ fds }}/{{ stop_fd }}', 'LineAsString', 's String') FORMAT Null;
SYSTEM STOP LISTEN HTTP;
{%- if tcp %}
SYSTEM STOP LISTEN TCP;
{%- endif %}
-- As long as this session lives, nobody gets in as its user. So it stays until those who are connected have gone.
SELECT 'closed' INTO OUTFILE '{{ fds }}/{{ closed_fd }}' TRUNCATE FORMAT TSV;
SELECT count() FROM file('{{ fds }}/{{ gone_fd }}', 'LineAsString', 's String') FORMAT Null;
