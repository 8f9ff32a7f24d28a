#!/usr/bin/env python3
"""Runs tests/preview/test_ci.py with the Helm 3 and Helm 4 that are built here: preview as their post-renderer."""

import os

from cluster import ROOT, built

TEST = ROOT / "tests/preview/test_ci.py"

os.environ.update(HELM=str(built("cluster") / "helm"), HELM3=str(built("cluster/helm3")))
os.execv(TEST, [str(TEST)])
