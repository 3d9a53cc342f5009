"""On bad lines our client and the library's own come to the same end; where ours differs, it is said here."""

import asyncio
import gzip
import json
import logging
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from telegram import InputFile
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.client.proxies import UnusableProxy
from bot.client.request import AiohttpRequest
from bot.monitoring.metrics import Metrics
from bot.monitoring.reachability import Reachability
from tests.bot.bad_server import (
    Answer,
    BadServer,
    hanging_up,
    http,
    one_after_another,
    resetting,
    saying,
    silent_after,
)
from tests.bot.doubles import TOKEN

SHORT = 0.1
FINE = http("200 OK", b'{"ok": true, "result": {"id": 1}}')
FLOOD = b'{"ok": false, "description": "Too Many Requests", "parameters": {"retry_after": 17}}'
BIG = bytes(range(256)) * 4096 * 8
TABLE: dict[str, Answer] = {
    "a whole answer": saying(FINE),
    "a packed answer": saying(http("200 OK", gzip.compress(b'{"result": 5}'), "Content-Encoding: gzip")),
    "a connection closed without an answer": hanging_up,
    "a connection reset": resetting,
    "an answer cut off": saying(http("200 OK", b'{"ok": tr', length=400), then_close=True),
    "headers cut off": saying(b"HTTP/1.1 200 OK\r\nContent-", then_close=True),
    "no HTTP at all": saying(b"SSH-2.0-OpenSSH_9.2\r\n", then_close=True),
    "chunks that lie": saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n", then_close=True),
    "silence": silent_after(),
    "headers that stop half-way": silent_after(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "a body that stops half-way": silent_after(http("200 OK", b'{"ok": tr', length=400)),
    "flood control": saying(http("429 Too Many Requests", FLOOD)),
    "a page of a broken gateway": saying(http("502 Bad Gateway", b"<html>nginx</html>", "Content-Type: text/html")),
    "a refusal without JSON": saying(http("403 Forbidden", b"go away")),
    "an answer that is no JSON": saying(http("200 OK", b"<html>hotel network: please log in</html>")),
    "a way to another place": saying(http("302 Found", b"", "Location: http://127.0.0.1:1/login")),
    "an unknown token": saying(http("404 Not Found", b'{"ok": false, "error_code": 404, "description": "Not Found"}')),
    "two pollers": saying(http("409 Conflict", b'{"ok": false, "description": "Conflict: terminated by other"}')),
    "an empty answer": saying(http("204 No Content", b"")),
}
End = tuple[str, str]


async def the_end(request: BaseRequest, url: str, data: RequestData | None = None) -> End:
    """What comes of it: the result, or the kind of error, and what the library reads out of it."""
    try:
        return "result", json.dumps(await request.post(url, data))
    except RetryAfter as flood:
        return "RetryAfter", str(flood.retry_after)
    except TelegramError as error:
        told = type(error) in (NetworkError, TimedOut)
        return type(error).__name__, "" if told else error.message


@pytest.mark.parametrize("case", TABLE)
@pytest.mark.parametrize("upload", [False, True], ids=["fields", "upload"])
async def test_a_bad_line_ends_as_it_does_with_the_librarys_client(case: str, upload: bool) -> None:
    file = InputFile(b"x" * 1000, filename="paper.pdf")
    data = RequestData([RequestParameter.from_input("document", file)]) if upload else None
    async with BadServer(sendDocument=TABLE[case]) as server:
        url = f"{server.url}/bot{TOKEN}/sendDocument"
        async with HTTPXRequest(read_timeout=SHORT) as theirs, AiohttpRequest(read_timeout=SHORT) as ours:
            expected = await the_end(theirs, url, data)
            asked = len(server.requests)
            assert await the_end(ours, url, data) == expected
            assert len(server.requests) - asked == 1


@pytest.mark.parametrize("make", [HTTPXRequest, AiohttpRequest])
async def test_a_big_file_is_downloaded_whole_by_both(make: Callable[[], BaseRequest]) -> None:
    async with BadServer(big=saying(http("200 OK", BIG))) as server, make() as request:
        assert await request.retrieve(f"{server.url}/file/bot{TOKEN}/big") == BIG


async def test_a_message_is_tried_again_where_no_connection_could_be_made() -> None:
    metrics = Metrics()
    async with AiohttpRequest(metrics=metrics) as request:
        with pytest.raises(NetworkError, match="ClientConnectorError"):
            await request.post(f"http://127.0.0.1:1/bot{TOKEN}/sendMessage")
    labels = {"method": "sendMessage", "outcome": "network"}
    assert metrics.registry.get_sample_value("loanline_telegram_requests_total", labels) == 3


async def test_a_download_that_breaks_off_is_begun_again() -> None:
    broken, whole = saying(http("200 OK", BIG[:900], length=len(BIG)), then_close=True), saying(http("200 OK", BIG))
    async with BadServer(big=one_after_another(broken, whole)) as server, AiohttpRequest() as request:
        assert await request.retrieve(f"{server.url}/file/bot{TOKEN}/big") == BIG


async def test_a_peer_that_takes_no_more_bytes_of_an_upload_times_out_while_writing() -> None:
    deaf = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await deaf.wait()
        writer.transport.abort()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, limit=1024)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot/sendDocument"
    data = RequestData([RequestParameter.from_input("document", InputFile(bytes(40 * 2**20), filename="a.pdf"))])
    async with AiohttpRequest(read_timeout=None, media_write_timeout=SHORT) as request:
        with pytest.raises(TimedOut):
            await request.post(address, data)
    deaf.set()
    server.close()
    await server.wait_closed()


async def test_more_requests_than_connections_wait_and_then_give_up_unsent() -> None:
    async with (
        BadServer(getUpdates=silent_after(), getMe=saying(FINE)) as server,
        AiohttpRequest(connections=1, pool_timeout=SHORT, read_timeout=None) as request,
    ):
        occupying = asyncio.create_task(request.post(f"{server.url}/bot/getUpdates"))
        await server.asked.wait()
        with pytest.raises(TimedOut, match=r"\*not\* sent"):
            await request.post(f"{server.url}/bot/getMe")
        occupying.cancel()
        await asyncio.gather(occupying, return_exceptions=True)
        assert await request.post(f"{server.url}/bot/getMe") == {"id": 1}
    assert [path for path, _, _ in server.requests] == ["/bot/getUpdates", "/bot/getMe"]


async def test_a_cancelled_request_leaves_no_connection_that_would_answer_the_next_one() -> None:
    async with (
        BadServer(
            getUpdates=silent_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), getMe=saying(FINE)
        ) as server,
        AiohttpRequest(read_timeout=None) as request,
    ):
        waiting = asyncio.create_task(request.post(f"{server.url}/bot/getUpdates"))
        await server.asked.wait()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await server.gone.wait()
        assert await request.post(f"{server.url}/bot/getMe") == {"id": 1}
        assert server.connections == 2


async def test_closing_ends_what_is_under_way_and_starting_again_works() -> None:
    async with BadServer(getUpdates=silent_after(), getMe=saying(FINE)) as server:
        request = AiohttpRequest(read_timeout=None)
        with pytest.raises(NetworkError, match="not initialized"):
            await request.post(f"{server.url}/bot/getMe")
        await request.initialize()
        waiting = asyncio.create_task(request.post(f"{server.url}/bot/getUpdates"))
        await server.asked.wait()
        await request.shutdown()
        with pytest.raises(NetworkError):
            await waiting
        await request.initialize()
        assert await request.post(f"{server.url}/bot/getMe") == {"id": 1}
        await request.shutdown()
        await request.shutdown()


@pytest.fixture
async def proxy() -> AsyncIterator[BadServer]:
    async with BadServer(getMe=saying(FINE)) as server:
        yield server


async def test_a_proxy_with_credentials_is_asked_for_every_address(proxy: BadServer) -> None:
    address = proxy.url.replace("//", "//lin:secret@")
    async with AiohttpRequest(proxy=address) as request:
        assert await request.post("http://telegram.test/bot/getMe") == {"id": 1}
    path, headers, _ = proxy.requests[0]
    assert path == "http://telegram.test/bot/getMe"
    assert headers["proxy-authorization"] == "Basic bGluOnNlY3JldA=="


async def test_the_environments_proxy_is_heeded_but_for_the_own_machine(
    proxy: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "near.test")
    async with AiohttpRequest(connect_timeout=5) as request, BadServer(getMe=saying(FINE)) as near:
        await request.post("http://telegram.test/bot/getMe")
        await request.post(f"{near.url}/bot/getMe")
        assert len(near.requests) == 1
    assert [path for path, _, _ in proxy.requests] == ["http://telegram.test/bot/getMe"]


async def test_a_proxy_that_is_away_or_refuses_is_a_network_error_without_the_token() -> None:
    for address in ("http://127.0.0.1:1", "http://lin:secret@127.0.0.1:1"):
        async with AiohttpRequest(proxy=address, retries=0) as request:
            with pytest.raises(NetworkError) as caught:
                await request.post(f"https://telegram.test/bot{TOKEN}/getMe")
        assert "secret" not in repr(caught.value)
        assert TOKEN not in repr(caught.value)


async def test_a_proxy_that_wants_credentials_is_named_by_its_code() -> None:
    async with BadServer(**{"telegram.test:443": saying(http("407 Proxy Authentication Required", b""))}) as proxy:
        async with AiohttpRequest(proxy=proxy.url) as request:
            with pytest.raises(NetworkError, match=r"ClientHttpProxyError \(407\)"):
                await request.post("https://telegram.test/bot/getMe")
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("address", "advice"), [("socks5://127.0.0.1:1080", "aiohttp-socks"), ("ftp://127.0.0.1", "LOANLINE_PROXY")]
)
def test_a_proxy_that_cannot_be_used_is_refused_with_advice(address: str, advice: str) -> None:
    with pytest.raises(UnusableProxy, match=advice):
        AiohttpRequest(proxy=address)


class SocksPackage(ModuleType):
    """As much of aiohttp-socks as is asked of it; every connection fails."""

    class ProxyError(Exception):
        pass

    class ProxyConnectionError(Exception):
        pass

    class ProxyTimeoutError(Exception):
        pass

    class ProxyConnector(aiohttp.TCPConnector):
        addresses: ClassVar[list[str]] = []

        @classmethod
        def from_url(cls, url: str, rdns: bool, **options: Any) -> "SocksPackage.ProxyConnector":
            cls.addresses.append(url)
            return cls(**options)

        async def connect(self, *_: Any, **__: Any) -> Any:
            raise SocksPackage.ProxyConnectionError("cannot reach lin:secret@127.0.0.1")


async def test_a_socks_proxy_leads_everywhere_and_its_failure_is_a_network_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp_socks", SocksPackage("aiohttp_socks"))
    async with AiohttpRequest(proxy="socks5h://lin:secret@127.0.0.1:1080") as request:
        with pytest.raises(NetworkError, match=r"ProxyConnectionError$") as caught:
            await request.post(f"https://telegram.test/bot{TOKEN}/sendMessage")
    assert SocksPackage.ProxyConnector.addresses == ["socks5://lin:secret@127.0.0.1:1080"]
    assert "secret" not in repr(caught.value)


def vouched_by_none(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem, bare = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare)
    (folder / "server.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=vouched_by_none(tmp_path))
    port = server.sockets[0].getsockname()[1]
    async with AiohttpRequest() as request:
        with pytest.raises(NetworkError, match="Certificate"):
            await request.post(f"https://127.0.0.1:{port}/bot/getMe")
    server.close()
    await server.wait_closed()


async def test_an_outage_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.monitoring.reachability")
    metrics = Metrics()
    reachability = Reachability(metrics)
    answers = one_after_another(*[hanging_up] * 3, saying(FINE), saying(FINE))
    async with (
        BadServer(sendMessage=answers) as server,
        AiohttpRequest(reachability=reachability, metrics=metrics) as request,
        AiohttpRequest(reachability=reachability, metrics=metrics) as other,
    ):
        url = f"{server.url}/bot{TOKEN}/sendMessage"
        for each in (request, other, request):
            with pytest.raises(NetworkError):
                await each.post(url)
        assert not reachability.up
        assert metrics.registry.get_sample_value("loanline_telegram_reachable") == 0
        await other.post(url)
        await request.post(url)
    assert reachability.up
    assert [record.message for record in caplog.records] == ["Telegram cannot be reached", "Telegram answers again"]
    labels = {"method": "sendMessage", "outcome": "network"}
    assert metrics.registry.get_sample_value("loanline_telegram_requests_total", labels) == 3
    assert TOKEN.encode() not in await metrics.page()


async def test_one_slow_request_among_answered_ones_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    reachability = Reachability(Metrics())
    set_out_at = asyncio.get_running_loop().time()
    reachability.answered()
    reachability.failed(set_out_at, "SocketTimeoutError")
    assert reachability.up
    assert caplog.records == []
