# The image of `make image`, for those who build with Docker: docker build -t evenkeel:0.2.0 .
# The packages are Debian's of the day, so unlike `make image` on one machine it is not the same image each time.
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends make
COPY . /src
WORKDIR /src
RUN make deps-build all && packaging/rootfs build/release/evenkeel /rootfs

FROM scratch
COPY --from=build /rootfs /
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/usr/bin/evenkeel"]
CMD ["--help"]
