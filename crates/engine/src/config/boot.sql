-- What the boot session of the embedded engine runs: open the HTTP interface, say on which port, and stay until told to stop.
-- {{ fds }} is where this process sees its own descriptors; both numbers are pipes of the process that hosts the engine.
SYSTEM START LISTEN HTTP;
{%- if tcp %}
SYSTEM START LISTEN TCP;
{%- endif %}
SELECT getServerPort('http_port') INTO OUTFILE '{{ fds }}/{{ port_fd }}' TRUNCATE FORMAT TSV;
-- Ends when the other end of the pipe is closed: that is the order to shut down.
SELECT count() FROM file('{{ fds }}/{{ stop_fd }}', 'LineAsString', 's String') FORMAT Null;
