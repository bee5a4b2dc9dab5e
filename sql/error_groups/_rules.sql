{#
The regular expressions by which the traces that error lines name are recognised: what each is for, the expression, a
text in which it must find something, what it must find there, and a text in which it must find nothing.
#}
{% set attribute_rules = [
    {
        "rule": "attribute traceparent",
        "attributes": ["traceparent"],
        "pattern": '-([0-9a-f]{32})-',
        "text": '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        "found": '4bf92f3577b34da6a3ce929d0e0e4736',
        "other": '00-4bf92f3577b34da6a3ce929d0e0e47-00f067aa0ba902b7-01',
    },
    {
        "rule": "attribute b3",
        "attributes": ["b3"],
        "pattern": '^([0-9a-f]{16,32})-',
        "text": '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1',
        "found": '80f198ee56343ba864fe8b2a57d3eff7',
        "other": '0',
    },
    {
        "rule": "attribute of X-Ray",
        "attributes": ["X-Amzn-Trace-Id", "x-amzn-trace-id"],
        "pattern": '1-[0-9a-f]{8}-[0-9a-f]{24}',
        "text": 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
        "found": '1-5759e988-bd862e3fe1be46a994272793',
        "other": 'Root=1-5759e988;Sampled=1',
    },
] %}
{% set body_rules = [
    {
        "rule": "traceparent in a message",
        "pattern": '\\b[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\\b',
        "text": 'refused 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        "found": '4bf92f3577b34da6a3ce929d0e0e4736',
        "other": 'refused 4bf92f3577b34da6a3ce929d0e0e4736',
    },
    {
        "rule": "named trace id in a message",
        "pattern": '(?i)\\btrace[-_. ]?(?:id)?["\'\\]]*[\\s:=]+["\'\\[]*'
            ~ '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{16})\\b',
        "text": '{"message":"refused","trace_id":"00f067aa0ba902b7"}',
        "found": '00f067aa0ba902b7',
        "other": '{"message":"refused","span_id":"00f067aa0ba902b7"}',
    },
    {
        "rule": "X-Ray id in a message",
        "pattern": '\\b1-([0-9a-f]{8}-[0-9a-f]{24})\\b',
        "text": 'refused (1-5759e988-bd862e3fe1be46a994272793)',
        "found": '5759e988-bd862e3fe1be46a994272793',
        "other": 'refused (1-5759e988)',
    },
    {
        "rule": "B3 header in a message",
        "pattern": '(?i)\\bb3["\']*\\s*[:=]\\s*["\']*([0-9a-f]{32}|[0-9a-f]{16})-[0-9a-f]{16}\\b',
        "text": 'refused, b3: a3ce929d0e0e4736-00f067aa0ba902b7-1',
        "found": 'a3ce929d0e0e4736',
        "other": 'refused, b4: a3ce929d0e0e4736-00f067aa0ba902b7-1',
    },
    {
        "rule": "32 hexadecimal digits in a message",
        "pattern": '\\b([0-9a-f]{32})\\b',
        "text": 'refused 4bf92f3577b34da6a3ce929d0e0e4736',
        "found": '4bf92f3577b34da6a3ce929d0e0e4736',
        "other": 'refused 4bf92f3577b34da6a3ce929d0e0e47360',
    },
] %}
