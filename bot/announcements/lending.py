"""What happens to a borrower's money: paid out, received, all repaid."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import keyboards
from bot.announcements import Announcement, Announcing, Attachment, announces
from services.money import Money
from services.wording import Label

PARTS: Final = {
    "penalty": "lending.part_penalty",
    "fees": "lending.part_fees",
    "interest": "lending.part_interest",
    "principal": "lending.part_principal",
    "unallocated": "lending.part_unallocated",
}
"""What a repayment may have settled, in the order in which it is settled."""


@announces("loan_disbursed")
async def loan_disbursed(a: Announcing) -> Announcement:
    principal, net_payout = a.param("principal", Money), a.param("net_payout", Money)
    limit = a.params.get("limit")
    key = "lending.disbursed" if principal == net_payout else "lending.disbursed_less_fees"
    text = a.t(
        "lending.disbursed_line" if isinstance(limit, Money) else key,
        limit=limit,
        net_payout=net_payout,
        principal=principal,
        fees=principal - net_payout,
        account=a.param("account", str),
        reference=a.param("reference", str),
        first_due=a.param("first_due", Money),
        first_due_on=a.param("first_due_on", date),
    )
    return Announcement(text, _loan_buttons(a), moves_application=True)


@announces("payment_received")
async def payment_received(a: Announcing) -> Announcement:
    lines = [
        a.t(
            "lending.received",
            amount=a.param("amount", Money),
            paid_on=a.param("paid_on", date),
            reference=a.param("reference", str),
            payment_reference=a.param("payment_reference", str),
        ),
        *_parts(a),
        *_owed(a, a.param("outstanding_after", Money), due_now := a.param("due_now_after", Money)),
    ]
    if not due_now and a.params["next_due_on"] is not None:
        due_on, amount = a.param("next_due_on", date), a.param("next_due_amount", Money)
        lines.append(a.t("lending.next_due", amount=amount, due_on=due_on))
    if isinstance(available := a.params.get("available"), Money):
        lines.append(a.t("lending.available", amount=available))
    return Announcement("\n".join(lines), None if a.param("loan_closed", bool) else _loan_buttons(a))


@announces("loan_settled")
async def loan_settled(a: Announcing) -> Announcement:
    certificate = a.param("certificate_reference", str)
    content = await a.services.loans.certificate(a.borrower_id, a.param("loan_id", int))
    text = a.t(
        "lending.settled",
        reference=a.param("reference", str),
        settled_on=a.param("settled_on", date),
        certificate=certificate,
    )
    name = a.t.plain("lending.certificate_file", certificate=certificate)
    return Announcement(text, keyboards.keyboard(keyboards.menu(a.t)), documents=(Attachment(f"{name}.pdf", content),))


@announces("transfer_rejected")
async def transfer_rejected(a: Announcing) -> Announcement:
    text = a.t(
        "lending.transfer_rejected",
        amount=a.param("amount", Money),
        payment_reference=a.param("payment_reference", str),
        reference=a.param("loan_reference", str),
        reason=a.param("reason", Label),
    )
    return Announcement(text, _buttons_to_pay(a))


@announces("payment_reversed")
async def payment_reversed(a: Announcing) -> Announcement:
    lines = [
        a.t(
            "lending.payment_reversed",
            amount=a.param("amount", Money),
            payment_reference=a.param("payment_reference", str),
            reference=a.param("loan_reference", str),
        ),
        *_owed(a, a.param("outstanding", Money), a.param("due_now", Money)),
        "",
    ]
    if isinstance(certificate := a.params.get("void_certificate"), str):
        lines.append(a.t("lending.certificate_void", certificate=certificate))
    lines.append(a.t("lending.pay_again"))
    return Announcement("\n".join(lines), _buttons_to_pay(a))


def _parts(a: Announcing) -> Iterator[str]:
    """A line for each part that got money, so that the figures add up to the amount."""
    for name, key in PARTS.items():
        amount = a.param(name, Money)
        if amount.amount:
            yield a.t(key, amount=amount)


def _owed(a: Announcing, outstanding: Money, due_now: Money) -> Iterator[str]:
    yield a.t("lending.still_owed", amount=outstanding)
    if due_now:
        yield a.t("lending.still_due", amount=due_now)


def _loan_buttons(a: Announcing) -> InlineKeyboardMarkup:
    return keyboards.keyboard([_plan(a), keyboards.menu(a.t)])


def _buttons_to_pay(a: Announcing) -> InlineKeyboardMarkup:
    """Where money that was thought to have come has not."""
    pay = keyboards.button(a.t.plain("menu.button_repay"), keyboards.data("repay", "loan", a.param("loan_id", int)))
    return keyboards.keyboard([pay, _plan(a), keyboards.menu(a.t)])


def _plan(a: Announcing) -> InlineKeyboardButton:
    return keyboards.button(
        a.t.plain("lending.button_plan"), keyboards.data("schedule", "loan", a.param("loan_id", int))
    )
