"""Programs that link Alibaba's cloud-controller-manager: built as if their source lay in a checkout of it."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build/ccm"


def build(checkout, name):
    """The program of tests/ccm/NAME.go. The checkout is not changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    overlay = FOLDER / (name + ".json")
    overlay.write_text(json.dumps({"Replace": {
        str(checkout / ("cmd/evenkeel-%s/main.go" % name)): str(ROOT / ("tests/ccm/%s.go" % name))}}))
    subprocess.run(["go", "build", "-mod=vendor", "-overlay", str(overlay), "-o", str(FOLDER / name),
                    "./cmd/evenkeel-" + name], cwd=str(checkout), check=True)
    return FOLDER / name


def revision(checkout):
    done = subprocess.run(["git", "-C", str(checkout), "rev-parse", "HEAD"], stdout=subprocess.PIPE,
                          universal_newlines=True, check=False)
    return done.stdout.strip() or "of unknown revision"
