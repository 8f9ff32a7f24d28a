#!/usr/bin/env python3
"""Drives `evenkeel certs` and has openssl(1) judge what it makes. TAP on stdout. The binary: $EVENKEEL_ASAN,
$EVENKEEL or build/asan/evenkeel."""

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("EVENKEEL_ASAN") or os.environ.get("EVENKEEL") or ROOT / "build/asan/evenkeel").resolve()
NAME = "evenkeel.shop.svc"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Failure(Exception):
    pass


def check(truth, *what):
    if not truth:
        raise Failure(" ".join(str(part) for part in what))


class Folder:
    """A folder of its own for one test, and the programs run in it."""

    def __init__(self, path):
        self.path = Path(path)

    def run(self, *command, stdin=b"", umask=None):
        before = os.umask(umask) if umask is not None else None
        try:
            ran = subprocess.run([str(part) for part in command], cwd=self.path, input=stdin, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=60, check=False)
        finally:
            if before is not None:
                os.umask(before)
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    def certs(self, *arguments, status=0, stdin=b"", umask=None):
        """Runs it, checks the status and the form of its errors; returns (stdout, stderr)."""
        code, out, err = self.run(BINARY, "certs", *arguments, stdin=stdin, umask=umask)
        check(code == status, "certs", *arguments, "ended with", code, "not", status, out, err)
        for line in err.splitlines():
            check(line.startswith("evenkeel: "), "not an error line:", line)
        check(bool(err) == (status != 0) or arguments[0] == "show", "stderr:", err)
        return out, err

    def openssl(self, *arguments, status=0):
        code, out, err = self.run("openssl", *arguments)
        check(code == status, "openssl", *arguments, "ended with", code, out, err)
        return out + err

    def text(self, name):
        return self.openssl("x509", "-in", name, "-noout", "-text")

    def read(self, name):
        return (self.path / name).read_bytes()

    def write(self, name, data):
        (self.path / name).write_bytes(data)

    def mode(self, name):
        return stat.S_IMODE((self.path / name).stat().st_mode)

    def files(self):
        return sorted(entry.name for entry in self.path.iterdir())

    def make(self):
        self.certs("ca", "--namespace=shop")
        self.certs("leaf", "--namespace=shop")

    def foreign(self, name, extensions, *more, subject="/CN=a b"):
        """A certificate that openssl signs with ca.key: what the tool itself refuses to make."""
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     name + ".key", "-subj", subject, "-out", name + ".csr")
        self.write(name + ".ext", extensions.encode())
        self.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "3",
                     "-extfile", name + ".ext", "-out", name + ".crt", *more)


SERVES = "extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n"


@test
def ca_says_what_it_may_sign(folder):
    out, _ = folder.certs("ca", "--namespace=shop")
    check("evenkeel.shop.svc evenkeel.shop.svc.cluster.local" in out, out)
    text = folder.text("ca.crt")
    for pattern in (r"X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0",
                    r"X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n",
                    r"X509v3 Name Constraints: critical\s+Permitted:\s+DNS:evenkeel.shop.svc\s+"
                    r"DNS:evenkeel.shop.svc.cluster.local\s+Excluded:\s+IP:0.0.0.0/0.0.0.0\s+IP:0:0:0:0:0:0:0:0/0",
                    r"X509v3 Subject Key Identifier:", r"NIST CURVE: P-256", r"ecdsa-with-SHA256"):
        check(re.search(pattern, text), pattern, "is not in", text)
    days = [folder.openssl("x509", "-in", "ca.crt", "-noout", "-checkend", str(day * 86400), status=status)
            for day, status in ((3649, 0), (3651, 1))]
    check(len(days) == 2)


@test
def leaf_is_accepted_by_openssl_strictly(folder):
    folder.make()
    text = folder.text("tls.crt")
    for pattern in (r"X509v3 Extended Key Usage:\s+TLS Web Server Authentication\n", r"X509v3 Authority Key Identifier",
                    r"X509v3 Subject Alternative Name:\s+DNS:evenkeel.shop.svc, DNS:evenkeel.shop.svc.cluster.local\n",
                    r"X509v3 Basic Constraints: critical\s+CA:FALSE"):
        check(re.search(pattern, text), pattern, "is not in", text)
    folder.openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", NAME, "-CAfile", "ca.crt",
                   "tls.crt")
    folder.openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", "ca.crt", "ca.crt")
    public = [folder.openssl("pkey", "-in", "tls.key", "-pubout"),
              folder.openssl("x509", "-in", "tls.crt", "-noout", "-pubkey")]
    check(public[0] == public[1], "the key is not the certificate's")


@test
def leaf_with_addresses(folder):
    names = ("--name=localhost", "--name=127.0.0.1", "--name=::1")
    folder.certs("ca", *names)
    folder.certs("leaf", *names)
    for option, name in (("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")):
        folder.openssl("verify", "-x509_strict", "-purpose", "sslserver", option, name, "-CAfile", "ca.crt", "tls.crt")
    folder.certs("verify", "--bundle=ca.crt", *names)


@test
def leaf_beyond_the_constraints_is_refused(folder):
    folder.make()
    for name in ("evenkeel.other.svc", "10.0.0.1", "fd00::1"):
        _, err = folder.certs("leaf", "--name=" + name, "--cert-out=x.crt", "--key-out=x.key", status=2)
        check("the CA cannot vouch for %s: " % name in err and "subtree violation" in err, err)
    check("x.crt" not in folder.files() and "x.key" not in folder.files(), folder.files())


@test
def leaf_needs_a_ca_with_its_key(folder):
    folder.make()
    _, err = folder.certs("leaf", "--namespace=shop", "--ca-cert=tls.crt", "--ca-key=tls.key", "--force", status=2)
    check("not a CA's" in err, err)
    _, err = folder.certs("leaf", "--namespace=shop", "--ca-key=tls.key", "--force", status=2)
    check(err.startswith("evenkeel: tls.key: the key is not the certificate's"), err)


@test
def keys_are_their_owners_alone(folder):
    folder.certs("ca", "--namespace=shop", umask=0)
    folder.certs("leaf", "--namespace=shop", umask=0)
    check(folder.mode("ca.key") == folder.mode("tls.key") == 0o600, oct(folder.mode("ca.key")))
    check(folder.mode("ca.crt") == 0o644, oct(folder.mode("ca.crt")))
    check(folder.files() == ["ca.crt", "ca.key", "tls.crt", "tls.key"], folder.files())
    folder.certs("ca", "--namespace=shop", "--force", "--cert-out=ca.crt", umask=0o077)
    check(folder.mode("ca.crt") == 0o600, "the umask was not heeded")


@test
def nothing_is_overwritten_unasked(folder):
    folder.make()
    before = {name: folder.read(name) for name in folder.files()}
    for command, file in (("ca", "ca.key"), ("leaf", "tls.key")):
        _, err = folder.certs(command, "--namespace=shop", status=2)
        check(err == "evenkeel: %s: it exists already; --force replaces it\n" % file, err)
    check({name: folder.read(name) for name in folder.files()} == before, "a file changed")
    (folder.path / "tls.key").unlink()
    _, err = folder.certs("leaf", "--namespace=shop", status=2)
    check(err.startswith("evenkeel: tls.crt: it exists already"), err)
    check(folder.files() == ["ca.crt", "ca.key", "tls.crt"], "a key without its certificate:", folder.files())
    check(folder.read("tls.crt") == before["tls.crt"], "tls.crt changed")


@test
def force_replaces_and_tightens(folder):
    folder.make()
    before = folder.read("tls.key")
    os.chmod(folder.path / "tls.key", 0o644)
    folder.certs("leaf", "--namespace=shop", "--force")
    check(folder.read("tls.key") != before, "not replaced")
    check(folder.mode("tls.key") == 0o600, oct(folder.mode("tls.key")))
    folder.certs("verify", "--bundle=ca.crt", "--key=tls.key", "--namespace=shop")


@test
def a_link_is_not_followed(folder):
    folder.make()
    folder.write("target", b"keep")
    (folder.path / "tls.key").unlink()
    (folder.path / "tls.key").symlink_to("target")
    folder.certs("leaf", "--namespace=shop", "--cert-out=x.crt", status=2)
    folder.certs("leaf", "--namespace=shop", "--cert-out=x.crt", "--force")
    check(folder.read("target") == b"keep", "the link's target was written")
    check(not (folder.path / "tls.key").is_symlink() and folder.mode("tls.key") == 0o600)


@test
def standard_output_only_when_asked(folder):
    out, _ = folder.certs("ca", "--namespace=shop")
    check("PRIVATE KEY" not in out, out)
    out, _ = folder.certs("leaf", "--namespace=shop", "--cert-out=-")
    check(out.startswith("-----BEGIN CERTIFICATE-----") and "PRIVATE KEY" not in out, out)
    check("tls.crt" not in folder.files() and "tls.key" in folder.files(), folder.files())
    out, _ = folder.certs("leaf", "--namespace=shop", "--key-out=-")
    check(out.startswith("-----BEGIN PRIVATE KEY-----"), out)
    out, _ = folder.certs("leaf", "--namespace=shop", "--key-out=-", "--cert-out=-")
    check("PRIVATE KEY" in out and "BEGIN CERTIFICATE" in out, out)


@test
def output_that_cannot_be_written(folder):
    folder.certs("ca", "--namespace=shop")
    _, err = folder.certs("leaf", "--namespace=shop", "--key-out=no/tls.key", status=2)
    check("No such file or directory" in err, err)
    check(folder.files() == ["ca.crt", "ca.key"], folder.files())
    _, err = folder.certs("leaf", "--namespace=shop", "--cert-out=x", "--key-out=x", status=2)
    check("two outputs cannot be one file" in err, err)
    check(folder.files() == ["ca.crt", "ca.key"], folder.files())


@test
def show_prints_what_openssl_prints(folder):
    folder.make()
    out, _ = folder.certs("show", "tls.crt", "ca.crt", "--key=tls.key", status=2)
    out, _ = folder.certs("show", "--key=tls.key", "tls.crt")
    check("tls.key: the key belongs to tls.crt" in out, out)
    fingerprint = folder.openssl("x509", "-in", "tls.crt", "-noout", "-fingerprint", "-sha256").split("=")[1].strip()
    serial = folder.openssl("x509", "-in", "tls.crt", "-noout", "-serial").split("=")[1].strip()
    check(fingerprint in out and "serial      " + serial in out, out)
    # A second may have begun since the certificate was made: then a day less is left.
    check(re.search(r"not after   \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(36[45] days left\)", out), out)
    check("DNS:evenkeel.shop.svc, DNS:evenkeel.shop.svc.cluster.local" in out, out)
    out, _ = folder.certs("show", "ca.crt")
    check("permits     DNS:evenkeel.shop.svc, DNS:" in out and "excludes    IP:0.0.0.0/0, IP:::/0" in out, out)


@test
def show_finds_dates_and_foreign_keys(folder):
    folder.make()
    for when, word in (("2001-01-01T00:00:00Z", "NOT YET VALID"), ("2120-01-01T00:00:00Z", "EXPIRED")):
        out, _ = folder.certs("show", "--at", when, "tls.crt", status=1)
        check(word in out, out)
    _, err = folder.certs("show", "--key=ca.key", "tls.crt", status=1)
    check(err.startswith("evenkeel: ca.key: the key is not the certificate's"), err)
    both = folder.read("tls.crt") + folder.read("ca.crt")
    out, _ = folder.certs("show", "-", stdin=both)
    check("-: certificate 2 of 2" in out, out)


@test
def show_reads_hostile_text_safely(folder):
    folder.make()
    folder.foreign("odd", "subjectAltName=DNS:evenkeel.shop.svc\n" + SERVES, subject="/CN=a\x1b[31mred")
    out, _ = folder.certs("show", "odd.crt")
    check("\x1b" not in out and "red" in out, repr(out))


@test
def verify_tells_a_stale_bundle(folder):
    folder.make()
    out, _ = folder.certs("verify", "--bundle=ca.crt", "--namespace=shop")
    check(re.match(r"tls.crt: chains to ca.crt for evenkeel.shop.svc until \S+Z \(36[45] days left\)\n$", out), out)
    folder.certs("ca", "--namespace=shop", "--cert-out=new.crt", "--key-out=new.key")
    out, err = folder.certs("verify", "--bundle=new.crt", "--namespace=shop", status=1)
    check(out == "" and "does not chain to new.crt for evenkeel.shop.svc: unable to get local issuer certificate" in err,
          err)
    folder.write("both.crt", folder.read("ca.crt") + folder.read("new.crt"))
    folder.certs("verify", "--bundle=both.crt", "--namespace=shop")
    folder.certs("leaf", "--namespace=shop", "--ca-cert=new.crt", "--ca-key=new.key", "--force")
    folder.certs("verify", "--bundle=both.crt", "--namespace=shop")
    folder.certs("verify", "--bundle=ca.crt", "--namespace=shop", status=1)


@test
def verify_takes_a_bundle_in_base64(folder):
    folder.make()
    encoded = base64.b64encode(folder.read("ca.crt"))
    folder.certs("verify", "--bundle=-", "--namespace=shop", stdin=encoded)
    folder.certs("verify", "--bundle=-", "--namespace=shop", stdin=base64.encodebytes(folder.read("ca.crt")))
    _, err = folder.certs("verify", "--bundle=-", "--namespace=shop", stdin=encoded[:200], status=2)
    check("the PEM block after certificate 0 is damaged" in err, err)
    _, err = folder.certs("verify", "--bundle=-", "--namespace=shop", stdin=b"bm90aGluZw==", status=2)
    check("there is no certificate" in err, err)


@test
def verify_gives_the_reason(folder):
    folder.make()
    for arguments, reason in (
            (("--namespace=other",), "hostname mismatch: it is for DNS:evenkeel.shop.svc, DNS:"),
            (("--namespace=shop", "--at=2120-01-01T00:00:00Z"), "certificate has expired"),
            (("--namespace=shop", "--at=2001-01-01T00:00:00Z"), "certificate is not yet valid")):
        _, err = folder.certs("verify", "--bundle=ca.crt", *arguments, status=1)
        check(reason in err, err)
    folder.foreign("beyond", "subjectAltName=DNS:evenkeel.other.svc\n" + SERVES)
    _, err = folder.certs("verify", "--cert=beyond.crt", "--bundle=ca.crt", "--namespace=other", status=1)
    check("permitted subtree violation" in err, err)
    folder.foreign("address", "subjectAltName=DNS:evenkeel.shop.svc,IP:10.0.0.1\n" + SERVES)
    _, err = folder.certs("verify", "--cert=address.crt", "--bundle=ca.crt", "--namespace=shop", status=1)
    check("excluded subtree violation" in err, err)


@test
def verify_judges_as_go_does(folder):
    folder.make()
    folder.foreign("client", "subjectAltName=DNS:evenkeel.shop.svc\nextendedKeyUsage=clientAuth\n")
    _, err = folder.certs("verify", "--cert=client.crt", "--bundle=ca.crt", "--namespace=shop", status=1)
    check("purpose" in err, err)
    folder.foreign("subject", SERVES, subject="/CN=" + NAME)
    _, err = folder.certs("verify", "--cert=subject.crt", "--bundle=ca.crt", "--namespace=shop", status=1)
    check("it is for no name at all" in err, err)
    folder.foreign("weak", "subjectAltName=DNS:evenkeel.shop.svc\n" + SERVES, "-sha1")
    _, err = folder.certs("verify", "--cert=weak.crt", "--bundle=ca.crt", "--namespace=shop", status=1)
    check("too weak" in err, err)
    folder.foreign("plain", "subjectAltName=DNS:evenkeel.shop.svc\n")
    folder.certs("verify", "--cert=plain.crt", "--bundle=ca.crt", "--namespace=shop")


@test
def verify_of_a_ca_signs_a_leaf_as_serve_does(folder):
    folder.make()
    out, _ = folder.certs("verify", "--cert=ca.crt", "--key=ca.key", "--bundle=ca.crt", "--namespace=shop")
    check("for evenkeel.shop.svc" in out and "hours left" in out, out)
    _, err = folder.certs("verify", "--cert=ca.crt", "--key=ca.key", "--bundle=ca.crt", "--namespace=other", status=1)
    check("cannot vouch for evenkeel.other.svc" in err, err)
    folder.certs("ca", "--namespace=shop", "--cert-out=new.crt", "--key-out=new.key")
    folder.certs("verify", "--cert=ca.crt", "--key=ca.key", "--bundle=new.crt", "--namespace=shop", status=1)


@test
def verify_of_a_ca_alone_judges_it_as_what_is_served(folder):
    """openssl req -x509 makes a CA without names: no API server calls a server that sends one."""
    folder.make()
    _, err = folder.certs("verify", "--cert=ca.crt", "--bundle=ca.crt", "--namespace=shop", status=1)
    check("it is for no name at all" in err, err)


@test
def an_intermediate_ca_sends_its_chain(folder):
    folder.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                   "-subj", "/CN=the root", "-days", "9", "-out", "ca.crt", "-addext", "keyUsage=critical,keyCertSign")
    folder.foreign("middle", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n"
                   "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n", subject="/CN=the middle")
    folder.certs("leaf", "--namespace=shop", "--ca-cert=middle.crt", "--ca-key=middle.key")
    out, _ = folder.certs("show", "tls.crt")
    check("certificate 2 of 2" in out and "subject     CN=the middle" in out, out)
    folder.certs("verify", "--bundle=ca.crt", "--namespace=shop")
    folder.certs("verify", "--bundle=middle.crt", "--namespace=shop")
    folder.openssl("verify", "-x509_strict", "-CAfile", "ca.crt", "-untrusted", "tls.crt", "tls.crt")
    check(re.search(r"not after   \S+ \(2 days left\)|not after   \S+ \(3 days left\)", out), "outlives its CA:", out)


def document_values(document):
    return dict(re.findall(r"^ *(?:- )?([\w.]+): \"?([^\"\n]+)\"?$", document, re.MULTILINE))


@test
def manifests_hold_the_files(folder):
    folder.make()
    out, _ = folder.certs("manifests", "--cert=tls.crt", "--key=tls.key", "--bundle=ca.crt", "--namespace=shop",
                          "--webhook=workloads.evenkeel.dev", "--webhook=batches.evenkeel.dev")
    secret, patch = out.split("---\n")
    values = document_values(secret)
    check((values["kind"], values["type"], values["name"], values["namespace"]) ==
          ("Secret", "kubernetes.io/tls", "evenkeel-tls", "shop"), secret)
    for key, file in (("tls.crt", "tls.crt"), ("tls.key", "tls.key"), ("ca.crt", "ca.crt")):
        check(base64.b64decode(values[key], validate=True) == folder.read(file), key, "is not", file)
    check("kind: MutatingWebhookConfiguration\nmetadata:\n  name: \"evenkeel\"\nwebhooks:\n" in patch, patch)
    found = re.findall(r'  - name: "([\w.]+)"\n    clientConfig:\n      caBundle: (\S+)\n', patch)
    check([name for name, _ in found] == ["workloads.evenkeel.dev", "batches.evenkeel.dev"], patch)
    check(all(base64.b64decode(bundle, validate=True) == folder.read("ca.crt") for _, bundle in found), patch)


@test
def manifests_of_a_ca_and_of_a_bundle_alone(folder):
    folder.make()
    out, _ = folder.certs("manifests", "--cert=ca.crt", "--key=ca.key", "--bundle=ca.crt", "--namespace=shop",
                          "--secret=evenkeel-ca")
    check("MutatingWebhookConfiguration" not in out and 'name: "evenkeel-ca"' in out, out)
    folder.certs("ca", "--namespace=shop", "--cert-out=new.crt", "--key-out=new.key")
    both = folder.read("ca.crt") + b"# a note\n" + folder.read("new.crt")
    out, _ = folder.certs("manifests", "--bundle=-", "--webhook=w", "--configuration=mine", stdin=both)
    check("Secret" not in out and 'name: "mine"' in out, out)
    bundle = base64.b64decode(document_values(out)["caBundle"])
    check(bundle == folder.read("ca.crt") + folder.read("new.crt"), bundle)


@test
def manifests_refuse_what_would_not_work(folder):
    folder.make()
    folder.certs("ca", "--namespace=shop", "--cert-out=new.crt", "--key-out=new.key")
    pair = ("--cert=tls.crt", "--key=tls.key", "--namespace=shop")
    out, err = folder.certs("manifests", *pair, "--bundle=new.crt", status=1)
    check(out == "" and "does not chain to new.crt for evenkeel.shop.svc" in err, out, err)
    out, err = folder.certs("manifests", "--cert=tls.crt", "--key=ca.key", "--namespace=shop", status=2)
    check(out == "" and "the key is not the certificate's" in err, err)
    out, err = folder.certs("manifests", "--bundle=ca.key", "--webhook=w", status=2)
    check(out == "" and "private key" in err, err)
    for arguments in (("--cert=tls.crt",), (), ("--webhook=w",), ("--cert=tls.crt", "--key=tls.key"),
                      pair + ("--secret=A b",), ("--bundle=ca.crt", '--webhook=w"\nx: "y')):
        out, _ = folder.certs("manifests", *arguments, status=2)
        check(out == "", out)


@test
def options_in_gnu_style(folder):
    for command in ("ca", "leaf", "show", "verify", "manifests"):
        out, _ = folder.certs(command, "--help")
        check(out.startswith("usage: evenkeel certs %s [OPTION]..." % command), out)
        _, err = folder.certs(command, "--bogus", status=2)
        check('"--bogus"' in err and err.count("\n") == 1, err)
        folder.certs(command, "-x", status=2)
    folder.certs("--help")
    for arguments in (("bogus",), ("ca",), ("ca", "--name"), ("ca", "--days=0", "--name=a"), ("ca", "--name=*.a"),
                      ("ca", "--days=36501", "--name=a"), ("ca", "--days=1x", "--name=a"), ("ca", "--name=A"),
                      ("ca", "--force=1", "--name=a"), ("ca", "extra", "--name=a"), ("ca", "--namespace=a b"),
                      ("ca", *["--name=a"] * 33), ("show",), ("show", "--at=yesterday", "x"), ("show", "absent"),
                      ("show", "."), ("verify", "--name=a"), ("verify", "--bundle=x"), ("ca", "--cert-out=", "--name=a"),
                      ("verify", "--cert=-", "--bundle=-", "--name=a")):
        out, err = folder.certs(*arguments, status=2)
        check(out == "" and err.count("\n") == 1, arguments, out, err)
    check(folder.files() == [], folder.files())


@test
def full_output_is_an_error(folder):
    folder.make()
    with open("/dev/full", "wb") as full:
        ran = subprocess.run([str(BINARY), "certs", "show", "tls.crt"], cwd=folder.path, stdout=full,
                             stderr=subprocess.PIPE, check=False)
    check(ran.returncode == 2 and b"standard output: No space left on device" in ran.stderr, ran)


@test
def files_too_large_or_strange(folder):
    folder.make()
    folder.write("large", b"x" * (1024 * 1024 + 1))
    _, err = folder.certs("show", "large", status=2)
    check("large: larger than 1048576 bytes" in err, err)
    folder.write("empty", b"")
    _, err = folder.certs("show", "empty", status=2)
    check("empty: there is no certificate" in err, err)
    folder.write("cut", folder.read("tls.crt")[:-40])
    folder.certs("show", "cut", status=2)
    folder.openssl("pkey", "-in", "tls.key", "-aes128", "-passout", "pass:x", "-out", "locked")
    _, err = folder.certs("verify", "--key=locked", "--bundle=ca.crt", "--namespace=shop", status=2)
    check("locked: the key is encrypted" in err, err)


def main():
    if not BINARY.exists() or not shutil.which("openssl"):
        print("1..0 # SKIP %s" % ("openssl(1) is not installed" if BINARY.exists() else "%s is not built" % BINARY))
        return 0
    print("1..%d" % len(TESTS))
    failed = 0
    for number, function in enumerate(TESTS, 1):
        name = function.__name__.replace("_", " ")
        try:
            with tempfile.TemporaryDirectory() as path:
                function(Folder(path))
            print("ok %d - %s" % (number, name), flush=True)
        except (Failure, OSError, subprocess.SubprocessError, KeyError) as failure:
            failed += 1
            print("not ok %d - %s" % (number, name))
            print("# " + str(failure).replace("\n", "\n# "), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
