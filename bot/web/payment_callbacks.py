"""Calls by which a payment gateway outside Telegram says that money came in.

A gateway is a name, the signature by which its calls are known, and a function that reads them. The call is answered
with 200 after the payment is booked: a gateway that gets another answer calls again, and a payment that comes twice is
booked once.
"""

import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from aiohttp import web

from bot.monitoring.metrics import METRICS, Metrics
from services.errors import DomainError

logger = logging.getLogger(__name__)

PATH: Final = "/payments/{gateway}"


class UnreadableCallback(ValueError):
    """A genuine call that is not of the form that the gateway agreed to."""


@dataclass(frozen=True, slots=True)
class ConfirmedPayment:
    """Money that a gateway took."""

    reference: str
    """Of our payment, as it was given with `PaymentRequest`."""
    provider_reference: str
    """The gateway's own, by which a repetition is known."""
    amount_minor: int
    """In the smallest unit of the currency."""
    currency: str
    paid_at: datetime | None = None
    """None for now."""


class Signature(Protocol):
    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the call comes from the gateway, whole and unchanged."""
        ...


@dataclass(frozen=True)
class HmacSignature:
    """HMAC-SHA256 of the body in hexadecimal, in a header. Several secrets may hold at once, while one replaces the
    other. An old call that is played again changes nothing: its payment is known."""

    header: str
    secrets: Sequence[str]

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(self.header, "").lower().encode()
        expected = (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in self.secrets if secret)
        return any(hmac.compare_digest(given, each.encode()) for each in expected)


@dataclass(frozen=True)
class Gateway:
    """`name` is the last part of the path that it calls, such as `/payments/acme`. `read` answers the payment that a
    call confirms, None for a call about something else, and raises UnreadableCallback."""

    name: str
    signature: Signature
    read: Callable[[bytes], ConfirmedPayment | None]


Confirm = Callable[[ConfirmedPayment], Awaitable[object]]
"""Books the payment; raises DomainError when it can never be booked as it is."""


class PaymentCallbacks:
    """The gateways that may call, by name."""

    def __init__(self, gateways: Sequence[Gateway], confirm: Confirm, metrics: Metrics = METRICS) -> None:
        self._gateways = {gateway.name: gateway for gateway in gateways}
        self._confirm = confirm
        self._metrics = metrics
        if len(self._gateways) < len(gateways):
            raise ValueError("two gateways have the same name")

    def __bool__(self) -> bool:
        return bool(self._gateways)

    async def handle(self, request: web.Request) -> web.Response:
        gateway = self._gateways.get(request.match_info["gateway"])
        if gateway is None:
            return web.Response(status=404)
        code, outcome = await self._outcome(gateway, request.headers, await request.read())
        self._metrics.payment_callback(gateway.name, outcome)
        return web.Response(status=code)

    async def _outcome(self, gateway: Gateway, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        if not gateway.signature.genuine(headers, body):
            logger.warning("a payment callback is not genuine", extra={"gateway": gateway.name})
            return 403, "forged"
        try:
            payment = gateway.read(body)
            if payment is None:
                return 200, "ignored"
            await self._confirm(payment)
        except UnreadableCallback:
            logger.error("a payment callback could not be read", extra={"gateway": gateway.name})
            return 400, "unreadable"
        except DomainError as refusal:
            logger.error(
                "a confirmed payment was not booked", extra={"gateway": gateway.name, "kind": type(refusal).__name__}
            )
            return 422, "refused"
        except Exception as failure:  # noqa: BLE001 - the gateway must hear that it has to call again
            logger.error("a payment callback failed", extra={"gateway": gateway.name, "kind": type(failure).__name__})
            return 503, "failed"
        return 200, "booked"
