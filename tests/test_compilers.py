#!/usr/bin/env python3
"""What the Makefile tells compilers of several names, and what becomes of the caller's CPPFLAGS, CFLAGS and LDFLAGS.
Nothing is compiled: make prints its commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "server"))
from harness import ROOT, Results

ENV = {key: value for key, value in os.environ.items()
       if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "CI", "CC", "CPPFLAGS", "CFLAGS", "LDFLAGS")}
OBJECT = "build/release/webhook/main.o"
COMPILERS = ("gcc", "cc", "gcc-12", "gcc-13", "gcc-14", "clang", "clang-14", "clang-16", "clang-19",
             "aarch64-linux-gnu-gcc", "x86_64-linux-gnu-gcc")
BRANCHES = {"x86_64": "-fcf-protection=full", "i686": "-fcf-protection=full", "aarch64": "-mbranch-protection=standard"}


def make(*arguments, **more):
    return subprocess.run(["make", "--no-print-directory", "--dry-run", "--always-make", "V=1", *arguments], cwd=ROOT,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                          env=dict(ENV, **more))


def command(target, *arguments, **more):
    """The words of make's last command, which makes the target."""
    ran = make(target, *arguments, **more)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip().splitlines()[-1].split()


def test_every_compiler_hardens(results):
    for name in COMPILERS:
        if not shutil.which(name):
            continue
        machine = subprocess.run([name, "-dumpmachine"], stdout=subprocess.PIPE, universal_newlines=True).stdout
        wanted = {"-ftrivial-auto-var-init=zero", "-fstack-protector-strong", "-fPIE", "-fstack-clash-protection",
                  BRANCHES.get(machine.split("-")[0], "-fPIE")}
        words = command(OBJECT, "CC=" + name)
        results.equal("%s has every hardening option of its target" % name, wanted - set(words), set())
        results.equal("%s has no other target's" % name, set(BRANCHES.values()) & set(words) - wanted, set())


def test_flags_are_the_callers(results):
    for how, words in (("command line", command(OBJECT, "CFLAGS=-O3", "CPPFLAGS=-DMINE")),
                       ("environment", command(OBJECT, CFLAGS="-O3", CPPFLAGS="-DMINE"))):
        results.check("CFLAGS in the %s come after evenkeel's" % how,
                      "-O2" in words and words.index("-O3") > words.index("-O2"), words)
        results.check("CPPFLAGS in the %s take nothing away" % how,
                      {"-DMINE", "-D_GNU_SOURCE", "-Iwebhook", "-std=gnu11"} <= set(words), words)
    words = command("build/release/evenkeel", "LDFLAGS=-L/mine")
    results.check("LDFLAGS take nothing away", {"-L/mine", "-pie", "-Wl,-z,relro,-z,now"} <= set(words), words)


def test_what_cannot_work_is_refused(results):
    # -m32 is x86's; for others the macro by which 64 bits are known.
    narrow = "CFLAGS=-m32" if os.uname().machine == "x86_64" else "CFLAGS=-U__LP64__"
    ran = make(OBJECT, narrow)
    results.check("32 bits are refused, in one sentence", ran.returncode == 2 and
                  "evenkeel needs a target with 64 bits" in ran.stderr and len(ran.stderr.splitlines()) == 1, ran.stderr)
    results.check("nothing is said without a compiler, which deps-build may bring",
                  not make("help", "CC=no-such-compiler").stderr)


Results().run(test_every_compiler_hardens, test_flags_are_the_callers, test_what_cannot_work_is_refused)
