import asyncio
import os

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
async def quick():
    return os.environ.get("ANSWER", "quick")


@app.get("/slow")
async def slow():
    await asyncio.sleep(3)
    return "slow"
