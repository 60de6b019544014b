"""Who may ask the page, and what becomes of what nobody should send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import corridor_sim as cs
from corridor_sim.app.engine import Engine
from corridor_sim.app.web import MOST_WAITING, _events, is_ours, make_web
from corridor_sim.app.work import Work
from oracles.asked import Asker

TOKEN = "a" * 32
WARM = {"kind": "warm", "degrees_c": 1.5}
NORTH = {"alternatives": [{"name": "North/1", "changes": [WARM]}]}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    one = Engine(None, [], Work.opened(tmp_path))
    yield one
    one.stop()


@pytest.fixture
def ask(engine: Engine) -> Asker:
    return Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)


def test_the_first_request_carries_the_token_and_later_ones_a_cookie(engine: Engine) -> None:
    ask = Asker(make_web(engine, TOKEN, "127.0.0.1"))
    assert ask("GET", "/").status == 403
    assert ask("GET", "/api/start").status == 403
    assert ask("GET", "/static/js/app.js").status == 403
    assert ask("GET", f"/?token={TOKEN[:-1]}b").status == 403
    page = ask("GET", f"/?token={TOKEN}")
    assert page.status == 200
    cookie = page.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    # the port is in its name: browsers send cookies of one port to all others
    assert cookie.startswith(f"corridor_token_8151={TOKEN}")
    assert ask("GET", "/api/start", cookie=cookie.split(";")[0]).status == 200
    assert ask("GET", "/api/start", cookie=f"corridor_token_8152={TOKEN}").status == 403


def test_no_answer_is_kept_or_framed_or_read_as_something_else(ask: Asker) -> None:
    for got in (ask("GET", "/"), ask("GET", "/api/start"), ask("GET", "/nowhere")):
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in got.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8151", True),
        ("localhost:8151", True),
        ("[::1]:8151", True),
        ("127.0.0.1", True),
        ("evil.example:8151", False),
        ("127.0.0.1.evil.example:8151", False),
        ("10.0.0.7:8151", False),
        ("", False),
    ],
)
def test_another_name_that_leads_here_is_refused(ask: Asker, host: str, ours: bool) -> None:
    ask.host = host
    assert (ask("GET", "/api/start").status == 200) is ours


def test_on_a_network_numbers_are_served_and_names_of_others_are_not() -> None:
    assert is_ours("10.0.0.7:8151", "0.0.0.0")
    assert is_ours("10.0.0.7:8151", "10.0.0.7")
    assert is_ours("desk.example:80", "desk.example")
    assert not is_ours("evil.example:8151", "0.0.0.0")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8151"])
def test_a_request_from_another_page_is_refused(ask: Asker, origin: str) -> None:
    work = {"seen": ask("GET", "/api/start").data["work"]["revision"], "work": NORTH}
    assert ask("PUT", "/api/work", work, origin=origin).status == 403
    assert ask("PUT", "/api/work", work, origin="http://127.0.0.1:8151").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web.py",
        "/static/%2e%2e/web.py",
        "/static/js/..%2f..%2f..%2fweb.py",
        "/static//etc/passwd",
        "/static/%00",
        "/api/rasters/..%2f..%2fetc%2fpasswd",
        "/static/",
        "/nowhere",
    ],
)
def test_nothing_is_served_from_beside_the_page(ask: Asker, path: str) -> None:
    got = ask("GET", path)
    assert got.status in (404, 405)
    assert "problem" in got.data


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"seen": 1e400, "work": {}}', 400),
        (b'{"seen": 1, "work": NaN}', 400),
        (b'{"seen": 1, "work": "\\ud800"}', 400),
        (b'{"seen": true}', 400),
        (b'{"seen": "1"}', 400),
        (b'{"work": {}}', 400),
        (b'{"seen": ' + b"9" * 5000 + b"}", 400),
        (b'{"seen": 0, "work": ' + b"[" * 900 + b"]" * 900 + b"}", 400),
        (b'{"a":' * 90_000 + b"1" + b"}" * 90_000, 400),
        (b"[" * 2_000_000, 400),
        (b" " * (2**21 + 1), 413),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_changes(
    ask: Asker, body: bytes, status: int
) -> None:
    before = ask("GET", "/api/start").data["work"]
    got = ask("PUT", "/api/work", body)
    assert got.status == status
    assert len(got.data["problem"]) < 200
    assert ask("GET", "/api/start").data["work"] == before


def test_a_change_is_kept_and_told_to_all_windows(ask: Asker, engine: Engine) -> None:
    told: list[str] = []
    engine.listen(told.append)
    seen = ask("GET", "/api/start").data["work"]["revision"]
    got = ask("PUT", "/api/work", {"seen": seen, "work": NORTH})
    assert got.data["revision"] == seen + 1
    assert [one.split("\n")[0] for one in told] == ["event: work"]
    stale = ask("PUT", "/api/work", {"seen": seen, "work": {}})
    assert (stale.status, stale.data["revision"]) == (409, seen + 1)
    bad = ask("PUT", "/api/work", {"seen": seen + 1, "work": {"alternatives": [{"name": ""}]}})
    assert bad.status == 422
    assert len(told) == 1


def test_what_is_not_there_yet_is_told(ask: Asker) -> None:
    seen = ask("GET", "/api/start").data["work"]["revision"]
    ask("PUT", "/api/work", {"seen": seen, "work": NORTH})
    for method, path, data, status in (
        ("GET", "/api/maps/use", None, 503),
        ("GET", "/api/answers/North%2F1/lives", None, 404),
        ("GET", "/api/answers/North%2F1/ways?rows=1", None, 404),
        ("GET", "/api/answers/North%2F1/ways?rows=x", None, 400),
        ("GET", "/api/answers/North%2F1/co-benefits", None, 503),
        ("GET", "/api/answers/South/lives", None, 404),
        ("POST", "/api/answers", {"name": "South"}, 404),
        ("POST", "/api/answers", {"name": 3}, 400),
        ("POST", "/api/answers", {"name": "North/1"}, 202),
        ("DELETE", "/api/answers/North%2F1", None, 200),
        ("POST", "/api/best-set", {"budget": "3"}, 400),
        ("POST", "/api/best-set", {"weights": []}, 503),
        ("POST", "/api/best-set", {"weights": {"jaguar": True}}, 400),
        ("GET", "/api/rasters/nothing", None, 404),
        ("GET", "/api/jobs", None, 200),
        ("DELETE", "/api/jobs/7", None, 404),
        ("PATCH", "/api/jobs", None, 405),
    ):
        got = ask(method, path, data)
        assert got.status == status, (method, path, got.body)
        assert "\n" not in got.data.get("problem", "")


def test_what_nobody_foresaw_is_one_sentence(
    ask: Asker, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ZeroDivisionError("no\nsecrets here")

    monkeypatch.setattr(engine.jobs, "told", fails)
    got = ask("GET", "/api/jobs")
    assert got.status == 500
    assert "nobody foresaw" in got.data["problem"]
    assert "Traceback" not in got.data["problem"]


def test_a_window_that_closes_is_forgotten_and_a_slow_one_is_sent_away(engine: Engine) -> None:
    async def closes() -> None:
        news = _events(engine)
        first = await anext(news)
        assert first.startswith("retry: 500\nevent: stage\n")
        assert len(engine._listeners) == 1
        await news.aclose()  # type: ignore[attr-defined]  # of a generator
        assert engine._listeners == []

    async def sleeps() -> None:
        news = _events(engine)
        await anext(news)
        for i in range(MOST_WAITING + 5):
            engine.tell("work", {"revision": i})
        found = [one async for one in news]
        assert len(found) == MOST_WAITING
        assert json.loads(found[-1].split("data: ")[1])["revision"] == MOST_WAITING - 1
        assert engine._listeners == []

    asyncio.run(closes())
    asyncio.run(sleeps())


def test_words_of_the_program_are_sentences(ask: Asker) -> None:
    from corridor_sim.app.words import _words

    def leaves(value: Any) -> Iterator[str]:
        for one in value.values():
            yield from leaves(one) if isinstance(one, dict) else [one]

    said = {k: v for k, v in _words("server").items() if k != "maps"}
    assert all(one[0] in "{" or one[0].isupper() for one in leaves(said))
    assert all(one.endswith(".") for one in leaves(said))


def test_the_language_is_the_windows_choice_then_the_programs_then_the_browsers(
    engine: Engine,
) -> None:
    def told(ask: Asker, liked: str = "", **headers: str) -> str:
        found = ask("GET", "/api/words", **{"accept-language": liked}, **headers)
        return str(found.data["language"])

    ask = Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)
    mine = {"cookie": f"corridor_token_8151={TOKEN}; corridor_language_8151=es_PE"}
    assert told(ask) == "en"
    assert told(ask, "fr, es-EC;q=0.9, en;q=0.5") == "es_EC"
    assert told(ask, "xx, ../es;q=, *") == "en"
    assert told(ask, "es-EC", **mine) == "es_PE"
    with cs.language("es"):
        started = Asker(make_web(engine, TOKEN, "127.0.0.1"), TOKEN)
    assert told(started, "en-GB") == "es"
    assert told(started, **mine) == "es_PE"


def test_a_choice_is_kept_and_no_language_that_there_is_not(ask: Asker) -> None:
    kept = ask("PUT", "/api/language", {"language": "es_EC"})
    assert kept.headers["set-cookie"].startswith("corridor_language_8151=es_EC; HttpOnly")
    for bad in ("../en", "fr", "", 3, None):
        assert ask("PUT", "/api/language", {"language": bad}).status == 400


def test_who_has_no_token_is_told_so_in_the_browsers_language(engine: Engine) -> None:
    ask = Asker(make_web(engine, TOKEN, "127.0.0.1"))
    spanish = {"accept-language": "es"}
    page = ask("GET", "/", **spanish)
    assert page.status == 403
    assert "Esta dirección no está completa" in page.body.decode()
    assert '<html lang="es">' in page.body.decode()
    assert "words" not in ask("GET", "/api/words", **spanish).body.decode()
