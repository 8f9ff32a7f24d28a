import time

from flask import Flask

app = Flask(__name__)


@app.get("/")
def quick():
    return "quick\n"


@app.get("/slow")
def slow():
    time.sleep(3)
    return "slow\n"
