#!/usr/bin/env python3
"""The test runner itself: what it must count as a failure, so that no broken test program passes unseen."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUN = Path(__file__).resolve().parent / "run"

# name, shell program, time limit, (passed, failed, skipped), exit status, text in the output
CASES = [
    ("passes", "echo 1..2; echo ok 1 - a; echo ok 2 - b", 60, (2, 0, 0), 0, ""),
    ("figures are shown", "echo 1..1; echo '# 12 us'; echo ok 1 - a", 60, (1, 0, 0), 0, "# 12 us"),
    ("a failing test", "echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1", 60, (1, 1, 0), 1, "not ok 2 - b"),
    ("a failing test with exit status 0", "echo 1..1; echo not ok 1 - b", 60, (0, 1, 0), 1, "not ok 1 - b"),
    ("no output", "exit 0", 60, (0, 1, 0), 1, "no test result"),
    ("no plan", "echo ok 1 - a", 60, (1, 1, 0), 1, "no plan"),
    ("fewer than planned", "echo 1..3; echo ok 1 - a", 60, (1, 1, 0), 1, "planned 3 tests, ran 1"),
    ("exit status without a failed test", "echo 1..1; echo ok 1 - a; exit 3", 60, (1, 1, 0), 1, "exit status 3"),
    ("a crash after its last test", "echo 1..1; echo ok 1 - a; kill -SEGV $$", 60, (1, 1, 0), 1, "SIGSEGV"),
    ("too slow", "echo 1..1; echo ok 1 - a; sleep 60", 0.3, (1, 1, 0), 1, "still running"),
    ("bails out", "echo 1..1; echo 'Bail out! no disk'", 60, (0, 1, 0), 1, "no disk"),
    ("stderr of a failure is shown", "echo 1..1; echo why >&2; echo not ok 1 - a", 60, (0, 1, 0), 1, "why"),
    ("one test skipped", "echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no x'", 60, (1, 0, 1), 0, "no x"),
    ("skipped as cmocka says it", "echo 1..2; echo ok 1 - a; echo 'not ok 2 # SKIP b'", 60, (1, 0, 1), 0, "# SKIP b"),
    ("wholly skipped is no success", "echo '1..0 # SKIP no corpus'", 60, (0, 0, 1), 1, "no corpus"),
    ("plans of several groups", "echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b", 60, (2, 0, 0), 0, ""),
]


def problem(folder, script, limit, counts, status, text):
    program = Path(folder) / "program"
    program.write_text("#!/bin/sh\n" + script + "\n")
    program.chmod(0o755)
    ran = subprocess.run([str(RUN), str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         universal_newlines=True, env=dict(os.environ, TEST_TIMEOUT=str(limit), TEST_LOGS=folder))
    wanted = "%d passed, %d failed, %d skipped" % counts
    if ran.returncode != status:
        return "exit status %d, wanted %d" % (ran.returncode, status)
    if ran.stdout.splitlines()[-1] != wanted:
        return "last line %r, wanted %r" % (ran.stdout.splitlines()[-1], wanted)
    return None if text in ran.stdout else "%r is not in its output" % text


def main():
    failed = 0
    print("1..%d" % len(CASES))
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, *case) in enumerate(CASES, 1):
            why = problem(folder, *case)
            failed += bool(why)
            print("%s %d - %s" % ("not ok" if why else "ok", number, name))
            if why:
                print("# " + why)
    sys.exit(1 if failed else 0)


main()
