#!/usr/bin/env python3
"""What the release binary was hardened with, read from the binary itself by readelf and objdump."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "server"))
from harness import ROOT, Results

BINARY = os.environ.get("EVENKEEL", str(ROOT / "build/release/evenkeel"))
LIBRARY = Path(BINARY).parent / "libevenkeel.a"
# What the compiler must have been told for each of our files; gcc writes its options into the debug information.
FLAGS = ("-fPIE", "-fstack-protector-strong", "-fstack-clash-protection", "-ftrivial-auto-var-init=zero", "-O2")
# By target, what more it must have been told, and what it then notes in each object.
BRANCHES = {"X86-64": ("-fcf-protection=full", "x86 feature: IBT, SHSTK"),
            "AArch64": ("-mbranch-protection=standard", "AArch64 feature: BTI, PAC")}


def tool(*command):
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout


def target():
    machine = re.search(r"Machine: +(.*)", tool("readelf", "-hW", BINARY)).group(1)
    return next((name for name in BRANCHES if machine.endswith(name)), None)


def test_layout(results):
    header, segments = tool("readelf", "-hW", BINARY), tool("readelf", "-lW", BINARY)
    dynamic = tool("readelf", "-dW", BINARY)
    results.check("position-independent", "DYN (" in header and re.search(r"FLAGS_1.*\bPIE\b", dynamic), header, dynamic)
    results.check("relocations read-only", "GNU_RELRO" in segments, segments)
    results.check("and bound at the start", re.search(r"\(FLAGS\).*BIND_NOW", dynamic) and
                  re.search(r"FLAGS_1.*\bNOW\b", dynamic), dynamic)
    stack = re.search(r"GNU_STACK.*?(R?W?E?) +0x\w+$", segments, re.M)
    results.check("no executable stack", stack and stack.group(1) == "RW", segments)
    loads = re.findall(r"^ +LOAD(?: +0x\w+){5} +([RWE ]+?) +0x", segments, re.M)
    results.check("no segment both written and run", loads and not any("W" in load and "E" in load for load in loads), segments)
    results.check("no library path of its own", "RPATH" not in dynamic and "RUNPATH" not in dynamic, dynamic)
    results.check("no relocation in code", "TEXTREL" not in dynamic, dynamic)


def test_symbols(results):
    needed = set(re.findall(r" UND (\w+)", tool("readelf", "-W", "--dyn-syms", BINARY)))
    results.check("the stack protector", "__stack_chk_fail" in needed)
    checked = {name for name in needed if name.endswith("_chk")}
    results.check("checked copies and prints", {"__memcpy_chk", "__snprintf_chk", "__vsnprintf_chk", "__fprintf_chk"} <= checked, checked)
    # The plugin's commands and preview -k run kubectl, by execvp and posix_spawnp. The server's sandbox refuses programs:
    # tests/server/test_sandbox.py.
    unsafe = needed & {"gets", "strcpy", "strcat", "sprintf", "vsprintf", "scanf", "system", "popen", "tmpnam", "mktemp",
                       "dlopen", "alloca", "execve", "socketpair"}
    results.equal("nothing unbounded, no shell, no plug-ins", unsafe, set())


def test_options(results):
    units = set(re.findall(r"DW_AT_producer +:.*?(GNU C\S+ .*)", tool("readelf", "--debug-dump=info", BINARY)))
    ours = [unit for unit in units if unit.startswith("GNU C11")]
    # A static libh2o is in the binary too.
    if (Path(BINARY).parent / "h2o").exists() and ".a" in (Path(BINARY).parent / "h2o").read_text():
        units = {unit for unit in units if not unit.startswith("GNU C99")}
    wanted = FLAGS + BRANCHES[target()][:1] if target() else FLAGS
    results.check("compiled by gcc as gnu11", ours and len(ours) == len(units), units)
    for flag in wanted:
        results.check("every file with %s" % flag, ours and all(flag in unit.split() for unit in ours), ours)


def test_control_flow(results):
    if not target():
        results.skip("guarded branches", "not x86-64 and not arm64")
        return
    # Debian's own start files have no such notes, so the whole binary cannot have them: ours do.
    notes = tool("readelf", "-nW", LIBRARY)
    members = len(re.findall(r"^File: ", notes, re.M))
    marked = notes.count(BRANCHES[target()][1])
    results.check("every object is made for guarded branches", members == marked > 50, members, marked)
    if target() == "X86-64" == platform.machine().upper().replace("_", "-"):
        results.check("functions begin with endbr64",
                      tool("objdump", "-d", "--no-show-raw-insn", BINARY).count("endbr64") > 200)


if shutil.which("readelf") and Path(BINARY).exists():
    Results().run(test_layout, test_symbols, test_options, test_control_flow)
else:
    print("1..0 # SKIP no readelf, or no %s" % BINARY)
