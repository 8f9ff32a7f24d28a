#!/usr/bin/env python3
"""The check of commit subjects itself: each planted breach must be found, and a clone without history be skipped."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).resolve().parent / "lint"
LONG = "Say what a subject may hold, which comes to seventy-two letters in all: "

GOOD = ["Add a check of subjects", "Bring the picture up to date", "Feed golden cases again", "Pass over exporters",
        "Embed the page", "Alias two names", "Focus the search", "String two words together", "Exceed no bound",
        "Say what sleeping pods are asked", LONG[:71] + "x"]
# a subject, a word of the complaint
BREACHES = [
    (LONG + "x", "has 73 characters, 72 are allowed"),
    ("WIP: a check", "unfinished work"),
    ("fixup! Add a check", "unfinished work"),
    ("Add a check.", "ends with a full stop"),
    ("add a check", "does not start with a capital letter"),
    ("Added a check", '"Added" is in the past tense'),
    ("Wrote a check", '"Wrote" is in the past tense'),
    ("Adding a check", '"Adding" ends in -ing'),
    ("Adds a check", '"Adds" ends in -s'),
    ("Preview's checks, again", '"Preview\'s" ends in -s'),
]


def git(root, *arguments):
    names = {"GIT_%s_%s" % (who, what): "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(["git", *arguments], cwd=root, check=True, stdout=subprocess.PIPE, universal_newlines=True,
                          env=dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", **names))
    return done.stdout.strip()


def commit(root, subject):
    git(root, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", subject)
    return git(root, "rev-parse", "HEAD")


def check(root, *arguments):
    ran = subprocess.run([str(root / "tests/lint/check_commits"), *arguments], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, universal_newlines=True,
                         env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", GIT_CEILING_DIRECTORIES=str(root.parent)))
    return ran.returncode, ran.stdout


def results(folder):
    """(name, status, output, wanted status, wanted word) of each run."""
    root = folder / "whole"
    shutil.copytree(LINT, root / "tests/lint")
    yield ("no history", *check(root), 0, "1..0 # SKIP subjects of commits: git cannot read this folder's history")
    git(root, "init", "-q")
    git(root, "add", ".")
    old = commit(root, "an old subject, which nobody judges.")
    yield ("a start that the branch does not have", *check(root), 0, "1..0 # SKIP subjects of commits: this branch")
    yield ("no new commit", *check(root, old), 0, "ok 1 - subjects of 0 new commits")
    for subject in GOOD:
        start = commit(root, subject)
    yield ("good subjects", *check(root, old), 0, "ok 1 - subjects of %d new commits" % len(GOOD))
    for subject, word in BREACHES:
        start = git(root, "rev-parse", "HEAD")
        commit(root, subject)
        yield (subject, *check(root, start), 1, word)
    commit(root, "Add the last one")
    yield ("all of them at once", *check(root, old), 1, "not ok 1 - subjects of %d new commits" % (len(GOOD + BREACHES) + 1))
    git(folder, "clone", "-q", "--depth=1", "file://%s" % root, "shallow")
    yield ("a shallow clone", *check(folder / "shallow", old), 0, "1..0 # SKIP subjects of commits: this shallow clone")


def main():
    failed = number = 0
    if not shutil.which("git"):
        print("1..0 # SKIP git is not installed")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, status, output, wanted, word) in enumerate(results(Path(folder)), 1):
            good = status == wanted and word in output
            failed += not good
            print("%s %d - %s" % ("ok" if good else "not ok", number, name.replace("#", "")))
            if not good:
                print("\n".join("# " + line for line in output.splitlines()))
    print("1..%d" % number)
    return 1 if failed else 0


sys.exit(main())
