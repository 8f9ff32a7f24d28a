#!/usr/bin/env python3
"""TLS: versions, ALPN, client certificates, what a failed handshake leaves in log and metrics."""

import os
import socket
import ssl
import subprocess
import tempfile
import time
import warnings

from harness import Certificates, Client, Results, Server, connect, run, tls_context

warnings.simplefilter("ignore", DeprecationWarning)  # old versions are asked for on purpose
FAILURES = 'evenkeel_tls_handshake_failures_total{reason="%s"}'


def handshake(server, context):
    """The negotiated (version, ALPN), or the error's name."""
    try:
        with connect(server, context) as sock:
            # In TLS 1.3 the server may still refuse after the client is content.
            sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if not sock.recv(1):
                return "closed"
            return sock.version(), sock.selected_alpn_protocol()
    except (ssl.SSLError, ConnectionError) as error:
        return type(error).__name__


def versioned(lowest, highest, **options):
    context = tls_context(**options)
    context.minimum_version, context.maximum_version = lowest, highest
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def test_versions(results):
    version = ssl.TLSVersion
    with Server() as server:
        results.equal("TLS 1.3", handshake(server, versioned(version.TLSv1_3, version.TLSv1_3)), ("TLSv1.3", "http/1.1"))
        results.equal("TLS 1.2", handshake(server, versioned(version.TLSv1_2, version.TLSv1_2)), ("TLSv1.2", "http/1.1"))
        for old in (version.TLSv1_1, version.TLSv1):
            got = handshake(server, versioned(old, old))
            results.check("%s is refused" % old.name, isinstance(got, str), got)
        cbc = versioned(version.TLSv1_2, version.TLSv1_2)
        cbc.set_ciphers("ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
        results.check("CBC ciphers are refused", isinstance(handshake(server, cbc), str))
        results.equal("old versions are counted", server.metric(FAILURES % "unsupported-version"), 2)
        results.equal("and the cipher", server.metric(FAILURES % "no-shared-cipher"), 1)


def test_alpn(results):
    with Server() as server:
        results.equal("h2 and http/1.1 offered", handshake(server, tls_context(alpn=("h2", "http/1.1"))),
                      ("TLSv1.3", "http/1.1"))
        results.equal("no ALPN", handshake(server, tls_context(alpn=())), ("TLSv1.3", None))
        got = handshake(server, tls_context(alpn=("h2",)))
        results.check("h2 alone is refused", isinstance(got, str), got)
        results.equal("and counted", server.metric(FAILURES % "no-shared-protocol"), 1)
        with connect(server, tls_context(alpn=())) as sock:
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
            results.check("HTTP/2 without ALPN gets a 400", sock.recv(100).startswith(b"HTTP/1.1 400 "))


def test_resumption(results):
    with Server() as server:
        for highest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = versioned(ssl.TLSVersion.TLSv1_2, highest)
            with connect(server, context) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
                sock.recv(1)
                session = sock.session
            again = socket.create_connection(("127.0.0.1", server.port), timeout=15)
            with context.wrap_socket(again, server_hostname="localhost", session=session) as sock:
                results.check("no session is resumed up to %s" % highest.name,
                              not sock.session_reused and not (session and session.has_ticket))


def test_failures(results):
    with Server("--threads=1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            results.equal("plain HTTP gets nothing", sock.recv(100), b"")
        with connect(server) as sock:
            # A record that cannot be read: its error must not be taken for the next connection's.
            socket.socket(fileno=os.dup(sock.fileno())).sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            results.equal("a broken record ends the connection", sock.recv(10), b"")
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        try:
            connect(server, ssl.create_default_context()).close()
        except ssl.SSLError:
            pass
        event = server.wait_for("TLS handshake failed")
        results.check("the log has reason and peer", event and event["reason"] == "not-tls" and
                      event["peer"] == "127.0.0.1" and event["level"] == "warning", event)
        time.sleep(0.2)  # at most one failure in 100 ms is logged
        socket.create_connection(("127.0.0.1", server.port)).close()
        event = server.wait_for("TLS handshake failed", 2)
        if event and event["reason"] == "rejected-by-peer":  # on a slow machine the connection before is told too
            event = server.wait_for("TLS handshake failed", 3)
        results.check("a connect without a byte is no warning", event and (event["reason"], event["level"]) == (
            "closed-by-peer", "info"), event)
        for _ in range(50):
            got = {name: server.metric(FAILURES % name) for name in ("not-tls", "closed-by-peer", "rejected-by-peer")}
            if all(got.values()) and got["closed-by-peer"] == 2:
                break
            time.sleep(0.1)
        results.equal("each reason is counted", got, {"not-tls": 1, "closed-by-peer": 2, "rejected-by-peer": 1})


def test_client_certificates(results):
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        ours, theirs = Certificates(folder), Certificates(other)
        certificate, key = ours.leaf()
        make_client_certificate(ours)
        make_client_certificate(theirs)
        with Server("--cert=%s" % certificate, "--key=%s" % key, "--client-ca=%s" % ours.ca,
                    self_signed=False) as server:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                for name, owner, good in (("no client certificate", None, False), ("a stranger's", theirs, False),
                                          ("the right one", ours, True)):
                    context = versioned(version, version, ca=ours.ca)
                    if owner:
                        context.load_cert_chain(owner.folder / "client.crt", owner.folder / "client.key")
                    got = handshake(server, context)
                    results.check("%s with %s" % (name, version.name), isinstance(got, tuple) == good, got)
            results.equal("refusals are counted", server.metric(FAILURES % "client-certificate"), 4)


def make_client_certificate(certificates):
    """With openssl: evenkeel makes serving certificates only, and its CAs allow no other names."""
    import subprocess
    folder = certificates.folder
    (folder / "client.cnf").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth\n")
    subprocess.run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key -out client.csr "
                   "-subj /CN=apiserver && openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -days 2 "
                   "-extfile client.cnf -out client.crt", shell=True, check=True, cwd=folder, capture_output=True)


def test_ca_folder(results):
    with tempfile.TemporaryDirectory() as folder:
        certificates = Certificates(folder)
        (certificates.folder / "tls.crt").symlink_to("ca.crt")
        (certificates.folder / "tls.key").symlink_to("ca.key")
        with Server("--ca=%s" % folder, "--dns-name=localhost", self_signed=False) as server:
            context = tls_context(certificates.ca)
            with Client(server, context) as client:
                client.connection.host = "localhost"
                results.equal("a leaf made from --ca is trusted by its CA", client.post()[0], 200)
            left = server.metric("evenkeel_certificate_not_after_timestamp_seconds") - time.time()
            results.check("and short-lived", 23 * 3600 < left <= 24 * 3600, left)
        done = run("serve", "--ca=%s" % folder, "--dns-name=example.com", "--listen=127.0.0.1:0",
                   "--admin-listen=127.0.0.1:0")
        results.check("a name that the CA does not permit: exit 2", done.returncode == 2 and
                      done.stderr.startswith("evenkeel: "), done.stderr)


def test_renegotiation(results):
    with Server() as server:
        client = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:%d" % server.port, "-tls1_2"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.5)
        client.stdin.write(b"R\n")
        client.stdin.flush()
        time.sleep(0.5)
        text = client.communicate(b"Q\n", timeout=15)[0].decode("utf-8", "replace")
        results.check("a client's renegotiation is refused", "RENEGOTIATING" in text and
                      ":error:" in text.partition("RENEGOTIATING")[2] and client.returncode != 0, text[-600:])
        with Client(server) as other:
            results.equal("others are answered", other.post()[0], 200)


Results().run(test_renegotiation, test_versions, test_alpn, test_resumption, test_failures, test_client_certificates, test_ca_folder)
