"""The servers that are measured: BookShelf, and what one would build or pick in its place.

Each can be started, be connected to, and be made to hand a post out to its readers.
"""

import http.client
import socket
import sys
import time
from pathlib import Path
from typing import Any

from bench.talk import Told
from e2e.processes import Process
from e2e.server import DaphneServer
from e2e.services import ROOT, find_nginx, free_port

TOPICS = "/ws/update_notice/?topic=posts&topic=cards"
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
PRODUCTION = {
    "SECRET_KEY": "only-for-this-bench-" * 3,
    "ALLOWED_HOSTS": "127.0.0.1",
    # One author posts more often than people do.
    "RATE_LIMITS": "0",
}


class Post:
    """What is handed out: posts that another process has written, and the frame of the last."""

    def __init__(self, written: dict[str, Any]) -> None:
        self.ids: list[int] = written["ids"]
        self.cursor: str = written["cursor"]

    @property
    def marker(self) -> str:
        """What only the frame of the last of these posts holds."""
        return f'id="post-{self.ids[-1]}-card"'


class Contestant(Process):
    """What a server of either kind offers beside what every process does."""

    label: str
    path: str = "/"
    until: str | None = None
    """What tells a reader that it is connected, beyond the handshake."""
    port: int

    def hello(self, cursor: str) -> str | None:
        """What a reader says first."""
        return None

    def hand_out(self, post: Post, frame: bytes, writer: Told) -> float:
        """Have the posts sent to all readers; return when that began (monotonic seconds)."""
        raise NotImplementedError

    # --- What it costs -----------------------------------------------------------------------

    def cpu(self) -> float:
        """Seconds of CPU that the process has used, all threads, ended ones as well."""
        return cpu_of(self.pid)

    def memory(self) -> int:
        """Bytes that are the process's own: its share of what it shares (PSS)."""
        return memory_of(self.pid)


def cpu_of(*pids: int) -> float:
    """Seconds of CPU that these processes have used, all threads, ended ones as well."""
    # Linux' clock of another process (clock_getcpuclockid), in nanoseconds.
    return sum(time.clock_gettime((~pid << 3) | 2) for pid in pids)


def memory_of(*pids: int) -> int:
    """Bytes of these processes, each with its share of what it shares (PSS)."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(text.split("\nPss:")[1].split()[0]) for text in texts) * 1024


class Ours(Contestant, DaphneServer):
    """BookShelf on Daphne, which nginx spares the access log: with the options of deploy/."""

    label = "BookShelf on Daphne"
    path = TOPICS
    until = "live"

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        super().__init__(folder, free_port(), {**PRODUCTION, **env})

    def command(self) -> list[str]:
        *words, application = super().command()
        pings = ["--ping-interval", "25", "--ping-timeout", "25"]
        return [*words, *pings, "--verbosity", "0", "--no-server-name", application]

    def hello(self, cursor: str) -> str:
        return f'{{"cursor": "{cursor}"}}'

    def hand_out(self, post: Post, frame: bytes, writer: Told) -> float:
        at: float = writer.do("ring", n=len(post.ids))["at"]
        return at


class OursOnUvicorn(Ours):
    """BookShelf on uvicorn."""

    label = "BookShelf on uvicorn"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--log-level", "warning", "--no-access-log", "--backlog", "4096"),
            *("--ws-per-message-deflate", "false", "bookshelf.asgi:application"),
        ]


class OursCounted(Ours):
    """BookShelf with a counter of queries and renderings in it."""

    label = "BookShelf, counted"

    def command(self) -> list[str]:
        return [*super().command()[:-1], "e2e.counting:application"]


class Tutorial(Contestant, DaphneServer):
    """The tutorial's consumers, on Daphne as the tutorials start it."""

    path = "/ws/posts/"

    def __init__(self, folder: Path, env: dict[str, str], redis: bool) -> None:
        env = {name: value for name, value in env.items() if redis or name != "REDIS_URL"}
        super().__init__(folder, free_port(), {**PRODUCTION, **env})
        self.redis = redis
        self.label = "tutorial, Redis layer" if redis else "tutorial, in-memory layer"

    def command(self) -> list[str]:
        address = ["-b", "127.0.0.1", "-p", str(self.port)]
        return [sys.executable, "-m", "daphne", *address, "bench.tutorial.asgi:application"]

    def hand_out(self, post: Post, frame: bytes, writer: Told) -> float:
        at: float
        if self.redis:
            at = writer.do("ring_tutorial", ids=post.ids, cursor=post.cursor)["at"]
            return at
        at = time.monotonic()
        for post_id in post.ids:
            ask(self.port, f"/ring/?post_id={post_id}&cursor={post.cursor}")
        return at


class Peer(Contestant, Process):
    """A server that is handed the frame itself."""

    def __init__(self, folder: Path, which: str) -> None:
        super().__init__(folder / f"{which}.log", cwd=ROOT)
        self.which = which
        self.label = {"broadcast": "websockets broadcast()", "floor": "bare asyncio"}[which]
        self.port, self.control_port = free_port(), free_port()
        self._control: socket.socket | None = None

    def command(self) -> list[str]:
        ports = [str(self.port), str(self.control_port)]
        return [sys.executable, "-m", "bench.peers", self.which, *ports]

    def is_ready(self) -> bool:
        try:
            self._control = socket.create_connection(("127.0.0.1", self.control_port))
        except OSError:
            return False
        return True

    def hand_out(self, post: Post, frame: bytes, writer: Told) -> float:
        assert self._control is not None  # It is ready.
        at = time.monotonic()
        self._control.sendall((len(frame).to_bytes(4) + frame) * len(post.ids))
        return at


class Nchan(Contestant, Process):
    """nginx with its pub/sub module, one worker."""

    label = "Nchan (nginx, C)"
    path = "/sub"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "nchan.log", cwd=folder)
        self.port = free_port()
        self.folder = folder

    @staticmethod
    def is_installed() -> bool:
        return find_nginx() is not None and NCHAN.exists()

    def command(self) -> list[str]:
        config = self.folder / "nchan.conf"
        config.write_text(f"""
            load_module {NCHAN};
            daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 20000;
            pid {self.folder}/nchan.pid; error_log {self.folder}/nchan-error.log;
            events {{ worker_connections 16000; }}
            http {{
                access_log off; client_body_temp_path {self.folder}/nchan-body;
                client_max_body_size 1m; client_body_buffer_size 1m;
                proxy_temp_path {self.folder}/nchan-proxy; keepalive_requests 100000;
                fastcgi_temp_path {self.folder}/nchan-fastcgi;
                uwsgi_temp_path {self.folder}/nchan-uwsgi; scgi_temp_path {self.folder}/nchan-scgi;
                server {{
                    listen 127.0.0.1:{self.port} backlog=4096;
                    location /pub {{ nchan_publisher; nchan_channel_id posts; }}
                    location /sub {{
                        nchan_subscriber websocket; nchan_channel_id posts;
                        nchan_subscriber_first_message newest;
                    }}
                }}
            }}
        """)
        return [find_nginx() or "nginx", "-p", str(self.folder), "-c", str(config)]

    def is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def hand_out(self, post: Post, frame: bytes, writer: Told) -> float:
        at = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for _ in post.ids:
            connection.request("POST", "/pub", frame, {"Content-Type": "text/html"})
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 201, 202):
                raise RuntimeError(f"Nchan did not take the frame: {answer.status}")
        connection.close()
        return at


class Bare(Contestant, DaphneServer):
    """A bare Django view with the bytes of a page, on the same server."""

    label = "a bare Django view"

    def __init__(self, folder: Path, page: bytes, like: DaphneServer) -> None:
        (folder / "page.html").write_bytes(page)
        super().__init__(folder, free_port(), {"PAGE": str(folder / "page.html")})
        del self.env["DJANGO_SETTINGS_MODULE"]
        self._like = like

    def command(self) -> list[str]:
        words = [
            word.replace(str(self._like.port), str(self.port)) for word in self._like.command()
        ]
        return [*words[:-1], "bench.bare:application"]


class BareViews(Ours):
    """Bare Django views on BookShelf's server and database (bench/bare_views).

    Behind its middleware, or with `middleware` false behind none: then they know no user.
    """

    def __init__(self, folder: Path, env: dict[str, str], *, middleware: bool = True) -> None:
        self.pages = folder / "pages"
        self.pages.mkdir(exist_ok=True)
        ours = {"DJANGO_SETTINGS_MODULE": "bench.bare_views.settings", "PAGES": str(self.pages)}
        super().__init__(folder, {**env, "BARE": "" if middleware else "1", **ours})
        self.label = "a bare view" + ("" if middleware else ", no middleware")
        self._middleware = middleware

    def command(self) -> list[str]:
        words = super().command()
        return words if self._middleware else [*words[:-1], "bench.bare_views.asgi:application"]


def ask(port: int, path: str) -> bytes:
    """Get a page from a server of ours."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body
