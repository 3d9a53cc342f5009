"""What happens to a revolving line: a draw is paid out or refused, draws are stopped or let again."""

from datetime import date

from telegram import InlineKeyboardMarkup

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from services.money import Money
from services.wording import Label


@announces("draw_paid_out")
async def draw_paid_out(a: Announcing) -> Announcement:
    lines = [
        a.t(
            "lending.draw_paid_out",
            amount=a.param("amount", Money),
            account=a.param("account", str),
            reference=a.param("reference", str),
        ),
        "",
        a.t("lending.draw_drawn", drawn=a.param("drawn", Money), available=a.param("available", Money)),
    ]
    if a.params["next_due_on"] is not None:
        lines.append(
            a.t("lending.next_due", amount=a.param("next_due_amount", Money), due_on=a.param("next_due_on", date))
        )
    return Announcement("\n".join(lines), _loan_buttons(a))


@announces("draw_refused")
async def draw_refused(a: Announcing) -> Announcement:
    text = a.t(
        "lending.draw_refused",
        amount=a.param("amount", Money),
        reference=a.param("reference", str),
        reason=a.param("reason", Label),
    )
    return Announcement(text, _loan_buttons(a, human=True))


@announces("line_blocked")
async def line_blocked(a: Announcing) -> Announcement:
    return Announcement(a.t("lending.line_blocked", reference=a.param("reference", str)), _loan_buttons(a, human=True))


@announces("line_unblocked")
async def line_unblocked(a: Announcing) -> Announcement:
    return Announcement(a.t("lending.line_unblocked", reference=a.param("reference", str)), _loan_buttons(a))


def _loan_buttons(a: Announcing, *, human: bool = False) -> InlineKeyboardMarkup:
    loan = keyboards.data("schedule", "loan", a.param("loan_id", int))
    last = keyboards.human(a.t) if human else keyboards.menu(a.t)
    return keyboards.keyboard([keyboards.button(a.t.plain("lending.button_line"), loan), last])
