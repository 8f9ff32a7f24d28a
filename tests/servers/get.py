"""Gets the servers: Debian packages by .ci/packages, everything else below build/servers."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build/servers"
APPS = ROOT / "tests/servers/apps"
MAVEN = ["mvn", "-q", "-B"]


def run(*command, cwd=None, env=None):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, universal_newlines=True, cwd=cwd, timeout=900,
                          env=dict(os.environ, **(env or {})))
    if done.returncode:
        raise RuntimeError("%s: %s" % (" ".join(map(str, command)), done.stdout.strip()[-300:]))
    return done.stdout


def debian(*packages):
    run(ROOT / ".ci/packages", "measuring servers", *packages)


def pypi(*packages):
    if not (BUILD / "py/bin/python").exists():
        run(sys.executable, "-m", "venv", BUILD / "py")
    run(BUILD / "py/bin/pip", "install", "-q", *packages)


def express():
    if not (BUILD / "node/node_modules/express").exists():
        (BUILD / "node").mkdir(exist_ok=True)
        run("npm", "install", "--silent", "--prefix", BUILD / "node", "express")


def archive(artifact, folder):
    if not (BUILD / folder).exists():
        run(*MAVEN, "dependency:copy", "-Dartifact=%s:tar.gz" % artifact, "-DoutputDirectory=%s" % (BUILD / "mvn"))
        _, name, version = artifact.split(":")
        run("tar", "xzf", BUILD / "mvn" / ("%s-%s.tar.gz" % (name, version)), "-C", BUILD)


def is_built(made, sources, apps=APPS):
    """Whether it is there, and no older than its sources."""
    return made.exists() and made.stat().st_mtime > max(path.stat().st_mtime for path in (apps / sources).rglob("*"))


def spring(version, server="tomcat", web="web", source="main"):
    out = BUILD / ("spring-%s-%s" % (version, server))
    if not is_built(out / "app-1.jar", "spring"):
        run(*MAVEN, "-f", APPS / "spring/pom.xml", "-Dspring=" + version, "-Dserver=" + server, "-Dweb=" + web,
            "-Dsource=" + source, "-Dout=%s" % out, "package")


def gateway():
    out = BUILD / "gateway"
    if not is_built(out / "app-1.jar", "gateway"):
        run(*MAVEN, "-f", APPS / "gateway/pom.xml", "-Dout=%s" % out, "package")


def java(folder, apps=APPS, out=None):
    """An application and its libraries, as build/servers/FOLDER/app-1.jar and lib."""
    out = BUILD / (out or folder)
    if not is_built(out / "app-1.jar", folder, apps):
        run(*MAVEN, "-f", apps / folder / "pom.xml", "-Dout=%s" % out, "package", "dependency:copy-dependencies",
            "-DoutputDirectory=%s" % (out / "lib"))


def golang(folder, apps=APPS, out=None):
    out = BUILD / (out or folder + "-app")
    if not is_built(out, folder, apps):
        run("go", "build", "-o", out, ".", cwd=apps / folder, env={"CGO_ENABLED": "0"})


def grpc():
    golang("grpc")
    pypi("grpcio")


def grpc_java():
    java("grpc-java")
    pypi("grpcio")


def grpc_version():
    text = (APPS / "grpc/go.mod").read_text()
    return "grpc-go %s, its client grpcio for Python" % re.search(r"google.golang.org/grpc v([\d.]+)", text).group(1)


def pip_version(*packages):
    found = dict(line.lower().split("==") for line in run(BUILD / "py/bin/pip", "freeze").split())
    return ", ".join("%s %s" % (name, found[name.lower()]) for name in packages)


def said(pattern, *command):
    return re.search(pattern, run(*command)).group(1)


def fpm_version():
    return "PHP %s, nginx %s" % (said(r"PHP ([\d.]+)", "php-fpm8.2", "-v"), said(r"nginx/([\d.]+)", "nginx", "-v"))


def node_version():
    return "Node.js " + said(r"v([\d.]+)", "node", "--version")


def express_version():
    text = (BUILD / "node/node_modules/express/package.json").read_text()
    return "Express %s, %s" % (re.search(r'"version": "([^"]+)', text).group(1), node_version())


def library_version(folder, name):
    return re.search(name + r"-([\d.]+)(\.Final)?\.jar", " ".join(os.listdir(BUILD / folder / "lib"))).group(1)


JAVA = r'version "([^"]+)'


def java_version(name):
    return "%s, Java %s" % (name, said(JAVA, "java", "-version"))


# group: how it is got, and its version.
GROUPS = {
    "nginx": (lambda: debian("nginx"), lambda: "nginx " + said(r"nginx/([\d.]+)", "nginx", "-v")),
    "apache": (lambda: debian("apache2"), lambda: "Apache " + said(r"Apache/([\d.]+)", "apache2", "-v")),
    "haproxy": (lambda: debian("haproxy"), lambda: "HAProxy " + said(r"version ([\d.]+)", "haproxy", "-v")),
    "caddy": (lambda: debian("caddy"), lambda: "Caddy " + said(r"([\d.]+)", "caddy", "version")),
    "lighttpd": (lambda: debian("lighttpd"), lambda: "lighttpd " + said(r"lighttpd/([\d.]+)", "lighttpd", "-v")),
    "php": (lambda: debian("nginx", "php8.2-fpm"), fpm_version),
    "tomcat": (lambda: archive("org.apache.tomcat:tomcat:10.1.59", "apache-tomcat-10.1.59"),
               lambda: java_version("Tomcat 10.1.59")),
    "jetty": (lambda: archive("org.eclipse.jetty:jetty-home:12.0.31", "jetty-home-12.0.31"),
              lambda: java_version("Jetty 12.0.31")),
    "spring33": (lambda: spring("3.3.13"), lambda: java_version("Spring Boot 3.3.13")),
    "spring35": (lambda: spring("3.5.16"), lambda: java_version("Spring Boot 3.5.16")),
    "spring35jetty": (lambda: spring("3.5.16", "jetty"), lambda: java_version("Spring Boot 3.5.16 with Jetty")),
    "spring35undertow": (lambda: spring("3.5.16", "undertow"),
                         lambda: java_version("Spring Boot 3.5.16 with Undertow")),
    "spring35netty": (lambda: spring("3.5.16", "reactor-netty", "webflux", "reactive"),
                      lambda: java_version("Spring Boot 3.5.16 with WebFlux on Netty")),
    "gateway": (gateway, lambda: java_version("Spring Cloud Gateway 4.3.0, Spring Boot 3.5.16")),
    "undertow": (lambda: java("undertow"), lambda: java_version("Undertow " + library_version("undertow", "undertow-core"))),
    "grpcjava": (grpc_java, lambda: java_version("grpc-java " + library_version("grpc-java", "grpc-stub"))),
    "vertx": (lambda: java("vertx"), lambda: java_version("Vert.x " + library_version("vertx", "vertx-core"))),
    "node": (lambda: run("node", "--version"), node_version),
    "express": (express, express_version),
    "flask": (lambda: pypi("gunicorn", "flask"), lambda: pip_version("gunicorn", "Flask")),
    "django": (lambda: pypi("gunicorn", "django"), lambda: pip_version("gunicorn", "Django")),
    "fastapi": (lambda: pypi("uvicorn", "fastapi"), lambda: pip_version("uvicorn", "fastapi")),
    "puma": (lambda: debian("puma"), lambda: "Puma " + said(r"version ([\d.]+)", "puma", "--version")),
    "go": (lambda: golang("go"), lambda: said(r"(go[\d.]+)", "go", "version").replace("go", "Go ")),
    "grpc": (grpc, grpc_version),
}


def get(group):
    """(version, None), or (None, why it cannot be got)."""
    how, version = GROUPS[group]
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        how()
        return version(), None
    except (OSError, RuntimeError, AttributeError, KeyError, subprocess.TimeoutExpired) as error:
        return None, str(error)
