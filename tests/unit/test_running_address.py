"""Addresses of schedulers: nonsense is refused at once, silence soon."""

from __future__ import annotations

import socket
from pathlib import Path
from time import monotonic

import pytest

from corridor_sim.errors import ResourceError
from corridor_sim.experiment.execution import dask as dask_pool
from corridor_sim.experiment.execution.dask import check_address, connect


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("tcp://10.0.0.5:8786", ("10.0.0.5", 8786)),
        ("tls://node-3.cluster.edu:8786", ("node-3.cluster.edu", 8786)),
        ("node3:8786", ("node3", 8786)),
        ("tcp://[fe80::1]:8786", ("fe80::1", 8786)),
        ("ws://host:80/", ("host", 80)),
    ],
)
def test_addresses_are_read(address: str, place: tuple[str, int]) -> None:
    assert check_address(address) == place


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "tcp://",
        "tcp://host",
        "host:",
        ":8786",
        "host:0",
        "host:65536",
        "host:99999999",
        "http://host:8786",
        "tcp://a b:1",
        "tcp://host:port",
        "../x:1",
        "host:8786\n",
        "\0:1",
        "tcp://host:8786;rm",
        "tcp://hôte:1",
        "--scheduler",
        "1" * 5000,
        "inproc://x",
    ],
)
def test_nonsense_is_no_address(address: str) -> None:
    with pytest.raises(ResourceError) as caught:
        check_address(address)
    assert str(caught.value).startswith("--scheduler: ")
    assert "is no address of a Dask scheduler; give what dask scheduler prints" in str(caught.value)
    assert str(caught.value).isprintable()


def test_nobody_there_is_told_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="dask is not installed")
    monkeypatch.setattr(dask_pool, "ANSWER_S", 1.0)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        began = monotonic()
        with pytest.raises(ResourceError, match=r"answers at 'tcp://127.0.0.1:\d+' \(Connection r"):
            connect(f"tcp://127.0.0.1:{port}", tmp_path)
        assert monotonic() - began < 10
    with pytest.raises(ResourceError, match=r"^--scheduler: no Dask scheduler answers at 'tcp://n"):
        connect("tcp://nowhere.invalid:8786", tmp_path)
