"""The bot's HTTP client, on aiohttp: under many requests at once several times faster than the library's own."""

import asyncio
from collections.abc import Callable
from typing import Final

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

RETRIES: Final = 2
RETRY_DELAYS_S: Final = (0.2, 0.6)
"""Waits before the second and third try, shorter than anybody's patience."""
KEEP_ALIVE_S: Final = 15
"""Idle connections are given up before Telegram's side does, so a request seldom meets a closed one."""


class AiohttpRequest(BaseRequest):
    """Requests to the Bot API over pooled connections.

    A broken connection and an answer of 5xx are tried again at once, up to `retries` times. Telegram may have acted on
    the first try: delivery is at least once, and a message seen twice is better than none. Timeouts are seconds.
    Error messages name the kind of failure only, because an address contains the bot's token.
    """

    def __init__(
        self,
        *,
        connections: int = 256,
        connect_timeout: float = 5.0,
        read_timeout: float = 10.0,
        write_timeout: float = 10.0,
        media_write_timeout: float = 60.0,
        retries: int = RETRIES,
        proxy: str | None = None,
    ) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._media_write_timeout = media_write_timeout
        self._retries = retries
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, limit_per_host=0, keepalive_timeout=KEEP_ALIVE_S, ttl_dns_cache=300
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                proxy=self._proxy,
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
        """One exchange, repeated as the class says. `pool_timeout` is part of `connect_timeout` here.
        Raises TimedOut and NetworkError."""
        with_files = request_data is not None and request_data.contains_files
        connect = _chosen(connect_timeout, self._connect_timeout)
        read = _chosen(read_timeout, self._read_timeout)
        write = _chosen(write_timeout, self._media_write_timeout if with_files else self._write_timeout)
        timeout = aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)
        # A file may come slowly as long as it keeps coming; an upload and its short answer have one limit together.
        whole = None if method == "GET" else _together(connect, read, write)
        body = _form if with_files else _fields

        for attempt in range(self._retries + 1):
            last = attempt == self._retries
            try:
                async with asyncio.timeout(whole):
                    code, payload = await self._exchange(method, url, timeout, body, request_data)
                if code < 500 or last:
                    return code, payload
            except TimeoutError:
                raise TimedOut from None
            except aiohttp.ClientConnectionError as error:
                if last:
                    raise NetworkError(f"aiohttp.{type(error).__name__}") from None
            except aiohttp.ClientError as error:
                raise NetworkError(f"aiohttp.{type(error).__name__}") from None
            await asyncio.sleep(RETRY_DELAYS_S[min(attempt, len(RETRY_DELAYS_S) - 1)])
        raise AssertionError("the last attempt returns or raises")

    async def _exchange(
        self,
        method: str,
        url: str,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own limits for the stages, not a deadline
        body: Callable[[RequestData], aiohttp.FormData | dict[str, str]],
        request_data: RequestData | None,
    ) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            raise RuntimeError("AiohttpRequest is not initialized")
        data = body(request_data) if request_data is not None else None
        async with self._session.request(method, url, data=data, timeout=timeout) as response:
            return response.status, await response.read()


def _fields(data: RequestData) -> dict[str, str]:
    return data.json_parameters


def _form(data: RequestData) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, media_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=media_type)
    return form


def _chosen(given: ODVInput[float], default: float) -> float | None:
    return default if isinstance(given, DefaultValue) else given


def _together(*parts: float | None) -> float | None:
    limits = [part for part in parts if part is not None]
    return sum(limits) if len(limits) == len(parts) else None
