"""A gRPC client with the face of measure.Client: one channel to one address, so a channel that has lost it says so.

grpcio is in build/servers/py. The channel does not retry, but for calls that no server has begun, as it ships.
"""

import sys

import measure
from get import BUILD

sys.path.append(str(BUILD / ("py/lib/python%d.%d/site-packages" % sys.version_info[:2])))
OPTIONS = [("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]


class GrpcClient:
    says_close = False  # HTTP/2 says GOAWAY instead, and the channel is not ready from then on

    def __init__(self, port):
        self.target = "127.0.0.1:%d" % port
        self.socket = self.state = None

    def _see(self, state):
        self.state = state

    def get(self, path, takes=0.0):
        import grpc  # only where its server is measured
        if self.socket is None:
            self.socket = grpc.insecure_channel(self.target, options=OPTIONS)
            self.socket.subscribe(self._see, try_to_connect=True)
        try:
            self.socket.unary_unary(path)(b"", timeout=takes + measure.PATIENCE)
            return "ok"
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
                return "hung"
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                return "status " + error.code().name
            return "refused" if "refused" in error.details() else "closed"

    def is_closed(self):
        """Not ready: the channel has seen the end of its connection, or a GOAWAY, and would go to another address."""
        return self.socket is None or self.state is None or self.state.name != "READY"

    def close(self):
        if self.socket is not None:
            self.socket.unsubscribe(self._see)
            self.socket.close()
            self.socket = None
