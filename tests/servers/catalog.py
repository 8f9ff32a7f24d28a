"""The servers: how each is got, started and stopped. One entry per row of docs/SERVERS.md.

{host} and {port} are where it listens, {upstream} is a port of 127.0.0.1, {dir} is the row's own folder, {build} is
build/servers and {apps} is tests/servers/apps. `files` are written into {dir} first.
"""

import subprocess
from collections import namedtuple
from pathlib import Path

from get import APPS, BUILD
from grpc_client import GrpcClient
from measure import Client

Row = namedtuple("Row", "server how group commands signals files env quick slow setting setup client")


def row(server, how, commands, group, signals=None, files=None, env=None, quick="/", slow="/slow", setting="",
        setup=None, client=Client):
    """`setting` is what an application team writes to get this row; "" as it ships."""
    commands = [command.split() if isinstance(command, str) else command for command in commands]
    signals = signals or ["SIGTERM"] * len(commands)
    return Row(server, how, group, commands, signals, files or {}, env or {}, quick, slow, setting, setup, client)


def values(folder, port, upstream=None, host="127.0.0.1", **others):
    """What stands for the names in braces."""
    return dict({"dir": folder, "port": port, "upstream": upstream, "host": host, "build": BUILD, "apps": APPS, "answer": "quick",
                 "fpm": "%s/php.sock" % folder, "fastcgi": "unix:%s/php.sock" % folder}, **others)


def prepare(row, folder, named):
    """Writes the row's files into a folder that is empty. named: what values() gives."""
    for name, content in row.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = Path(content[1:].format(**named)).read_text() if content.startswith("@") else content.format(**named)
        (folder / name).write_text(text)
    if row.setup:
        subprocess.run(row.setup.format(**named).split(), cwd=folder, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)


NGINX = """user www-data; pid {dir}/nginx.pid; error_log {dir}/error.log; worker_processes 2;
events {{}}
http {{
  access_log off; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{
    listen {host}:{port};
    location / {{ %s }}
  }}
}}
"""
PROXIES = NGINX % "proxy_pass http://127.0.0.1:{upstream};"
NGINX_COMMAND = ["nginx", "-p", "{dir}", "-c", "{dir}/nginx.conf", "-g", "daemon off;"]
FASTCGI = NGINX % ("include /etc/nginx/fastcgi_params; fastcgi_pass {fastcgi}; fastcgi_index index.php; "
                   "fastcgi_param SCRIPT_FILENAME {apps}/php$fastcgi_script_name; fastcgi_param ANSWER {answer};")
FPM = """[global]
error_log = {dir}/fpm.log
%s
[www]
user = www-data
group = www-data
listen = {fpm}
listen.owner = www-data
pm = static
pm.max_children = 12
"""
FPM_COMMAND = "php-fpm8.2 -F -y {dir}/fpm.conf"
APACHE = """ServerRoot /usr/lib/apache2
ServerName localhost
PidFile {dir}/apache.pid
DefaultRuntimeDir {dir}
ErrorLog {dir}/error.log
Listen {host}:{port}
User www-data
Group www-data
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
ProxyPass / http://127.0.0.1:{upstream}/
%s
"""
APACHE_COMMAND = "apache2 -DFOREGROUND -f {dir}/apache.conf"
HAPROXY = """global
  maxconn 1000
  %s
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend app
  bind {host}:{port}
  default_backend app
backend app
  server app 127.0.0.1:{upstream}
"""
HAPROXY_COMMAND = "haproxy -W -db -f {dir}/haproxy.cfg"
CADDY = """{{
  admin off
  auto_https off
  %s
}}
:{port} {{
  bind {host}
  reverse_proxy 127.0.0.1:{upstream}
}}
"""
CADDY_COMMAND = "caddy run --adapter caddyfile --config {dir}/Caddyfile"
CADDY_ENV = {"HOME": "{dir}"}
LIGHTTPD = """server.port = {port}
server.bind = "{host}"
server.document-root = "{dir}"
server.modules = ("mod_proxy")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))
%s
"""
LIGHTTPD_COMMAND = "lighttpd -D -f {dir}/lighttpd.conf"

TOMCAT = """<Server port="-1"><Service name="Catalina"%s>
  <Connector port="{port}" address="{host}" protocol="HTTP/1.1" connectionTimeout="20000"/>
  <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps" autoDeploy="false"/></Engine>
</Service></Server>
"""
TOMCAT_HOME = "{build}/apache-tomcat-10.1.59"
TOMCAT_FILES = {"conf/web.xml": "@" + TOMCAT_HOME + "/conf/web.xml", "webapps/ROOT/index.jsp": "@{apps}/jsp/index.jsp",
                "webapps/ROOT/brief.jsp": "@{apps}/jsp/brief.jsp",
                "webapps/ROOT/slow.jsp": "@{apps}/jsp/slow.jsp", "temp/none": "", "logs/none": "", "work/none": ""}
JETTY_HOME = "{build}/jetty-home-12.0.31"
JETTY_FILES = {"webapps/ROOT/index.jsp": "@{apps}/jsp/index.jsp", "webapps/ROOT/slow.jsp": "@{apps}/jsp/slow.jsp"}
JETTY = "java -jar " + JETTY_HOME + "/start.jar jetty.http.host={host} jetty.http.port={port}"
JETTY_SETUP = "java -jar " + JETTY_HOME + "/start.jar --add-modules=http,ee10-deploy,ee10-jsp"
SPRING = "java -jar {build}/spring-%s-%s/app-1.jar --server.address={host} --server.port={port}"
VERTX = "java -cp {build}/vertx/app-1.jar:{build}/vertx/lib/* app.App {host} {port}"
UNDERTOW = "java -cp {build}/undertow/app-1.jar:{build}/undertow/lib/* app.App {host} {port}"
ROUTE = " --spring.cloud.gateway.server.webflux.routes[0]."
GATEWAY = ("java -jar {build}/gateway/app-1.jar --server.address={host} --server.port={port}" + ROUTE + "id=app" + ROUTE +
           "uri=http://127.0.0.1:{upstream}" + ROUTE + "predicates[0]=Path=/**")
GRPC_JAVA = "java -cp {build}/grpc-java/app-1.jar:{build}/grpc-java/lib/* app.App {host} {port}"
PYTHON = {"PYTHONPATH": "{apps}/python", "PYTHONDONTWRITEBYTECODE": "1"}
GUNICORN = "{build}/py/bin/gunicorn -b {host}:{port} "
UVICORN = "{build}/py/bin/uvicorn fastapi_app:app --host {host} --port {port}"
NODE = {"NODE_PATH": "{build}/node/node_modules"}
PUMA = "puma -b tcp://{host}:{port} -t 0:16 {apps}/puma/config.ru"

ROWS = [
    row("nginx", "stopped with SIGTERM, as in an image of your own", [NGINX_COMMAND], "nginx",
        files={"nginx.conf": PROXIES}),
    row("nginx", "stopped with SIGQUIT, as the official image says", [NGINX_COMMAND], "nginx", ["SIGQUIT"],
        {"nginx.conf": PROXIES}, setting="`STOPSIGNAL SIGQUIT` in the Dockerfile"),
    row("Apache httpd", "stopped with SIGTERM, as in an image of your own", [APACHE_COMMAND], "apache",
        files={"apache.conf": APACHE % ""}),
    row("Apache httpd", "stopped with SIGWINCH, as the official image says", [APACHE_COMMAND], "apache", ["SIGWINCH"],
        {"apache.conf": APACHE % "GracefulShutdownTimeout 20"},
        setting="`STOPSIGNAL SIGWINCH` in the Dockerfile, `GracefulShutdownTimeout 20`"),
    row("HAProxy", "stopped with SIGTERM, as in an image of your own", [HAPROXY_COMMAND], "haproxy",
        files={"haproxy.cfg": HAPROXY % ""}),
    row("HAProxy", "stopped with SIGUSR1, as the official image says", [HAPROXY_COMMAND], "haproxy",
        ["SIGUSR1"], {"haproxy.cfg": HAPROXY % "hard-stop-after 20s"},
        setting="`STOPSIGNAL SIGUSR1` in the Dockerfile, `hard-stop-after 20s`"),
    row("Caddy", "as it ships", [CADDY_COMMAND], "caddy", files={"Caddyfile": CADDY % ""}, env=CADDY_ENV),
    row("Caddy", "with a limit", [CADDY_COMMAND], "caddy", files={"Caddyfile": CADDY % "grace_period 20s"},
        env=CADDY_ENV, setting="`grace_period 20s`"),
    row("lighttpd", "stopped with SIGTERM", [LIGHTTPD_COMMAND], "lighttpd", files={"lighttpd.conf": LIGHTTPD % ""}),
    row("lighttpd", "stopped with SIGINT", [LIGHTTPD_COMMAND], "lighttpd", ["SIGINT"],
        files={"lighttpd.conf": LIGHTTPD % 'server.feature-flags = ("server.graceful-shutdown-timeout" => 20)'},
        setting="`STOPSIGNAL SIGINT` in the Dockerfile, `server.graceful-shutdown-timeout` 20"),
    row("PHP-FPM behind nginx", "two containers, both stopped with SIGTERM", [NGINX_COMMAND, FPM_COMMAND], "php",
        files={"nginx.conf": FASTCGI, "fpm.conf": FPM % ""}, quick="/index.php", slow="/slow.php"),
    row("PHP-FPM behind nginx", "two containers, both stopped with SIGQUIT, as the official images say",
        [NGINX_COMMAND, FPM_COMMAND], "php", ["SIGQUIT", "SIGQUIT"],
        {"nginx.conf": FASTCGI, "fpm.conf": FPM % "process_control_timeout = 20"}, quick="/index.php", slow="/slow.php",
        setting="`STOPSIGNAL SIGQUIT` in both Dockerfiles, `process_control_timeout = 20`"),
    row("Tomcat", "as it ships", [TOMCAT_HOME + "/bin/catalina.sh run"], "tomcat",
        files=dict(TOMCAT_FILES, **{"conf/server.xml": TOMCAT % ""}), env={"CATALINA_BASE": "{dir}"}, slow="/slow.jsp"),
    row("Tomcat", "waits for requests", [TOMCAT_HOME + "/bin/catalina.sh run"], "tomcat",
        files=dict(TOMCAT_FILES, **{"conf/server.xml": TOMCAT % ' gracefulStopAwaitMillis="20000"'}),
        env={"CATALINA_BASE": "{dir}"}, slow="/slow.jsp",
        setting='`<Service gracefulStopAwaitMillis="20000">` in server.xml'),
    row("Jetty", "as it ships", [JETTY], "jetty", files=JETTY_FILES, slow="/slow.jsp", setup=JETTY_SETUP),
    row("Jetty", "with its module graceful", [JETTY + " jetty.server.stopTimeout=20000"], "jetty", files=JETTY_FILES,
        slow="/slow.jsp", setup=JETTY_SETUP + ",graceful",
        setting="`java -jar start.jar --add-modules=graceful`, `jetty.server.stopTimeout=20000`"),
    row("Spring Boot 3.3", "as it ships", [SPRING % ("3.3.13", "tomcat")], "spring33"),
    row("Spring Boot 3.3", "with graceful shutdown", [SPRING % ("3.3.13", "tomcat") + " --server.shutdown=graceful"],
        "spring33", setting="`server.shutdown=graceful`"),
    row("Spring Boot 3.5", "as it ships: on Tomcat, with graceful shutdown", [SPRING % ("3.5.16", "tomcat")],
        "spring35"),
    row("Spring Boot 3.5", "with graceful shutdown switched off",
        [SPRING % ("3.5.16", "tomcat") + " --server.shutdown=immediate"], "spring35",
        setting="`server.shutdown=immediate`"),
    row("Spring Boot 3.5", "on Jetty", [SPRING % ("3.5.16", "jetty")], "spring35jetty",
        setting="`spring-boot-starter-jetty` instead of Tomcat"),
    row("Spring Boot 3.5", "on Undertow", [SPRING % ("3.5.16", "undertow")], "spring35undertow"),
    row("Spring Boot 3.5", "WebFlux on Netty", [SPRING % ("3.5.16", "reactor-netty")], "spring35netty"),
    row("Spring Cloud Gateway", "as it ships: on Netty, with graceful shutdown", [GATEWAY], "gateway"),
    row("Undertow", "no code for SIGTERM", [UNDERTOW], "undertow"),
    row("Undertow", "a shutdown hook", [UNDERTOW + " graceful"], "undertow",
        setting="`Handlers.gracefulShutdown` around the handler, and a shutdown hook with its `shutdown()` and "
                "`awaitShutdown(20000)`"),
    row("Vert.x", "no code for SIGTERM", [VERTX], "vertx"),
    row("Vert.x", "a shutdown hook", [VERTX + " graceful"], "vertx",
        setting="a shutdown hook with `server.shutdown(20, SECONDS)`"),
    row("Node.js http", "no code for SIGTERM", ["node {apps}/node/http.js {host} {port}"], "node"),
    row("Node.js http", "closes on SIGTERM", ["node {apps}/node/http.js {host} {port} closes"], "node",
        setting='`process.on("SIGTERM", () => server.close())`'),
    row("Node.js http", "closes on SIGTERM, and says so to kept connections",
        ["node {apps}/node/http.js {host} {port} drains"], "node",
        setting="`server.close()` on SIGTERM, and from then on `Connection: close` in each answer"),
    row("Node.js in npm start", "closes on SIGTERM, and says so to kept connections", ["npm start"], "node",
        files={"package.json": '{{"scripts": {{"start": "node {apps}/node/http.js {host} {port} drains"}}}}'}),
    row("Node.js in npm start", "the same without npm", ["node {apps}/node/http.js {host} {port} drains"], "node",
        setting='`CMD ["node", "server.js"]` instead of `npm start`'),
    row("Express", "no code for SIGTERM", ["node {apps}/node/express.js {host} {port}"], "express",
        env=NODE),
    row("Express", "closes on SIGTERM", ["node {apps}/node/express.js {host} {port} closes"], "express", env=NODE,
        setting='`process.on("SIGTERM", () => server.close())`'),
    row("Express", "closes on SIGTERM, and says so to kept connections", ["node {apps}/node/express.js {host} {port} drains"],
        "express", env=NODE,
        setting="`server.close()` on SIGTERM, and from then on `Connection: close` in each answer"),
    row("gunicorn with Flask, threads", "as it ships", [GUNICORN + "-w 2 --threads 8 flask_app:app"], "flask",
        env=PYTHON),
    row("gunicorn with Django, workers", "as it ships", [GUNICORN + "-w 9 django_app:app"], "django", env=PYTHON),
    row("uvicorn with FastAPI", "as it ships", [UVICORN], "fastapi", env=PYTHON),
    row("uvicorn with FastAPI", "with a limit", [UVICORN + " --timeout-graceful-shutdown 20"], "fastapi", env=PYTHON,
        setting="`uvicorn --timeout-graceful-shutdown 20`"),
    row("Puma with Rack", "as it ships", [PUMA], "puma"),
    row("Go net/http", "no code for SIGTERM", ["{build}/go-app {host}:{port}"], "go"),
    row("Go net/http", "with Shutdown", ["{build}/go-app {host}:{port} graceful"], "go",
        setting="`http.Server.Shutdown` on SIGTERM"),
    row("Go in a shell script", "with Shutdown, started by a script", ["sh {dir}/start.sh"], "go",
        files={"start.sh": "{build}/go-app {host}:{port} graceful\n"}),
    row("Go in a shell script", "with Shutdown, started by a script with exec", ["sh {dir}/start.sh"], "go",
        files={"start.sh": "exec {build}/go-app {host}:{port} graceful\n"},
        setting="`exec` before the command in the script"),
    row("grpc-java", "no code for SIGTERM", [GRPC_JAVA], "grpcjava", quick="/app.App/Quick", slow="/app.App/Slow",
        client=GrpcClient),
    row("grpc-java", "a shutdown hook", [GRPC_JAVA + " graceful"], "grpcjava", quick="/app.App/Quick",
        slow="/app.App/Slow", client=GrpcClient,
        setting="a shutdown hook with `server.shutdown().awaitTermination(20, SECONDS)`"),
    row("grpc-go", "no code for SIGTERM", ["{build}/grpc-app {host}:{port}"], "grpc", quick="/app.App/Quick",
        slow="/app.App/Slow", client=GrpcClient),
    row("grpc-go", "with GracefulStop", ["{build}/grpc-app {host}:{port} graceful"], "grpc", quick="/app.App/Quick",
        slow="/app.App/Slow", client=GrpcClient, setting="`grpc.Server.GracefulStop` on SIGTERM"),
]
