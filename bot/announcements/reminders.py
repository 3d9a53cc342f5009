"""Notices about due dates: reminders before, overdue notices after, rising from kind to firm and never further."""

from datetime import date
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from bot.wording.i18n import Translator
from services.money import Money

REMINDERS: Final = {0: "notices.reminder_0", 1: "notices.reminder_1", 3: "notices.reminder_3", 7: "notices.reminder_7"}
OVERDUE: Final = {
    1: "notices.overdue_1",
    3: "notices.overdue_3",
    7: "notices.overdue_7",
    15: "notices.overdue_15",
    30: "notices.overdue_30",
    60: "notices.overdue_60",
    90: "notices.overdue_90",
}
"""By days past due from which the text fits; a lender's own ladder uses the last text that it has reached."""


@announces("reminder")
async def reminder(a: Announcing) -> Announcement:
    days = a.param("days_left", int)
    if a.params.get("revolving") and days > 0:
        key = "notices.reminder_line"
    else:
        key = REMINDERS[min((step for step in REMINDERS if step >= days), default=max(REMINDERS))]
    text = a.t.n(
        key,
        days,
        amount=a.param("amount", Money),
        due_on=a.param("due_on", date),
        reference=a.param("loan_reference", str),
    )
    return Announcement(text, _buttons(a.t, a.message.loan_id))


@announces("overdue")
async def overdue(a: Announcing) -> Announcement:
    step = a.param("step", int)
    key = OVERDUE[max((known for known in OVERDUE if known <= step), default=min(OVERDUE))]
    extendable = await a.services.extensions.offered(a.borrower_id, _loan(a.message.loan_id))
    return Announcement(_overdue_text(a, key), _buttons(a.t, a.message.loan_id, complaint=True, extendable=extendable))


@announces("escalated")
async def escalated(a: Announcing) -> Announcement:
    """Asks for no money: the notice of the same day has the figures and the ways to pay."""
    hardship = _cannot_pay(a.t, _loan(a.message.loan_id))
    text = a.t("notices.escalated", reference=a.param("loan_reference", str))
    return Announcement(text, keyboards.keyboard([hardship, keyboards.human(a.t)]))


def _overdue_text(a: Announcing, key: str) -> str:
    return a.t.n(
        key,
        a.param("days_past_due", int),
        amount=a.param("amount", Money),
        due_on=a.param("due_on", date),
        penalty=a.param("penalty", Money),
        total=a.param("total", Money),
        reference=a.param("loan_reference", str),
    )


def _buttons(
    t: Translator, loan_id: int | None, *, complaint: bool = False, extendable: bool = False
) -> InlineKeyboardMarkup:
    """Paying first; a human always; the way to complain on everything that asks for money that is late, and the way to
    more time where there is one."""
    loan = _loan(loan_id)
    offers = [
        keyboards.button(t.plain("notices.pay_now"), keyboards.data("repay", "loan", loan)),
        _cannot_pay(t, loan),
    ]
    if extendable:
        more_time = keyboards.data("extend", "loan", loan)
        offers.append(keyboards.button(t.plain("extend.button_open"), more_time))
    if complaint:
        offers.append(keyboards.button(t.plain("notices.complain"), keyboards.data("human", "complaint", loan)))
    return keyboards.keyboard([*offers, keyboards.human(t)])


def _cannot_pay(t: Translator, loan_id: int) -> InlineKeyboardButton:
    return keyboards.button(t.plain("notices.cannot_pay"), keyboards.data("human", "hardship", loan_id))


def _loan(loan_id: int | None) -> int:
    if loan_id is None:
        raise ValueError("a notice without a loan")
    return loan_id
