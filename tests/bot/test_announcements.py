import ast
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import keyboards
from bot.announcements import Announcement, Announcing, announcers, announces
from bot.wording.i18n import Catalogues
from bot.wording.markup import plain, shown_length
from services.clock import SteppedClock
from services.configuration.product_definitions import Product
from services.configuration.reading import load
from services.messages.outbox import MessageClass
from services.messages.outbox_delivery import OutboxMessage
from services.money import Money
from services.wording import Label

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES, CONFIG = ROOT / "services", ROOT / "config"
REMINDER = {
    "loan_reference": "L7K3QX9M",
    "number": 2,
    "amount": Money.of("863.51", "CNY"),
    "due_on": date(2025, 12, 5),
    "days_left": 3,
}
OVERDUE = {
    "loan_reference": "L7K3QX9M",
    "amount": Money.of("863.51", "CNY"),
    "penalty": Money.of("3.02", "CNY"),
    "total": Money.of("866.53", "CNY"),
    "due_on": date(2025, 12, 5),
    "days_past_due": 7,
    "step": 7,
    "tone": "firm",
}
RECEIVED = {
    "loan_id": 1,
    "reference": "L7K3QX9M",
    "payment_reference": "P2222222",
    "amount": Money.of("866.53", "CNY"),
    "paid_on": date(2025, 12, 12),
    "penalty": Money.of("3.02", "CNY"),
    "fees": Money.of("0", "CNY"),
    "interest": Money.of("40.00", "CNY"),
    "principal": Money.of("823.51", "CNY"),
    "unallocated": Money.of("0", "CNY"),
    "outstanding_after": Money.of("3400", "CNY"),
    "due_now_after": Money.of("0", "CNY"),
    "next_due_on": date(2026, 1, 5),
    "next_due_amount": Money.of("863.51", "CNY"),
    "loan_closed": False,
}
DISBURSED = {
    "loan_id": 1,
    "reference": "L7K3QX9M",
    "principal": Money.of("5000", "CNY"),
    "net_payout": Money.of("4950", "CNY"),
    "account": "···· 4821",
    "first_due": Money.of("863.51", "CNY"),
    "first_due_on": date(2025, 12, 5),
}
SETTLED = {"loan_id": 1, "reference": "L7K3QX9M", "settled_on": date(2025, 12, 12), "certificate_reference": "Z2222222"}
REJECTED = {
    "payment_id": 3,
    "payment_reference": "P2222222",
    "loan_id": 1,
    "loan_reference": "L7K3QX9M",
    "amount": Money.of("863.51", "CNY"),
    "reason": Label("terms.reject_reason_not_received"),
}
REVERSED = {
    "loan_id": 1,
    "loan_reference": "L7K3QX9M",
    "payment_reference": "P2222222",
    "amount": Money.of("863.51", "CNY"),
    "outstanding": Money.of("1863.51", "CNY"),
    "due_now": Money.of("863.51", "CNY"),
    "void_certificate": "Z2222222",
}
GRANTED = {
    "extension_id": 1,
    "product_code": "personal",
    "loan_id": 1,
    "loan_reference": "L7K3QX9M",
    "reference": "E2222222",
    "asked_kind": "pause",
    "asked": 3,
    "granted_kind": "longer",
    "granted": 2,
    "last_due_on": date(2026, 7, 5),
    "extra": Money.of("90.12", "CNY"),
    "valid_until": datetime(2025, 12, 9, 4, tzinfo=UTC),
}
NOT_GRANTED = {
    "loan_id": 1,
    "loan_reference": "L7K3QX9M",
    "reference": "E2222222",
    "reason": Label("terms.extension_refusal_cannot_be_repaid"),
}
RAN_OUT = {"loan_id": 1, "loan_reference": "L7K3QX9M", "reference": "E2222222", "decided": True}
SAMPLES = {
    "reminder": REMINDER,
    "overdue": OVERDUE,
    "escalated": OVERDUE,
    "loan_disbursed": DISBURSED,
    "payment_received": RECEIVED,
    "loan_settled": SETTLED,
    "transfer_rejected": REJECTED,
    "payment_reversed": REVERSED,
    "extension_approved": GRANTED,
    "extension_declined": NOT_GRANTED,
    "extension_expired": RAN_OUT,
}


class FakeLoans:
    async def certificate(self, borrower_id: int, loan_id: int) -> bytes:
        return b"%PDF certificate"


class FakeExtensions:
    """The loan may be extended."""

    async def offered(self, borrower_id: int, loan_id: int) -> bool:
        return True


@pytest.fixture(scope="module")
def texts() -> Catalogues:
    return Catalogues.load(clock=SteppedClock(datetime(2025, 12, 2, tzinfo=UTC)), strict=True)


async def announce(texts: Catalogues, kind: str, params: Mapping[str, Any], language: str = "en") -> Announcement:
    message = OutboxMessage(
        id=1,
        kind=kind,
        message_class=MessageClass.SERVICE,
        params=dict(params),
        borrower_id=1,
        chat_id=7,
        language=language,
        time_zone="Asia/Shanghai",
        loan_id=1,
        handoff_id=None,
        attempts=0,
    )
    product = load(Product, CONFIG / "products" / "personal.toml")
    products = SimpleNamespace(get=lambda code: product)
    services: Any = SimpleNamespace(loans=FakeLoans(), extensions=FakeExtensions(), products=products)
    bot: Any = None
    said = await announcers()[kind](Announcing(message, texts.translator(language), services, bot))
    assert said is not None
    return said


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("kind", SAMPLES)
async def test_every_announcement_is_whole_and_fits_a_phone(texts: Catalogues, kind: str, language: str) -> None:
    said = await announce(texts, kind, SAMPLES[kind], language)
    assert "…" not in said.text
    assert shown_length(said.text) <= 520
    assert said.keyboard is not None
    assert all(keyboards.columns(label) <= 20 for label in keyboards.labels(said.keyboard))


@pytest.mark.parametrize(
    ("days", "beginning"),
    [
        (7, "📅 Your next installment is due in 7 days"),
        (5, "📅 Your next installment is due in 5 days"),
        (3, "📅 In 3 days"),
        (2, "📅 In 2 days"),
        (1, "📅 Tomorrow"),
        (0, "📅 Today"),
        (12, "📅 Your next installment is due in 12 days"),
    ],
)
async def test_a_reminder_says_how_many_days_are_really_left(texts: Catalogues, days: int, beginning: str) -> None:
    said = await announce(texts, "reminder", {**REMINDER, "days_left": days})
    assert plain(said.text).startswith(beginning)


@pytest.mark.parametrize("certificate", ["Z2222222", None])
async def test_a_payment_taken_back_tells_what_is_owed_and_which_certificate_is_void(
    texts: Catalogues, certificate: str | None
) -> None:
    said = plain((await announce(texts, "payment_reversed", {**REVERSED, "void_certificate": certificate})).text)
    assert ("Z2222222" in said) == (certificate is not None)
    assert all(fact in said for fact in ("¥863.51", "P2222222", "L7K3QX9M", "¥1,863.51"))


async def test_where_nothing_is_due_after_it_no_figure_of_nought_is_told(texts: Catalogues) -> None:
    nothing = {**REVERSED, "due_now": Money.zero("CNY")}
    said = plain((await announce(texts, "payment_reversed", nothing)).text)
    assert "¥1,863.51" in said
    assert "¥0.00" not in said


@pytest.mark.parametrize("kind", ["payment_reversed", "transfer_rejected"])
async def test_whoever_hears_that_money_did_not_come_can_pay_from_there(texts: Catalogues, kind: str) -> None:
    said = await announce(texts, kind, SAMPLES[kind])
    assert said.keyboard is not None
    assert said.keyboard.inline_keyboard[0][0].callback_data == "repay:loan:1"
    assert said.keyboard.inline_keyboard[0][0].text == texts.translator("en").plain("menu.button_repay")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize(("step", "days"), [(1, 1), (1, 2), (3, 3), (7, 9), (15, 15), (30, 30), (60, 61), (90, 400)])
async def test_an_overdue_notice_names_amounts_since_when_and_a_way_to_a_human(
    texts: Catalogues, step: int, days: int, language: str
) -> None:
    said = await announce(texts, "overdue", {**OVERDUE, "step": step, "days_past_due": days}, language)
    facts = ("L7K3QX9M", "¥866.53", "¥863.51", "¥3.02", str(days), "Fri 5 Dec" if language == "en" else "12月5日 周五")
    assert all(fact in plain(said.text) for fact in facts)
    assert said.keyboard is not None
    pressed = [button.callback_data for line in said.keyboard.inline_keyboard for button in line]
    assert pressed == ["repay:loan:1", "human:hardship:1", "extend:loan:1", "human:complaint:1", "nav:human"]


async def test_each_step_of_the_overdue_ladder_has_words_of_its_own(texts: Catalogues) -> None:
    said = {
        (await announce(texts, "overdue", {**OVERDUE, "step": step, "days_past_due": 5})).text
        for step in (1, 3, 7, 15, 30, 60, 90)
    }
    assert len(said) == 7


async def test_a_lenders_own_step_uses_the_words_of_the_last_one_reached(texts: Catalogues) -> None:
    own = await announce(texts, "overdue", {**OVERDUE, "step": 20, "days_past_due": 20})
    usual = await announce(texts, "overdue", {**OVERDUE, "step": 15, "days_past_due": 20})
    assert own.text == usual.text


async def test_a_receipt_shows_each_part_that_got_money_and_they_add_up(texts: Catalogues) -> None:
    said = plain((await announce(texts, "payment_received", RECEIVED)).text)
    assert [line for line in said.splitlines() if line.startswith(("Penalty", "Fees", "Interest", "Principal"))] == [
        "Penalty: ¥3.02",
        "Interest: ¥40.00",
        "Principal: ¥823.51",
    ]
    figures = [Money.of(figure, "CNY").amount for figure in re.findall(r": ¥([\d.]+)$", said, re.MULTILINE)[:3]]
    assert sum(figures) == RECEIVED["amount"].amount
    assert "Next: ¥863.51 on Mon 5 Jan" in said


async def test_the_last_receipt_names_no_next_date(texts: Catalogues) -> None:
    last = {**RECEIVED, "loan_closed": True, "next_due_on": None, "next_due_amount": None}
    said = await announce(texts, "payment_received", last)
    assert "Next" not in said.text
    assert said.keyboard is None


async def test_a_payout_without_fees_does_not_mention_any(texts: Catalogues) -> None:
    whole = await announce(texts, "loan_disbursed", {**DISBURSED, "net_payout": DISBURSED["principal"]})
    assert "fees" not in whole.text
    assert "¥5,000.00 less ¥50.00 of fees" in plain((await announce(texts, "loan_disbursed", DISBURSED)).text)


async def test_a_settled_loan_brings_its_certificate(texts: Catalogues) -> None:
    said = await announce(texts, "loan_settled", SETTLED, "zh_Hans")
    assert [(paper.filename, paper.content) for paper in said.documents] == [
        ("结清证明-Z2222222.pdf", b"%PDF certificate")
    ]


FOUND = {"day": date(2025, 12, 5), "findings": ((Label("terms.check_payment"), 2), (Label("terms.check_damage"), 1))}


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "Payments booked differently from what came in: 2", "Damage in the database: 1"),
        ("zh_Hans", "还款金额与入账不符：2 项", "数据库损坏：1 项"),
    ],
)
async def test_the_desk_reads_how_much_of_what_the_nightly_check_found(
    texts: Catalogues, language: str, first: str, second: str
) -> None:
    said = await announce(texts, "consistency_findings", FOUND, language)
    _, _, *counted, _, advice = plain(said.text).splitlines()
    assert counted == [first, second]
    assert "main.py check-books" in advice


async def test_a_message_enqueued_with_the_wrong_type_is_a_mistake(texts: Catalogues) -> None:
    with pytest.raises(TypeError, match="reminder: amount is a int, not a Money"):
        await announce(texts, "reminder", {**REMINDER, "amount": 5})


def test_a_kind_is_announced_by_one_function_only() -> None:
    announcers()
    with pytest.raises(ValueError, match="reminder is announced twice"):
        announces("reminder")(announcers()["reminder"])


def kinds_enqueued() -> set[str]:
    """Every kind that a service names when it owes a message, by keyword or through a helper of its module."""
    found: set[str] = set()
    for path in SERVICES.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                named = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
                helped = call.args if ast.unparse(call.func).split(".")[-1] in ("_enqueue", "_owe_desk") else []
                found |= {node.value for node in (*named, *helped) if isinstance(node, ast.Constant)}
    return found


def test_every_kind_that_the_services_enqueue_has_an_announcer() -> None:
    kinds = kinds_enqueued()
    assert kinds >= {"offer_ready", "desk_card", "reminder", "overdue"}
    assert kinds - set(announcers()) == set()
