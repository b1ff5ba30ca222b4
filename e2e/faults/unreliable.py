"""Settings of a site with an unreliable doorbell."""

import random
import sys
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

from bookshelf.settings import *  # noqa: F403
from bookshelf.settings import CHANNEL_LAYERS, REDIS_URL


class UnreliableLayer(RedisPubSubChannelLayer):
    """A channel layer that loses one message to a group in five, and doubles another."""

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        dice = random.random()
        if dice < 0.2:
            print("doorbell dropped", file=sys.stderr)
            return
        if dice > 0.8:
            print("doorbell doubled", file=sys.stderr)
            await super().group_send(group, message)
        await super().group_send(group, message)


CHANNEL_LAYERS["default"] = {
    "BACKEND": f"{__name__}.UnreliableLayer",
    "CONFIG": {"hosts": [REDIS_URL]},
}
