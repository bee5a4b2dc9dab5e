CREATE TABLE otel_logs AS `{base}`.otel_logs;
INSERT INTO otel_logs SELECT * FROM `{base}`.otel_logs;
CREATE TABLE otel_traces AS `{base}`.otel_traces;
INSERT INTO otel_traces SELECT * FROM `{base}`.otel_traces;
CREATE TABLE otel_metrics_gauge AS `{base}`.otel_metrics_gauge;
INSERT INTO otel_metrics_gauge SELECT * FROM `{base}`.otel_metrics_gauge;
CREATE TABLE otel_metrics_sum AS `{base}`.otel_metrics_sum;
INSERT INTO otel_metrics_sum SELECT * FROM `{base}`.otel_metrics_sum;
CREATE TABLE otel_metrics_histogram AS `{base}`.otel_metrics_histogram;
INSERT INTO otel_metrics_histogram SELECT * FROM `{base}`.otel_metrics_histogram
