"""A service that takes notices over loopback, as a chat or a webhook would; it can be made to refuse."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


class Receiver(HTTPServer):
    """Keeps every notice it took."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        self.refusing = False

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/alerts"

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.taken]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        notice = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if not self.server.refusing:
            self.server.taken.append(notice)
        self.send_response(503 if self.server.refusing else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
