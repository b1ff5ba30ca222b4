"""An ASGI application that answers with what its scope says about the client, as JSON."""

import json
from typing import Any


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    told = {
        "client": scope["client"],
        "scheme": scope.get("scheme"),
        "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
    }
    body = json.dumps(told)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": body})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})
