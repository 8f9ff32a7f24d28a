import asyncio
import os

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
async def quick():
    return os.environ.get("ANSWER", "quick")


@app.api_route("/brief", methods=["GET", "POST"])
async def brief():
    await asyncio.sleep(0.05)
    return "brief"


@app.get("/long")
async def long():
    await asyncio.sleep(40)
    return "long"


@app.post("/upload")
async def upload(request: Request):
    async for _ in request.stream():
        pass
    return "read"


@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.get("/slow")
async def slow():
    await asyncio.sleep(3)
    return "slow"
