import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO

import aiohttp
import pytest
from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.context import LoanlineContext
from bot.incoming.intake import Intake
from bot.incoming.worker import Worker
from bot.monitoring.metrics import Metrics
from bot.monitoring.readiness import Check, Readiness
from bot.web import entrance
from bot.web.server import PROOF_HEADER, WebServer
from tests.bot.doubles import FakeServices
from tests.bot.lines import StartLine

PROOF = {PROOF_HEADER: "s3cret"}
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 7, "type": "private"},
        "from": {"id": 7, "is_bot": False, "first_name": "Lin"},
        "text": "hello",
    },
}


@dataclass
class Site:
    server: WebServer
    outside: aiohttp.ClientSession
    inside: aiohttp.ClientSession
    port: int
    heard: list[str | None]
    checks: dict[str, Check]
    metrics: Metrics
    worker: Worker

    async def readiness(self) -> tuple[int, dict[str, bool]]:
        async with self.inside.get("/ready") as answer:
            return answer.status, await answer.json()

    def count(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


async def well() -> bool:
    return True


@pytest.fixture
async def site(line: StartLine, services: FakeServices) -> AsyncIterator[Site]:
    heard: list[str | None] = []
    checks: dict[str, Check] = {"database": well, "sender": well}
    metrics = Metrics()

    async def hear(update: Update, context: LoanlineContext) -> None:
        assert update.message is not None
        heard.append(update.message.text)

    async with line(lambda application: application.add_handler(MessageHandler(filters.ALL, hear))) as bot:
        readiness = Readiness(checks, metrics)
        intake = Intake(services.inbox, bot.worker.wake)
        known = ["s3cret", "the-one-before"]
        server = WebServer(intake.take_in_one, readiness, secrets=known, metrics=metrics, connections=2)
        port = await server.start("127.0.0.1", 0)
        inner = await server.start_internal("127.0.0.1", 0)
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as outside,
            aiohttp.ClientSession(f"http://127.0.0.1:{inner}") as inside,
        ):
            yield Site(server, outside, inside, port, heard, checks, metrics, bot.worker)
        await server.stop()
        await server.stop_internal()


async def test_an_update_with_the_secret_is_handled_once_however_often_it_comes(site: Site) -> None:
    for _ in range(2):
        async with site.outside.post("/telegram", json=UPDATE, headers=PROOF) as answer:
            assert answer.status == 200
    await site.worker.work_off()
    assert site.heard == ["hello"]


async def test_the_secret_before_is_good_until_it_is_taken_out(site: Site) -> None:
    async with site.outside.post("/telegram", json=UPDATE, headers={PROOF_HEADER: "the-one-before"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("headers", [{}, {PROOF_HEADER: "guess"}, {PROOF_HEADER: ""}])
async def test_an_update_without_the_secret_is_refused(site: Site, headers: dict[str, str]) -> None:
    async with site.outside.post("/telegram", json=UPDATE, headers=headers) as answer:
        assert answer.status == 403
    assert site.heard == []


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b"\xff", b'{"message": {}}'])
async def test_what_is_no_update_is_refused(site: Site, body: bytes) -> None:
    async with site.outside.post("/telegram", data=body, headers=PROOF) as answer:
        assert answer.status == 400


async def test_an_update_that_could_not_be_stored_is_to_be_brought_again(site: Site, services: FakeServices) -> None:
    services.database.away = True
    async with site.outside.post("/telegram", json=UPDATE, headers=PROOF) as answer:
        assert answer.status == 503
    services.database.away = False
    async with site.outside.post("/telegram", json=UPDATE, headers=PROOF) as answer:
        assert answer.status == 200
    await site.worker.work_off()
    assert site.heard == ["hello"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", "/payments/acme", "/"])
async def test_nothing_of_the_inside_can_be_had_from_outside(site: Site, path: str) -> None:
    async with site.outside.get(path) as got, site.outside.post(path, data=b"x") as posted:
        assert (got.status, posted.status) == (404, 404)


async def test_updates_are_not_taken_inside(site: Site) -> None:
    async with site.inside.post("/telegram", json=UPDATE, headers=PROOF) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("declared", [True, False])
async def test_a_large_body_is_refused(site: Site, declared: bool) -> None:
    body = bytes(entrance.LARGEST_BODY + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body

    async with site.outside.post("/telegram", data=BytesIO(body) if declared else in_pieces(), headers=PROOF) as answer:
        assert answer.status == 413
    assert site.count("loanline_web_turned_away_total", reason="large") == 1


async def test_a_body_that_does_not_come_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "SLOWEST_BODY_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_breaks_off_is_counted_and_no_error(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    head = ["POST /telegram HTTP/1.1", "Host: x", f"{PROOF_HEADER}: s3cret", "Content-Length: 99"]
    writer.write("\r\n".join([*head, "Expect: 100-continue", "", ""]).encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    writer.write(b"{")
    writer.transport.abort()
    while not site.count("loanline_web_turned_away_total", reason="broken"):  # noqa: ASYNC110 - a count tells nobody
        await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_one_connection_too_many_is_closed_and_the_others_are_served(site: Site) -> None:
    first, second = [await asyncio.open_connection("127.0.0.1", site.port) for _ in range(2)]
    third, writer = await asyncio.open_connection("127.0.0.1", site.port)
    assert await third.read() == b""
    writer.close()
    first[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await first[0].readline()).startswith(b"HTTP/1.1 404 ")
    for _, open_writer in (first, second):
        open_writer.close()
        await open_writer.wait_closed()
    assert site.count("loanline_web_turned_away_total", reason="connections") == 1


async def test_it_is_ready_while_every_check_passes(site: Site) -> None:
    assert await site.readiness() == (200, {"running": True, "database": True, "sender": True})


async def test_one_failing_check_makes_it_not_ready_and_is_named(site: Site) -> None:
    async def away() -> bool:
        raise OSError("away")

    site.checks["database"] = away
    assert await site.readiness() == (503, {"running": True, "database": False, "sender": True})
    site.checks["database"] = well
    assert (await site.readiness())[0] == 200


async def test_it_is_alive_although_not_ready(site: Site) -> None:
    async def ill() -> bool:
        return False

    site.checks["sender"] = ill
    async with site.inside.get("/health") as answer:
        assert answer.status == 200


async def test_while_it_stops_it_is_not_ready_and_takes_no_updates(site: Site) -> None:
    await site.server.stop()
    code, found = await site.readiness()
    assert (code, found["running"]) == (503, False)
    with pytest.raises(aiohttp.ClientConnectionError):
        await site.outside.post("/telegram", json=UPDATE, headers=PROOF)


async def test_a_call_under_way_at_the_stop_is_answered(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    body = json.dumps(UPDATE).encode()
    head = ["POST /telegram HTTP/1.1", "Host: x", f"{PROOF_HEADER}: s3cret", f"Content-Length: {len(body)}"]
    writer.write("\r\n".join([*head, "Expect: 100-continue", "", ""]).encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    stopping = asyncio.create_task(site.server.stop())
    writer.write(body)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
    await stopping
    writer.close()
    await writer.wait_closed()


async def test_prometheus_gets_the_figures_and_the_checks(site: Site) -> None:
    site.metrics.update_taken_in("webhook", 3)
    async with site.inside.get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'loanline_updates_taken_in_total{way="webhook"} 3.0' in text
    assert 'loanline_check_passed{check="sender"} 1.0' in text
