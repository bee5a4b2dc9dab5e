# The images of docker-compose.yaml: `docker build --target kulprit .`, and likewise sample, clickhouse and grafana.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release -p kulprit -p kulprit-sample

FROM node:22-bookworm-slim AS pages
WORKDIR /src/grafana
COPY grafana .
RUN npm ci && npm run build

FROM debian:bookworm-slim AS kulprit
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/kulprit kulprit
COPY --from=build /src/target/release/kulprit /usr/local/bin/kulprit
USER kulprit
# Incidents, and the embedded engine where no ClickHouse is given.
ENV KULPRIT_DATA=/var/lib/kulprit
VOLUME /var/lib/kulprit
EXPOSE 8080
ENTRYPOINT ["kulprit"]
CMD ["serve"]

FROM debian:bookworm-slim AS sample
COPY --from=build /src/target/release/kulprit-sample /usr/local/bin/kulprit-sample
USER nobody
EXPOSE 8081
ENTRYPOINT ["kulprit-sample"]

# A ClickHouse server with Kulprit's functions. They stand outside its data, so that a volume of an older image does not hide newer ones.
FROM clickhouse/clickhouse-server:26.7 AS clickhouse
COPY --from=build /src/target/release/kulprit /usr/local/bin/kulprit
RUN mkdir -p /opt/kulprit && kulprit udf install --user-scripts /opt/kulprit --config-dir /etc/clickhouse-server
COPY observability/clickhouse.xml /etc/clickhouse-server/config.d/kulprit.xml

# Debian's kin, since the plugin's backend is linked against glibc.
FROM grafana/grafana:13.2.3-ubuntu AS grafana
ARG TARGETARCH=amd64
COPY --from=pages /src/grafana/dist /var/lib/grafana-plugins/kulprit-reliability-app
COPY --from=build /src/target/release/kulprit /var/lib/grafana-plugins/kulprit-reliability-app/gpx_kulprit_linux_${TARGETARCH}
ENV GF_PATHS_PLUGINS=/var/lib/grafana-plugins
ENV GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=kulprit-reliability-app,kulprit-reliability-datasource,kulprit-changes-panel
