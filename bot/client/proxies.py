"""Which proxy leads to an address: the one of the settings, or what the environment says."""

import importlib
from typing import Any, Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

HTTP: Final = ("http", "https")
SOCKS: Final = ("socks4", "socks4a", "socks5", "socks5h")
OWN_MACHINE: Final = ("localhost", "127.0.0.1", "::1")
"""Never asked for through a proxy of the environment."""


class UnusableProxy(ValueError):
    """The proxy's address is of no known kind, or its kind needs a package that is not installed."""


class Proxies:
    """The settings' proxy serves every address. Without one, `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`
    are heeded, for proxies that speak HTTP. Credentials stand in the address: `http://user:password@host:port`."""

    def __init__(self, proxy: str | None = None) -> None:
        """Raises UnusableProxy."""
        self._given = URL(proxy) if proxy else None
        self._environment: dict[str, URL | None] = {}
        if self._given is not None and self._given.scheme not in HTTP + SOCKS:
            raise UnusableProxy("LOANLINE_PROXY must begin with http://, https:// or socks5://")
        self._socks = _socks_package() if self._given is not None and self._given.scheme in SOCKS else None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What a SOCKS proxy's failures are raised as, beside aiohttp's own errors."""
        if self._socks is None:
            return ()
        return self._socks.ProxyError, self._socks.ProxyConnectionError, self._socks.ProxyTimeoutError

    def leading_to(self, url: URL) -> URL | None:
        """The HTTP proxy to ask for `url`, None to ask directly. Raises UnusableProxy for a SOCKS proxy that the
        environment names."""
        if self._given is not None:
            return None if self._socks else self._given
        origin = f"{url.scheme}://{url.raw_host}"
        if origin not in self._environment:
            self._environment[origin] = _from_environment(url)
        return self._environment[origin]

    def connector(self, *, keepalive_s: float) -> aiohttp.TCPConnector:
        """Connections, as many as are asked for, through the SOCKS proxy if that is what was given."""
        options: dict[str, Any] = {"limit": 0, "keepalive_timeout": keepalive_s, "ttl_dns_cache": 300}
        if self._socks is None:
            return aiohttp.TCPConnector(**options)
        # The package resolves names at the proxy where the scheme says so by itself.
        address = str(self._given).replace("socks5h://", "socks5://").replace("socks4a://", "socks4://")
        connector: aiohttp.TCPConnector = self._socks.ProxyConnector.from_url(address, rdns=True, **options)
        return connector


def _socks_package() -> Any:
    try:
        return importlib.import_module("aiohttp_socks")
    except ImportError:
        raise UnusableProxy("a SOCKS proxy needs the package aiohttp-socks: pip install aiohttp-socks") from None


def _from_environment(url: URL) -> URL | None:
    host = url.host or ""
    if host in OWN_MACHINE or proxy_bypass(host):
        return None
    named = getproxies()
    address = named.get(url.scheme) or named.get("all")
    if not address:
        return None
    proxy = URL(address if "://" in address else f"http://{address}")
    if proxy.scheme not in HTTP:
        raise UnusableProxy("a SOCKS proxy cannot be set by the environment's *_PROXY: put it into LOANLINE_PROXY")
    return proxy
