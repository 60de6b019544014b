"""Requests to the page without a network: what a browser would send, and what it would get."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

PORT = 8151


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@dataclass
class Asker:
    """A browser at one page, as far as its requests go."""

    app: Any
    token: str | None = None
    host: str = f"127.0.0.1:{PORT}"

    def __call__(self, method: str, target: str, data: object = None, **headers: str) -> Got:
        """Ask; ``data`` is JSON unless it is bytes."""
        body = (
            data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
        )
        sent = {"host": self.host, **headers}
        if self.token is not None:
            sent.setdefault("cookie", f"corridor_token_{PORT}={self.token}")
        return asyncio.run(self._ask(method, target, body, sent))

    async def _ask(self, method: str, target: str, body: bytes, sent: Mapping[str, str]) -> Got:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items()],
            "server": ("127.0.0.1", PORT),
            "client": ("127.0.0.1", 50000),
        }
        parts = [body[i : i + 65536] for i in range(0, len(body), 65536)] or [b""]
        got: list[Any] = []

        async def receive() -> dict[str, Any]:
            if parts:
                part = parts.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(parts)}
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            got.append(message)

        try:
            await self.app(scope, receive, send)
        except Exception:
            # the server tells it before it raises
            if not got:
                raise
        heads = {k.decode(): v.decode() for k, v in got[0]["headers"]}
        return Got(got[0]["status"], heads, b"".join(m.get("body", b"") for m in got[1:]))
