"""The bot's HTTP client, on aiohttp: under many requests at once several times faster than the library's own."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import aiohttp
from aiohttp.payload import BytesPayload, Payload
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.client.proxies import Proxies, UnusableProxy
from bot.client.upload import Upload
from bot.monitoring.metrics import METRICS, Metrics, Outcome
from bot.monitoring.reachability import Reachability

RETRIES: Final = 2
RETRY_DELAYS_S: Final = (0.2, 0.6)
"""Waits before the second and third try, shorter than anybody's patience."""
KEEP_ALIVE_S: Final = 15
"""Idle connections are given up before Telegram's side does, so a request seldom meets a closed one."""
LONGEST_ANSWER_S: Final = 120
"""On top of the time to read: nobody waits longer for an answer that keeps trickling in. Files may."""
MAY_BE_REPEATED: Final = ("get", "edit", "answer", "delete", "set")
"""Beginnings of the methods that, done twice, have done no more than once. The second time Telegram may refuse them
("message is not modified", "query is too old"): what was asked for has been done."""
JSON: Final = "application/json"
BUSY: Final = (
    "Pool timeout: all connections are in use. The request was *not* sent to Telegram. Raise the number of connections "
    "or the pool timeout."
)

GATEWAY_ERRORS: Final = (502, 503, 504)
"""Answers that come from Telegram's entrance while nobody is behind it."""

_better_twice: ContextVar[bool] = ContextVar("better_twice", default=False)


@contextmanager
def better_twice_than_never() -> Iterator[None]:
    """Within it every request is repeated like a harmless one: for answers to somebody who waits and to whom a second
    copy does less harm than silence. Not for what a queue repeats by itself."""
    before = _better_twice.set(True)
    try:
        yield
    finally:
        _better_twice.reset(before)


class AiohttpRequest(BaseRequest):
    """Requests to the Bot API over pooled connections, kept alive, over HTTP/1.1 with verified certificates.

    Timeouts are seconds, None for no limit, and mean what they mean to the library: `pool` to get one of the
    connections, `connect` to make it (name, TCP and TLS together), `write` for each piece that is sent (a request
    without files is one piece), `read` for each wait for something to arrive.

    **Repetition.** A request that was never written because the connection could not be made is tried again, up to
    `retries` times. A connection that breaks later, or an answer of 5xx, leaves open whether Telegram acted on it:
    then only downloads and the methods of `MAY_BE_REPEATED` are tried again; `sendMessage` is not, as it could be
    seen twice, unless the caller wants just that: `better_twice_than_never`. Nothing that carries files is repeated
    once its files were begun, and a timeout is never repeated.

    Redirects are not followed: the answer's code is told, as with the library's own client. Error messages name the
    kind of failure only, because an address contains the bot's token.
    """

    def __init__(
        self,
        *,
        connections: int = 256,
        pool_timeout: float | None = 1.0,
        connect_timeout: float | None = 5.0,
        read_timeout: float | None = 10.0,
        write_timeout: float | None = 10.0,
        media_write_timeout: float | None = 20.0,
        retries: int = RETRIES,
        proxy: str | None = None,
        reachability: Reachability | None = None,
        metrics: Metrics = METRICS,
    ) -> None:
        """`proxy` is an address as `Proxies` takes it. Raises UnusableProxy."""
        self._connections = connections
        self._pool_timeout = pool_timeout
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._media_write_timeout = media_write_timeout
        self._retries = retries
        self._proxies = Proxies(proxy)
        self._failures: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, ValueError, *self._proxies.errors)
        self._reachability = reachability or Reachability(metrics)
        self._metrics = metrics
        self._free = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._free = asyncio.Semaphore(self._connections)
            self._session = aiohttp.ClientSession(
                connector=self._proxies.connector(keepalive_s=KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One exchange, repeated as the class says. Raises TimedOut and NetworkError."""
        if self._session is None or self._session.closed:
            raise RuntimeError("This AiohttpRequest is not initialized!")
        with_files = request_data is not None and request_data.contains_files
        connect, read = _chosen(connect_timeout, self._connect_timeout), _chosen(read_timeout, self._read_timeout)
        address = URL(url)
        try:
            proxy = self._proxies.leading_to(address)
        except UnusableProxy as error:
            raise NetworkError(str(error)) from None
        exchange = _Exchange(
            self._session,
            method,
            address,
            request_data,
            aiohttp.ClientTimeout(_altogether(method, with_files, read), connect, read, connect),
            _chosen(write_timeout, self._media_write_timeout if with_files else self._write_timeout),
            proxy,
        )
        pool = _chosen(pool_timeout, self._pool_timeout)
        attempt = 0
        while True:
            try:
                code, payload = await self._once(exchange, pool)
                if code < 500:
                    return code, payload
                failure = None
            except self._failures as error:
                failure = error
            if attempt == self._retries or not exchange.may_be_repeated(failure):
                break
            await asyncio.sleep(RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)])
            attempt += 1
        if failure is not None:
            raise _told(failure)
        return code, payload

    async def _once(self, exchange: "_Exchange", pool: float | None) -> tuple[int, bytes]:
        """Code and body of the answer. Raises what aiohttp raises, TimedOut when there is no free connection."""
        try:
            async with asyncio.timeout(pool):
                await self._free.acquire()
        except TimeoutError:
            raise TimedOut(BUSY) from None
        time = asyncio.get_running_loop().time
        started = time()
        try:
            code, payload = await exchange.run()
        except self._failures as error:
            outcome: Outcome = "timeout" if isinstance(error, TimeoutError) else "network"
            self._metrics.telegram_asked(exchange.name, outcome, time() - started)
            self._reachability.failed(started, type(error).__name__)
            raise
        finally:
            self._free.release()
        self._metrics.telegram_asked(exchange.name, _outcome(code), time() - started)
        if code in GATEWAY_ERRORS:
            self._reachability.failed(started, f"HTTP {code}")
        else:
            self._reachability.answered()
        return code, payload


class _Exchange:
    """A request that can be made, and made again."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        method: str,
        url: URL,
        data: RequestData | None,
        timeout: aiohttp.ClientTimeout,
        write_timeout: float | None,
        proxy: URL | None,
    ) -> None:
        self._session = session
        self._method = method
        self._url = url
        self._data = data
        self._timeout = timeout
        self._write_timeout = write_timeout
        self._proxy = proxy
        self.name = url.name if method == "POST" else "file"
        """The Bot API's method, never the address: that contains the token."""

    async def run(self) -> tuple[int, bytes]:
        async with self._session.request(
            self._method,
            self._url,
            data=self._body(),
            timeout=self._timeout,
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            return response.status, await response.read()

    def _body(self) -> Payload | None:
        if self._data is None:
            return None
        parameters = self._data.parameters
        if self._data.contains_files:
            fields = {name: each if isinstance(each, str) else json.dumps(each) for name, each in parameters.items()}
            return Upload(fields, self._data.multipart_data, self._write_timeout)
        return BytesPayload(json.dumps(parameters, ensure_ascii=False).encode(), content_type=JSON)

    def may_be_repeated(self, failure: Exception | None) -> bool:
        """Whether doing it again can do no harm and may do good. `failure` None means an answer of 5xx."""
        match failure:
            case TimeoutError() | aiohttp.ClientConnectorCertificateError():
                return False
            case aiohttp.ClientConnectorError():
                return True
            case None | aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
                return self._harmless
        return False

    @property
    def _harmless(self) -> bool:
        if self._method == "GET":
            return True
        with_files = self._data is not None and self._data.contains_files
        return (self.name.startswith(MAY_BE_REPEATED) or _better_twice.get()) and not with_files


def _told(failure: Exception) -> TelegramError:
    """As the library tells it."""
    if isinstance(failure, TimeoutError):
        return TimedOut()
    status = f" ({failure.status})" if isinstance(failure, aiohttp.ClientResponseError) else ""
    return NetworkError(f"{type(failure).__module__.split('.')[0]}.{type(failure).__name__}{status}")


def _outcome(code: int) -> Outcome:
    if code < 400:
        return "ok"
    if code == 429:
        return "flood"
    return "refused" if code < 500 else "error"


def _chosen(given: ODVInput[float], default: float | None) -> float | None:
    return default if isinstance(given, DefaultValue) else given


def _altogether(method: str, with_files: bool, read: float | None) -> float | None:
    """A file may take long as long as it keeps moving."""
    return None if method == "GET" or with_files or read is None else read + LONGEST_ANSWER_S
