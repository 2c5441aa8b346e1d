# Three stages: the pages with Node, the binary with Go and a C++ compiler, and an image with nothing but libstdc++,
# run as nobody on a read-only root with one volume.
#   docker build -t steward . && docker run --read-only -p 127.0.0.1:7171:7171 -v steward:/data steward
FROM node:22-bookworm AS pages
WORKDIR /src
COPY . .
RUN cd web && npm ci && npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY --from=pages /src .
RUN go build -trimpath -ldflags '-s -w' -o /steward ./cmd/steward

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libstdc++6 ca-certificates && rm -rf /var/lib/apt/lists/* \
 && install -d -o 65532 -g 65532 -m 0700 /data
COPY --from=build /steward /usr/local/bin/steward
USER 65532:65532
VOLUME /data
EXPOSE 7171 4317 4318
ENV STEWARD_DATA=/data STEWARD_LISTEN=0.0.0.0:7171 STEWARD_OTLP_GRPC=0.0.0.0:4317 STEWARD_OTLP_HTTP=0.0.0.0:4318
ENTRYPOINT ["/usr/local/bin/steward"]
CMD ["serve"]
