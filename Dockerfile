# OneRoof in one image: the binary, its web client, the configuration of the centre.
#   docker build -t oneroof .
#   docker compose up
FROM rust:1-trixie AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo xtask web --release \
 && cargo build --release --locked --package oneroof-server --bin oneroof

FROM debian:trixie-slim
RUN useradd --system --uid 990 --home-dir /var/lib/oneroof --create-home oneroof
COPY --from=build /src/target/release/oneroof /usr/bin/oneroof
COPY --from=build /src/target/web-dist /usr/share/oneroof/web
COPY config /etc/oneroof
COPY LICENSE /usr/share/doc/oneroof/copyright
ENV ONEROOF_DATA=/var/lib/oneroof \
    ONEROOF_WEB_DIST=/usr/share/oneroof/web
USER oneroof
VOLUME /var/lib/oneroof
# API and screen bind to loopback only: run with the host's network, see docker-compose.yml.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/oneroof"]
CMD ["serve", "--config", "/etc/oneroof"]
