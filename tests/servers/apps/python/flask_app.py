import os
import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def quick():
    return os.environ.get("ANSWER", "quick") + "\n"


@app.route("/brief", methods=["GET", "POST"])
def brief():
    time.sleep(0.05)
    return "brief\n"


@app.get("/slow")
def slow():
    time.sleep(3)
    return "slow\n"
