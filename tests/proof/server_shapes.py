"""Real servers as shapes of the proof: `make proof FIELD=servers`. Each is a row of tests/servers/catalog.py, in an image of
its own, with no probe and no hook. Those of a group are rolled out together.

The images hold what this machine has: the files of Debian's packages, and what tests/servers/get.py puts into build/servers.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from catalog import ROWS, prepare, values
from get import APPS, BUILD, get
from images import FOLDER, archive_of, tree_layer
from shapes import PORT, Shape

# name: a row's server, and the first words of how it is stopped. Those of the second group start slowly.
GROUPS = [
    {"nginx": ("nginx", "stopped with SIGTERM"), "apache": ("Apache httpd", "stopped with SIGTERM"),
     "haproxy": ("HAProxy", "stopped with SIGTERM"), "caddy": ("Caddy", "as it ships"),
     "lighttpd": ("lighttpd", "stopped with SIGTERM"),
     "php": ("PHP-FPM behind nginx", "two containers, both stopped with SIGTERM"), "node": ("Node.js http", "no code"),
     "npm": ("Node.js in npm start", "closes on SIGTERM"), "express": ("Express", "no code"),
     "flask": ("gunicorn with Flask, threads", "as it ships"), "django": ("gunicorn with Django, workers", "as it ships"),
     "fastapi": ("uvicorn with FastAPI", "as it ships"), "puma": ("Puma with Rack", "as it ships"),
     "go": ("Go net/http", "no code"), "go-script": ("Go in a shell script", "with Shutdown, started by a script")},
    {"tomcat": ("Tomcat", "as it ships"), "jetty": ("Jetty", "as it ships"), "spring-33": ("Spring Boot 3.3", "as it ships"),
     "spring-35": ("Spring Boot 3.5", "as it ships"), "vertx": ("Vert.x", "no code"), "jetty-path": ("Jetty", "as it ships")},
    {"grpc-java": ("grpc-java", "no code"), "grpc-java-graceful": ("grpc-java", "a shutdown hook"),
     "grpc-go": ("grpc-go", "no code"), "grpc-go-graceful": ("grpc-go", "with GracefulStop")},
    {"nginx-quit": ("nginx", "stopped with SIGQUIT"), "apache-winch": ("Apache httpd", "stopped with SIGWINCH"),
     "node-drains": ("Node.js http", "closes on SIGTERM, and says"), "go-shutdown": ("Go net/http", "with Shutdown"),
     "spring-33-graceful": ("Spring Boot 3.3", "with graceful"), "tomcat-waits": ("Tomcat", "waits"),
     "spring-jetty": ("Spring Boot 3.5", "on Jetty")},
    {"spring-undertow": ("Spring Boot 3.5", "on Undertow"), "spring-netty": ("Spring Boot 3.5", "WebFlux")},
]
ANNOTATIONS = {"jetty-path": {"evenkeel.dev/readiness-path": "/"}}  # what else its author wrote
ALONE = {"Spring Cloud Gateway", "Undertow"}  # servers that are only measured one by one
RATE = 5  # requests a second in each mode
# A proxy answers by itself, as there is no application behind it: what stands in its file, and what takes its place.
ANSWERS = {
    "nginx.conf": ("proxy_pass http://127.0.0.1:{upstream};", "default_type text/plain; return 200 {answer};"),
    "apache.conf": ("ProxyPass / http://127.0.0.1:{upstream}/",
                    "LoadModule dir_module modules/mod_dir.so\nDirectoryIndex index.txt\nDocumentRoot {dir}"),
    "haproxy.cfg": ("  default_backend app", '  http-request return status 200 content-type text/plain string "{answer}"'),
    "Caddyfile": ("reverse_proxy 127.0.0.1:{upstream}", "respond {answer}"),
    "lighttpd.conf": ('proxy.server = ("" => (("host" => "127.0.0.1", "port" => {upstream})))',
                      'index-file.names = ("index.txt")'),
}
FILE = {"index.txt": "{answer}\n"}
FPM_PORT = 9000
DIR = "/srv/app"  # in an image
PACKAGES = ("nginx", "apache2", "haproxy", "caddy", "lighttpd", "php8.2-fpm", "puma", "nodejs", "openjdk-17-jre-headless", "python3",
            "dash", "coreutils", "base-files")
NOT_FOLLOWED = {"perl", "systemd", "dpkg", "debconf", "util-linux", "apache2-utils"}
NOT_COPIED = re.compile(r"/usr/share/(doc|man|locale|info|icons|lintian|bash-completion)/|/usr/include/|.*/jmods/|"
                        r".*/python3[.0-9]*/(test|idlelib|config-[^/]*)/|.*/build/servers/(mvn|runs|results.json)")
FILES = ("/tmp", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/ssl/certs/java/cacerts")


def row_of(name):
    server, how = next(group[name] for group in GROUPS if name in group)
    return next(row for row in ROWS if row.server == server and row.how.startswith(how))


def tag(name):
    return "evenkeel.test/servers/" + name


def shape_of(name):
    row, second = row_of(name), None
    if len(row.commands) > 1:
        second = {"name": "second", "image": tag(name) + ":1", "ports": [{"containerPort": FPM_PORT}],
                  "command": [word.format(**named(1)) for word in row.commands[1]]}
    annotations = ANNOTATIONS.get(name, {})
    title = ", with ".join(["%s: %s" % (row.server, row.how), *("`%s: %s`" % item for item in annotations.items())])
    return Shape(name, title, [], image=tag(name), replicas=2, second=second, rate=RATE, alone=True,
                 grpc=row.group.startswith("grpc"), annotations=annotations)


def groups_of(names=()):
    """The shapes of each group, of these names or all, and with each one web server that is not rolled out."""
    for number, group in enumerate(GROUPS, 1):
        shapes = [shape_of(name) for name in group if not names or name in names]
        if shapes:
            control = Shape("control-%d" % number, "not rolled out at all", ["--on-term=exit"], replicas=2, still=True, rate=RATE)
            yield [*shapes, control._replace(image=shapes[0].image, grpc=True) if shapes[0].grpc else control]


def named(version):
    return values(DIR, PORT, 9, "0.0.0.0", answer=version, fpm=FPM_PORT, fastcgi="127.0.0.1:%d" % FPM_PORT)


def answering(row):
    """The row with a proxy that answers."""
    files = {}
    for name, text in row.files.items():
        old, new = ANSWERS.get(name, ("", ""))
        files[name] = text.replace(old, new) if old else text
        if "{upstream}" in files[name] and name != "haproxy.cfg":
            raise RuntimeError("%s: it still asks an application" % name)
    return row._replace(files=dict(files, **FILE) if set(files) & set(ANSWERS) else files)


def own_layer(folder, name, version):
    """What the catalog writes into the server's folder."""
    folder = folder / ("%s-%d" % (name, version))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    prepare(answering(row_of(name)), folder, named(version))
    entries = {DIR: folder, **{DIR + "/" + str(path.relative_to(folder)): path for path in folder.rglob("*")}}
    for path in entries.values():
        os.utime(path, (0, 0))  # so that it is the same layer again
    return tree_layer(folder.parent / (folder.name + ".tar"), entries)


def settings(name, version, java):
    row = row_of(name)
    env = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "JAVA_HOME": java, "ANSWER": str(version),
           **{key: text.format(**named(version)) for key, text in row.env.items()}}
    made = {"Entrypoint": [word.format(**named(version)) for word in row.commands[0]], "WorkingDir": DIR,
            "Env": ["%s=%s" % item for item in env.items()]}
    return made if row.signals[0] == "SIGTERM" else dict(made, StopSignal=row.signals[0])


def names_of(groups):
    return [shape.name for shapes in groups for shape in shapes if not shape.still]


def fetch(groups):
    """Gets the servers; make_images() needs no network then."""
    for group in sorted({row_of(name).group for name in names_of(groups)}):
        version, problem = get(group)
        if problem:
            raise RuntimeError("%s: %s" % (group, problem))
        print("# %s" % version, flush=True)


def make_images(folder, groups):
    """One archive of two versions of each."""
    names = names_of(groups)
    base = tree_layer(FOLDER / "servers.base", machine_files())
    java = str(Path(shutil.which("java")).resolve().parent.parent)
    made = archive_of("servers", [("%s:%d" % (tag(name), version), [base, own_layer(folder, name, version)],
                                   settings(name, version, java)) for name in names for version in (1, 2)])
    for other in set(FOLDER.glob("servers-*.tar")) - {made}:  # each takes a gigabyte
        other.unlink()
    return made


def machine_files():
    """What all the servers need: {path in the image: path here}."""
    found = [*FILES, *packages_files(), *alternatives(), *python_files()]
    for folder in (BUILD, APPS, Path("/etc/php"), Path("/usr/lib/node_modules")):  # packages do not list all that is there
        found += [str(folder), *map(str, folder.rglob("*"))]
    # Where a folder of the path is a symlink, the path beyond it: so each file is there once.
    paths = {os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in found}
    return {path: path for path in paths if os.path.lexists(path) and not NOT_COPIED.match(path)}


def packages_files():
    fields = "\t".join(("${binary:Package}", "${Package}", "${Provides}", "${Depends}, ${Pre-Depends}\n"))
    done = subprocess.run(["dpkg-query", "--show", "--showformat=" + fields], stdout=subprocess.PIPE,
                          universal_newlines=True, check=True)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    needs = {package: words(depends) for _, package, _, depends in lines}
    provided = {name: package for _, package, provides, _ in lines for name in words(provides) if name not in needs}
    found, left = set(), list(PACKAGES)
    while left:
        package = left.pop()
        package = provided.get(package, package)
        if package in needs and package not in found and package not in NOT_FOLLOWED:
            found.add(package)
            left += needs[package]
    listed = subprocess.run(["dpkg", "--listfiles", *sorted(name for name, package, *_ in lines if package in found)],
                            stdout=subprocess.PIPE, universal_newlines=True, check=True)
    return [line for line in listed.stdout.splitlines() if line.startswith("/") and line != "/."]


def words(field):
    """The packages that a field of dpkg's names."""
    return re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]*)", field)


def alternatives():
    """Debian's symlinks to what it has several of, such as /usr/bin/java."""
    for folder in ("/usr/bin", "/usr/sbin"):
        for path in Path(folder).iterdir():
            if path.is_symlink() and os.readlink(path).startswith("/etc/alternatives/"):
                yield from (str(path), os.readlink(path))


def python_files():
    """The Python of build/servers/py, which need not be Debian's."""
    path = BUILD / "py/bin/python"
    while path.is_symlink():
        path = Path(os.path.normpath(path.parent / os.readlink(path)))
        yield str(path)
    done = subprocess.run([str(path), "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], stdout=subprocess.PIPE,
                          universal_newlines=True, check=True)
    for folder, _, files in os.walk(done.stdout.strip()):
        if "site-packages" not in folder:
            yield from (folder, *(os.path.join(folder, name) for name in files))
    yield from map(str, path.parent.parent.glob("lib/libpython*"))
