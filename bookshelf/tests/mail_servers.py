"""Mail servers for tests, on loopback: one that takes mails, and those that do not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GOOD: dict[bytes, bytes] = {
    b"EHLO": b"250 here",
    b"MAIL": b"250 ok",
    b"RCPT": b"250 ok",
    b"DATA": b"354 go on",
    b".": b"250 taken",
    b"QUIT": b"221 bye",
    b"RSET": b"250 ok",
}


class MailServer:
    """Answers each command as `answers` says; with None it answers nothing any more."""

    def __init__(self, port: int = 0, **answers: bytes | None) -> None:
        named = {
            (b"." if name == "text" else name.encode()): each for name, each in answers.items()
        }
        self.answers: dict[bytes, bytes | None] = {b"hello": b"220 here", **GOOD, **named}
        self.mails: list[str] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(peer)
            threading.Thread(target=self._talk, args=[peer], daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as lines:
            text: list[bytes] | None = None
            if not self._answer(peer, b"hello"):
                return
            for line in lines:
                if text is not None and line != b".\r\n":
                    text.append(line)
                    continue
                word = line[:4].strip().upper()
                if text is not None:
                    if (self.answers[b"."] or b"").startswith(b"2"):
                        self.mails.append(b"".join(text).decode())
                    text = None
                elif word == b"DATA" and (self.answers[b"DATA"] or b"").startswith(b"3"):
                    text = []
                if not self._answer(peer, word):
                    return

    def _answer(self, peer: socket.socket, word: bytes) -> bool:
        answer = self.answers.get(word, b"500 what?")
        if answer is None:
            # Hangs until the peer has had enough.
            peer.recv(1)
            return False
        peer.sendall(answer + b"\r\n")
        return True

    def close(self) -> None:
        self._socket.close()
        for peer in self._open:
            peer.close()


@contextmanager
def mail_server(port: int = 0, **answers: bytes | None) -> Iterator[MailServer]:
    server = MailServer(port, **answers)
    try:
        yield server
    finally:
        server.close()


def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
