"""Does an instance answer? One call by each protocol: "ok", or what was wrong."""

import socket
import subprocess
import time

import measure
from grpc_client import OPTIONS


def by_http(port, path):
    client = measure.Client(port)
    said = client.get(path)
    client.close()
    return said


def by_http2(port, path):
    done = subprocess.run(["curl", "-s", "-f", "-o", "/dev/null", "-m", "5", "--http2-prior-knowledge",
                           "http://127.0.0.1:%d%s" % (port, path)], check=False)
    return "ok" if done.returncode == 0 else "curl: %d" % done.returncode


def by_grpc(port, path):
    import grpc  # only where its server is measured
    with grpc.insecure_channel("127.0.0.1:%d" % port, options=OPTIONS) as channel:
        try:
            channel.unary_unary(path)(b"", timeout=measure.PATIENCE)
            return "ok"
        except grpc.RpcError as error:
            return error.details()


def by_port(port, _path):
    """As a tcpSocket probe does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=measure.PATIENCE).close()
        return "ok"
    except OSError as error:
        return str(error)


BY = {"http": by_http, "h2": by_http2, "grpc": by_grpc, "dubbo": by_port}


def wait(server, ask, port, path):
    """Until it answers."""
    limit = time.monotonic() + measure.START
    while True:
        said = ask(port, path)
        if said == "ok":
            return
        if time.monotonic() > limit or any(process.poll() is not None for process in server.processes):
            raise RuntimeError("the server does not serve %s: %s; see %s" % (path, said, server.log.name))
        time.sleep(0.2)
