"""What lives longer than evenkeel's sleep, and the servers that it is tried on. One entry per row of docs/CLIENTS.md.

{our} is tests/clients/apps; the rest is as in tests/servers/catalog.py.
"""

import sys
from collections import namedtuple
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "servers"))
import catalog  # noqa: E402
import get  # noqa: E402
from get import BUILD, golang, java_version, node_version, pypi, run  # noqa: E402

APPS = Path(__file__).resolve().parent / "apps"
# life: of LIVES in long_lived.py. kill: seconds from the signal to SIGKILL.
Live = namedtuple("Live", "life row path kill")
OUR = "{apps}/../../clients/apps/"


def live(life, path, *arguments, kill=30, **options):
    return Live(life, catalog.row(*arguments, **options), path, kill)


def ws():
    if not (BUILD / "node/node_modules/ws").exists():
        (BUILD / "node").mkdir(exist_ok=True)
        run("npm", "install", "--silent", "--prefix", BUILD / "node", "ws")


def ws_version():
    text = (BUILD / "node/node_modules/ws/package.json").read_text()
    return "ws %s, %s" % (text.split('"version": "')[1].split('"')[0], node_version())


def spring_ws():
    out = BUILD / "spring-ws"
    if not get.is_built(out / "app-1.jar", "spring-ws", APPS):
        run(*get.MAVEN, "-f", APPS / "spring-ws/pom.xml", "-Dout=%s" % out, "package")


def uvicorn_ws():
    pypi("uvicorn", "fastapi", "websockets")


GROUPS = {
    "ws": (ws, ws_version),
    "live": (lambda: golang("live", APPS, "live-app"), lambda: "gorilla/websocket 1.5.3, " + get.GROUPS["go"][1]()),
    "springws": (spring_ws, lambda: java_version("Spring Boot 3.5.16")),
    "fastapi": (uvicorn_ws, get.GROUPS["fastapi"][1]),
}
NGINX = catalog.NGINX.replace("worker_processes 2;", "worker_processes 2; %s") % ("%s", (
    "proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
    "proxy_set_header Connection upgrade; client_max_body_size 20m;"))
NGINX_FILES = {"nginx.conf": NGINX % ""}
LIMITED = {"nginx.conf": NGINX % "worker_shutdown_timeout 20s;"}
WS = "node " + OUR + "node/ws.js {port} "
GO, GRPC, NODE = "{build}/go-app 127.0.0.1:{port}", "{build}/grpc-app 127.0.0.1:{port}", "node {apps}/node/http.js {host} {port}"
SPRING, LIVE = catalog.SPRING % ("3.5.16", "tomcat"), "{build}/live-app 127.0.0.1:{port}"
SPRING_WS = "java -jar {build}/spring-ws/app-1.jar --server.address=127.0.0.1 --server.port={port}"
PHASE = " --spring.lifecycle.timeout-per-shutdown-phase=60s"
PY = catalog.PYTHON

LIVES = [
    live("WebSocket", "/ws", "ws for Node.js", "no code for SIGTERM", [WS], "ws", env=catalog.NODE),
    live("WebSocket", "/ws", "ws for Node.js", "`server.close()` on SIGTERM", [WS + "closes"], "ws", env=catalog.NODE),
    live("WebSocket", "/ws", "ws for Node.js", "`server.close()`, and `socket.close(1001)` of each client", [WS + "drains"],
         "ws", env=catalog.NODE),
    live("WebSocket", "/ws", "gorilla/websocket for Go", "no code for SIGTERM", [LIVE], "live"),
    live("WebSocket", "/ws", "gorilla/websocket for Go", "`Shutdown` on SIGTERM", [LIVE + " graceful"], "live"),
    live("WebSocket", "/ws", "gorilla/websocket for Go", "`Shutdown`, then a close frame with 1001 to each client",
         [LIVE + " graceful closes"], "live"),
    live("WebSocket", "/ws", "uvicorn with FastAPI", "as it ships", [catalog.UVICORN], "fastapi", env=PY),
    live("WebSocket", "/ws", "Spring Boot 3.5", "as it ships", [SPRING_WS], "springws"),
    live("WebSocket", "/ws", "Spring Boot 3.5", "on `ContextClosedEvent`, `close(CloseStatus.GOING_AWAY)` of each session",
         [SPRING_WS + " --closes=1"], "springws"),
    live("WebSocket", "/ws", "nginx before it", "SIGTERM", [catalog.NGINX_COMMAND], "nginx", files=NGINX_FILES),
    live("WebSocket", "/ws", "nginx before it", "SIGQUIT", [catalog.NGINX_COMMAND], "nginx", ["SIGQUIT"], NGINX_FILES),
    live("WebSocket", "/ws", "nginx before it", "SIGQUIT, `worker_shutdown_timeout 20s`", [catalog.NGINX_COMMAND], "nginx",
         ["SIGQUIT"], LIMITED),
    live("WebSocket", "/ws", "HAProxy before it", "SIGUSR1, `hard-stop-after 20s`", [catalog.HAPROXY_COMMAND], "haproxy",
         ["SIGUSR1"], {"haproxy.cfg": catalog.HAPROXY % "hard-stop-after 20s"}),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-go", "no code for SIGTERM", [GRPC], "grpc"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-go", "`GracefulStop`, and `Stop` after 20 s", [GRPC + " graceful"],
         "grpc"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-go", "the same with `MaxConnectionAge` 3 s",
         [GRPC + " graceful 3"], "grpc"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-go", "the same with `MaxConnectionAgeGrace` 4 s",
         [GRPC + " graceful 3 4"], "grpc"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-go", "`GracefulStop`, and the handler ends its streams on SIGTERM "
         "with UNAVAILABLE", [GRPC + " graceful 0 ends"], "grpc"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-java", "no code for SIGTERM", [catalog.GRPC_JAVA], "grpcjava"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-java", "a hook with `shutdown().awaitTermination(20, SECONDS)`",
         [catalog.GRPC_JAVA + " graceful"], "grpcjava"),
    live("gRPC stream of 60 s", "/app.App/Watch", "grpc-java", "the same with `maxConnectionAge` 3 s",
         [catalog.GRPC_JAVA + " graceful 3"], "grpcjava"),
    live("Upload of 10 MB in 3 s", "/upload", "Go net/http", "no code for SIGTERM", [GO], "go"),
    live("Upload of 10 MB in 3 s", "/upload", "Spring Boot 3.5", "`server.shutdown=immediate`, as 3.3 ships",
         [SPRING + " --server.shutdown=immediate"], "spring35"),
    live("Upload of 10 MB in 3 s", "/upload", "nginx before it", "SIGTERM", [catalog.NGINX_COMMAND], "nginx",
         files=NGINX_FILES),
    live("Upload of 10 MB in 8 s", "/upload", "Go net/http", "no code for SIGTERM", [GO], "go"),
    live("Upload of 10 MB in 8 s", "/upload", "Go net/http", "`Shutdown`", [GO + " graceful"], "go"),
    live("Upload of 10 MB in 8 s", "/upload", "Node.js http", "`server.close()` on SIGTERM", [NODE + " closes"], "node"),
    live("Upload of 10 MB in 8 s", "/upload", "uvicorn with FastAPI", "as it ships", [catalog.UVICORN], "fastapi", env=PY),
    live("Upload of 10 MB in 8 s", "/upload", "Spring Boot 3.5", "as it ships: graceful", [SPRING], "spring35"),
    live("Upload of 10 MB in 8 s", "/upload", "Spring Boot 3.5", "`server.shutdown=immediate`, as 3.3 ships",
         [SPRING + " --server.shutdown=immediate"], "spring35"),
    live("Upload of 10 MB in 8 s", "/upload", "nginx before it", "SIGTERM", [catalog.NGINX_COMMAND], "nginx",
         files=NGINX_FILES),
    live("Upload of 10 MB in 8 s", "/upload", "nginx before it", "SIGQUIT", [catalog.NGINX_COMMAND], "nginx", ["SIGQUIT"],
         NGINX_FILES),
    live("Request of 40 s", "/long", "Go net/http", "`Shutdown` that waits 20 s", [GO + " graceful"], "go", kill=60),
    live("Request of 40 s", "/long", "Go net/http", "`Shutdown` that waits 50 s", [GO + " graceful 50"], "go", kill=60),
    live("Request of 40 s", "/long", "Node.js http", "`server.close()`, killed 30 s after the signal", [NODE + " closes"], "node"),
    live("Request of 40 s", "/long", "Node.js http", "`server.close()`, killed 60 s after the signal", [NODE + " closes"], "node", kill=60),
    live("Request of 40 s", "/long", "uvicorn with FastAPI", "as it ships, killed 30 s after the signal", [catalog.UVICORN],
         "fastapi", env=PY),
    live("Request of 40 s", "/long", "uvicorn with FastAPI", "as it ships, killed 60 s after the signal", [catalog.UVICORN],
         "fastapi", env=PY, kill=60),
    live("Request of 40 s", "/long", "Spring Boot 3.5", "as it ships: waits 30 s", [SPRING], "spring35", kill=60),
    live("Request of 40 s", "/long", "Spring Boot 3.5", "`spring.lifecycle.timeout-per-shutdown-phase=60s`",
         [SPRING + PHASE], "spring35", kill=60),
    live("Request of 40 s", "/long", "nginx before it", "SIGQUIT", [catalog.NGINX_COMMAND], "nginx", ["SIGQUIT"],
         NGINX_FILES, kill=60),
]
