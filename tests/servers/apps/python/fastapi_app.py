import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def quick():
    return "quick"


@app.get("/slow")
async def slow():
    await asyncio.sleep(3)
    return "slow"
