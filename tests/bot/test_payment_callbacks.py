import hashlib
import hmac
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.monitoring.metrics import Metrics
from bot.web.payment_callbacks import (
    PATH,
    ConfirmedPayment,
    Gateway,
    HmacSignature,
    PaymentCallbacks,
    UnreadableCallback,
)
from services.errors import NotFound

CALL = {"order": "P-123", "charge": "ch_9", "cents": 5307_27, "currency": "CNY"}


def read(body: bytes) -> ConfirmedPayment | None:
    try:
        call = json.loads(body)
        if call.get("event") == "payout":
            return None
        return ConfirmedPayment(call["order"], call["charge"], call["cents"], call["currency"])
    except (ValueError, KeyError) as error:
        raise UnreadableCallback from error


class Booking:
    def __init__(self) -> None:
        self.booked: list[ConfirmedPayment] = []
        self.fails_with: Exception | None = None

    async def confirm(self, payment: ConfirmedPayment) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.booked.append(payment)


@pytest.fixture
def booking() -> Booking:
    return Booking()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(booking: Booking, metrics: Metrics) -> TestClient[web.Request, web.Application]:
    acme = Gateway("acme", HmacSignature("X-Acme-Signature", ["new", "old"]), read)
    callbacks = PaymentCallbacks([acme], booking.confirm, metrics)
    site = web.Application()
    site.add_routes([web.post(PATH, callbacks.handle)])
    async with TestClient(TestServer(site)) as client:
        yield client


def signed(body: bytes, by: str = "new") -> dict[str, str]:
    return {"X-Acme-Signature": hmac.new(by.encode(), body, hashlib.sha256).hexdigest()}


@pytest.mark.parametrize("secret", ["new", "old"])
async def test_a_genuine_call_books_the_payment(
    client: TestClient[web.Request, web.Application], booking: Booking, metrics: Metrics, secret: str
) -> None:
    body = json.dumps(CALL).encode()
    answer = await client.post("/payments/acme", data=body, headers=signed(body, secret))
    assert answer.status == 200
    assert booking.booked == [ConfirmedPayment("P-123", "ch_9", 530727, "CNY")]
    labels = {"gateway": "acme", "outcome": "booked"}
    assert metrics.registry.get_sample_value("loanline_payment_callbacks_total", labels) == 1


@pytest.mark.parametrize(
    "headers", [{}, {"X-Acme-Signature": ""}, signed(b"another body"), signed(json.dumps(CALL).encode(), "stranger's")]
)
async def test_a_forged_call_books_nothing(
    client: TestClient[web.Request, web.Application], booking: Booking, headers: dict[str, str]
) -> None:
    answer = await client.post("/payments/acme", data=json.dumps(CALL).encode(), headers=headers)
    assert answer.status == 403
    assert booking.booked == []


@pytest.mark.parametrize(
    ("body", "failure", "code"),
    [
        (b'{"event": "payout"}', None, 200),
        (b"not json", None, 400),
        (json.dumps(CALL).encode(), NotFound(), 422),
        (json.dumps(CALL).encode(), OSError("the database is away"), 503),
    ],
)
async def test_the_answer_says_whether_to_call_again(
    client: TestClient[web.Request, web.Application],
    booking: Booking,
    body: bytes,
    failure: Exception | None,
    code: int,
) -> None:
    booking.fails_with = failure
    answer = await client.post("/payments/acme", data=body, headers=signed(body))
    assert answer.status == code
    assert booking.booked == []


async def test_a_gateway_that_nobody_knows_is_not_found(client: TestClient[web.Request, web.Application]) -> None:
    assert (await client.post("/payments/other", data=b"{}", headers=signed(b"{}"))).status == 404


def test_a_signature_without_secrets_vouches_for_nothing() -> None:
    assert not HmacSignature("X", []).genuine(signed(b"x", ""), b"x")
    assert not HmacSignature("X-Acme-Signature", [""]).genuine(signed(b"x", ""), b"x")


def test_two_gateways_of_one_name_are_refused(booking: Booking) -> None:
    acme = Gateway("acme", HmacSignature("X", ["s"]), read)
    with pytest.raises(ValueError, match="same name"):
        PaymentCallbacks([acme, acme], booking.confirm)
