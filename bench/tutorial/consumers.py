"""What the Channels tutorial teaches: a consumer for each socket, a member of the group each.

https://channels.readthedocs.io/en/stable/tutorial/ with a post in the place of a chat message.
"""

from typing import Any

from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer
from django.template.loader import render_to_string

from bench.tutorial import GROUP
from bookshelf.log import Cursor
from posts.models import Post
from updater.frames import cursor_frame


class PostConsumer(WebsocketConsumer):
    """Tells one page of new posts."""

    def connect(self) -> None:
        async_to_sync(self.channel_layer.group_add)(GROUP, self.channel_name)
        self.accept()

    def disconnect(self, code: int) -> None:
        async_to_sync(self.channel_layer.group_discard)(GROUP, self.channel_name)

    def post_created(self, event: dict[str, Any]) -> None:
        post = Post.objects.get(pk=event["post_id"])
        cursor = Cursor.parse(event["cursor"])
        assert cursor is not None  # bench.writer has sent it.
        html = render_to_string("posts/frames/post_created.html", {"post": post})
        # For the same bytes as ours.
        self.send(text_data=html.strip() + cursor_frame(cursor))
