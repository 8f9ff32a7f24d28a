"""The clients, and the servers that they call while those are replaced. One entry per row or column of docs/CLIENTS.md.

{url} is the Service's, {build} is build/servers and {apps} is tests/clients/apps.
"""

import re
import sys
from collections import namedtuple
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "servers"))
import catalog  # noqa: E402

# protocol: http, h2 (HTTP/2 without TLS), grpc or dubbo.
Kind = namedtuple("Kind", "name group protocol command")


def kind(name, group, command, protocol="http"):
    return Kind(name, group, protocol, command.split())


JAVA = "java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp {build}/client-java/app-1.jar:{build}/client-java/lib/* app.App "
PYTHON = "{build}/py/bin/python {apps}/python/client.py "
NODE = "node {apps}/node/client.js "
GRPC = "{build}/client-grpc "
DUBBO = "java -XX:+UseSerialGC -Duser.home={build}/dubbo -cp {build}/dubbo/app-1.jar:{build}/dubbo/lib/* "
VIP, PORT, NAME = "10.96.0.1", 80, "app.test"
NAMESERVER = "127.0.0.1:53"

KINDS = [
    kind("Go net/http", "go", "{build}/client-go {url} 3 3"),
    kind("Java java.net.http.HttpClient", "java", JAVA + "jdk {url} 3 3"),
    kind("Java HttpURLConnection", "java", JAVA + "urlconnection {url} 3 3"),
    kind("OkHttp", "java", JAVA + "okhttp {url} 3 3"),
    kind("Apache HttpClient", "java", JAVA + "apache {url} 3 3"),
    kind("curl", "curl", "{apps}/curl.sh {url} 3 3"),
    kind("Python requests, a Session", "python", PYTHON + "requests {url} 3 3"),
    kind("Python requests, a connection for each call", "python", PYTHON + "requests-new {url} 3 3"),
    kind("Python urllib3", "python", PYTHON + "urllib3 {url} 3 3"),
    kind("Python httpx", "python", PYTHON + "httpx {url} 3 3"),
    kind("Node.js fetch", "node", NODE + "fetch {url} 3 3"),
    kind("Node.js http.request", "node", NODE + "http {url} 3 3"),
    kind("Go net/http, HTTP/2", "go", "{build}/client-go h2+{url} 3 3", "h2"),
    kind("Python httpx, HTTP/2", "python", PYTHON + "httpx-h2 {url} 3 3", "h2"),
    kind("grpc-go, pick_first", "grpc", GRPC + "pick_first passthrough:///%s:%d 6 0" % (VIP, PORT), "grpc"),
    kind("grpc-go, round_robin", "grpc", GRPC + "round_robin dns://%s/%s:%d 6 0" % (NAMESERVER, NAME, PORT), "grpc"),
    kind("grpc-go, round_robin, SetMinResolutionInterval(1 s)", "grpc",
         GRPC + "round_robin+1s dns://%s/%s:%d 6 0" % (NAMESERVER, NAME, PORT), "grpc"),
    kind("grpc-java, pick_first", "java", JAVA + "grpc dns:///%s:%d 6 0" % (VIP, PORT), "grpc"),
    kind("Dubbo", "dubbo", DUBBO + "app.Consumer {url} 6 0", "dubbo"),
]

NGINX_H2 = {"nginx.conf": catalog.PROXIES.replace("listen {host}:{port};", "listen {host}:{port} http2;")}
CADDY_H2 = {"Caddyfile": catalog.CADDY % "servers {{\n    protocols h1 h2c\n  }}"}
NODE_H2 = "node {apps}/../../clients/apps/node/http2.js {port} "
H2 = " over HTTP/2"
OWN = [
    catalog.row("nginx", "stopped with SIGTERM, keepalive_time 1s", [catalog.NGINX_COMMAND], "nginx",
                files={"nginx.conf": catalog.PROXIES.replace("access_log off;", "access_log off; keepalive_time 1s;")}),
    catalog.row("nginx" + H2, "stopped with SIGTERM", [catalog.NGINX_COMMAND], "nginx", files=NGINX_H2),
    catalog.row("nginx" + H2, "stopped with SIGQUIT", [catalog.NGINX_COMMAND], "nginx", ["SIGQUIT"], NGINX_H2),
    catalog.row("Caddy" + H2, "as it ships", [catalog.CADDY_COMMAND], "caddy", files=CADDY_H2, env=catalog.CADDY_ENV),
    catalog.row("Spring Boot 3.5" + H2, "as it ships", [catalog.SPRING % ("3.5.16", "tomcat") +
                                                        " --server.http2.enabled=true"], "spring35"),
    catalog.row("Node.js http2", "closes on SIGTERM", [NODE_H2 + "closes"], "node"),
    catalog.row("Node.js http2", "closes its sessions on SIGTERM", [NODE_H2 + "drains"], "node",
                setting="on SIGTERM `server.close()`, and `close()` of each session"),
    catalog.row("grpc-go", "with GracefulStop and MaxConnectionAge", ["{build}/grpc-app 127.0.0.1:{port} graceful 3"],
                "grpc"),
    catalog.row("Dubbo", "tri, as it ships", [DUBBO + "app.Provider tri {port}"], "dubbo"),
    catalog.row("Dubbo", "dubbo, as it ships", [DUBBO + "app.Provider dubbo {port}"], "dubbo"),
]
# (a server, and how it is stopped: of the catalog; what its column is called; the path of a call of 50 ms, or its URL)
COLUMNS = [
    ("nginx", "stopped with SIGTERM, as in an image of your own", "nginx, SIGTERM", "/brief"),
    ("nginx", "stopped with SIGQUIT, as the official image says", "nginx, SIGQUIT", "/brief"),
    ("nginx", "stopped with SIGTERM, keepalive_time 1s", "nginx, SIGTERM, keepalive_time 1s", "/brief"),
    ("Tomcat", "as it ships", "Tomcat", "/brief.jsp"),
    ("Spring Boot 3.5", "as it ships: on Tomcat, with graceful shutdown", "Spring Boot 3.5", "/brief"),
    ("Node.js http", "no code for SIGTERM", "Node.js, no code", "/brief"),
    ("Node.js http", "closes on SIGTERM", "Node.js, closes", "/brief"),
    ("Node.js http", "closes on SIGTERM, and says so to kept connections", "Node.js, closes and says so", "/brief"),
    ("Go net/http", "no code for SIGTERM", "Go, no code", "/brief"),
    ("Go net/http", "with Shutdown", "Go, Shutdown", "/brief"),
    ("gunicorn with Flask, threads", "as it ships", "gunicorn", "/brief"),
    ("uvicorn with FastAPI", "as it ships", "uvicorn", "/brief"),
    ("nginx" + H2, "stopped with SIGTERM", "nginx h2, SIGTERM", "/brief"),
    ("nginx" + H2, "stopped with SIGQUIT", "nginx h2, SIGQUIT", "/brief"),
    ("Caddy" + H2, "as it ships", "Caddy h2", "/brief"),
    ("Spring Boot 3.5" + H2, "as it ships", "Spring Boot h2", "/brief"),
    ("Node.js http2", "closes on SIGTERM", "Node.js http2, closes", "/brief"),
    ("Node.js http2", "closes its sessions on SIGTERM", "Node.js http2, closes sessions", "/brief"),
    ("Go net/http", "no code for SIGTERM", "Go h2, no code", "/brief"),
    ("Go net/http", "with Shutdown", "Go h2, Shutdown", "/brief"),
    ("grpc-go", "no code for SIGTERM", "grpc-go, no code", "/app.App/Brief"),
    ("grpc-go", "with GracefulStop", "grpc-go, GracefulStop", "/app.App/Brief"),
    ("grpc-go", "with GracefulStop and MaxConnectionAge", "grpc-go, GracefulStop, MaxConnectionAge", "/app.App/Brief"),
    ("grpc-java", "no code for SIGTERM", "grpc-java, no code", "/app.App/Brief"),
    ("grpc-java", "a shutdown hook", "grpc-java, a hook", "/app.App/Brief"),
    ("Dubbo", "tri, as it ships", "Dubbo, protocol tri", "tri://%s:%d" % (VIP, PORT)),
    ("Dubbo", "dubbo, as it ships", "Dubbo, protocol dubbo", "dubbo://%s:%d" % (VIP, PORT)),
]


def row_of(server, how):
    return next(row for row in [*catalog.ROWS, *OWN] if (row.server, row.how) == (server, how))


def protocol_of(column):
    first = column[2].split(",")[0].split("-")[0].lower()
    return first if first in ("grpc", "dubbo") else "h2" if re.search(r"\bh2\b|http2", column[2]) else "http"
