"""A crowded room: a thousand likes and two hundred comments within seconds, two hundred readers."""

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import websockets

from e2e.server import DEVELOPMENT, DaphneServer
from e2e.services import ROOT, free_port, redis_server
from e2e.test_many_readers import get
from e2e.test_restart import write_elsewhere
from updater.tests.page import Page

READERS = 200
LIKES = 1_000
COMMENTS = 200
MOST_FRAMES = 60
WITHIN = 5
"""Seconds in which that is so many frames."""
LAST = "The last word."

STORM = f"""
import django; django.setup()
import time
from accounts.models import User
from bookshelf.doorbell import announce
from posts.models import Comment, Post

User.objects.bulk_create(User(username=f"liker{{n}}", password="!") for n in range({LIKES}))
likers = list(User.objects.filter(username__startswith="liker"))
post = Post.objects.get()
print("ready", flush=True)
input()
began = time.monotonic()
for n, liker in enumerate(likers):
    announce(post.like(liker, True))
    if n % {LIKES // COMMENTS} == 0:
        comment = Comment(post=post, author=liker, body=f"Word {{n}}.")
        announce(comment.publish())
announce(Comment(post=post, author=liker, body="{LAST}").publish())
print(time.monotonic() - began, flush=True)
"""


async def attend(server: DaphneServer, page: Page, limit: asyncio.Semaphore):
    query = "&".join(f"topic={topic}" for topic in sorted(page.topics))
    address = f"{server.url.replace('http', 'ws')}/ws/update_notice/?{query}"
    async with limit:
        socket = await websockets.connect(
            address, origin=server.url, compression=None, open_timeout=30, ping_interval=None
        )
        await socket.send(json.dumps({"cursor": page.cursor}))
        assert "live" in await asyncio.wait_for(socket.recv(), 30)
    return socket


async def follow(socket) -> list[str]:
    """Take frames until the last change has come: earlier changes do not come later."""
    frames = [await asyncio.wait_for(socket.recv(), 60)]
    while LAST not in frames[-1]:
        frames.append(await asyncio.wait_for(socket.recv(), 60))
    return frames


async def crowd(server: DaphneServer, page: Page) -> tuple[list[list[str]], float]:
    """Have READERS follow the storm on this page; return what each was sent, and its seconds."""
    limit = asyncio.Semaphore(50)
    sockets = await asyncio.gather(*(attend(server, page, limit) for _ in range(READERS)))
    storm = subprocess.Popen(
        [sys.executable, "-c", STORM],
        env=server.env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        await asyncio.to_thread(storm.stdout.readline)
        following = [asyncio.ensure_future(follow(each)) for each in sockets]
        storm.stdin.write("go\n")
        storm.stdin.flush()
        took = float(await asyncio.to_thread(storm.stdout.readline))
        return await asyncio.gather(*following), took
    finally:
        storm.kill()
        storm.wait()
        await asyncio.gather(*(socket.close() for socket in sockets))


def test_a_thousand_likes_and_two_hundred_comments_are_few_frames_and_exact(tmp_path):
    with redis_server(tmp_path) as redis:
        server = DaphneServer(tmp_path, free_port(), DEVELOPMENT | {"REDIS_URL": redis.url})
        server.prepare()
        try:
            server.start()
            write_elsewhere(server, "A book to talk about")
            room = get(f"{server.url}/posts/1/a-book-to-talk-about/")
            with ThreadPoolExecutor(1) as thread:
                sent, took = thread.submit(asyncio.run, crowd(server, Page(room))).result()
            fresh = Page(get(f"{server.url}/posts/1/a-book-to-talk-about/"))
        finally:
            server.close()

    most = max(map(len, sent))
    print(f"{LIKES} likes, {COMMENTS} comments in {took:.1f} s: {most} frames to each at most")
    for frames in {tuple(frames) for frames in sent}:
        page = Page(room)
        for frame in frames:
            page.apply(frame)
        # The page holds all that came; a fresh one the latest of it.
        assert page.comments[-len(fresh.comments) :] == fresh.comments
        assert len(page.comments) == COMMENTS + 1
        assert page.counts == fresh.counts
        assert f"{LIKES - 12} others" in page.counts[0]
    # A slower machine takes longer, and sends more frames meanwhile.
    assert most <= MOST_FRAMES * max(1, took / WITHIN)
