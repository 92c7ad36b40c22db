"""
The service that this one replaces, as small as it can be and still do the same work: FastAPI takes a picture, Celery
carries it through RabbitMQ to a worker, Pillow makes the GIF, Redis keeps GIFs and results. For `npm run bench:original`.
"""

import base64
import io
import os

import redis
from celery import Celery
from celery.result import AsyncResult
from fastapi import FastAPI, File, HTTPException, UploadFile
from fastapi.responses import Response
from PIL import Image

REDIS = os.environ["BENCH_REDIS"]

tasks = Celery("emojis", broker=os.environ["BENCH_BROKER"], backend=REDIS)
tasks.conf.task_track_started = True
store = redis.Redis.from_url(REDIS)
app = FastAPI()


@tasks.task
def render(name: str, picture: str) -> None:
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    gif = io.BytesIO()
    image.convert("RGBA").resize((100, 100)).save(gif, "GIF")
    store.set(f"emoji:{name}", gif.getvalue())


@app.post("/custom-emoji/emojis", status_code=202)
def upload(name: str, file: UploadFile = File()):
    task = render.delay(name, base64.b64encode(file.file.read()).decode())
    return {"task_id": task.id}


@app.get("/task-queue/status")
def status(task_id: str):
    return {"id": task_id, "status": AsyncResult(task_id, app=tasks).state}


@app.get("/custom-emoji/emojis/{name}")
def emoji(name: str):
    gif = store.get(f"emoji:{name}")
    if gif is None:
        raise HTTPException(404, "There is no emoji of this name.")
    return Response(gif, media_type="image/gif")


@app.get("/")
def ready():
    return {}
