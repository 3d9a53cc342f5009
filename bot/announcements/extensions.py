"""What becomes of a borrower's request for more time: granted, declined, run out."""

from datetime import date, datetime

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from bot.cards.plan_lines import change_words
from services.extensions.extension_plans import Kind
from services.money import Money
from services.wording import Label


@announces("extension_approved")
async def extension_approved(a: Announcing) -> Announcement:
    product = a.services.products.get(a.param("product_code", str))
    asked = (Kind(a.param("asked_kind", str)), a.param("asked", int))
    granted = (Kind(a.param("granted_kind", str)), a.param("granted", int))
    text = a.t(
        "extend.told_granted" if asked == granted else "extend.told_granted_other",
        loan=a.param("loan_reference", str),
        change=change_words(product, granted, a.t),
        asked=change_words(product, asked, a.t),
        last=a.param("last_due_on", date),
        extra=a.param("extra", Money),
        until=a.param("valid_until", datetime),
    )
    read = keyboards.data("extend", "open", a.param("extension_id", int))
    return Announcement(
        text, keyboards.keyboard([keyboards.button(a.t.plain("extend.button_read"), read), keyboards.human(a.t)])
    )


@announces("extension_declined")
async def extension_declined(a: Announcing) -> Announcement:
    """The reason, and a person for another way."""
    loan = a.param("loan_reference", str)
    text = a.t("extend.told_declined", loan=loan, reason=a.param("reason", Label))
    return Announcement(text, keyboards.keyboard([keyboards.human(a.t), keyboards.menu(a.t)]))


@announces("extension_expired")
async def extension_expired(a: Announcing) -> Announcement:
    key = "extend.told_not_signed" if a.param("decided", bool) else "extend.told_not_decided"
    text = a.t(key, loan=a.param("loan_reference", str), reference=a.param("reference", str))
    again = keyboards.button(a.t.plain("extend.button_open"), keyboards.data("extend", "loan", a.param("loan_id", int)))
    return Announcement(text, keyboards.keyboard([again, keyboards.human(a.t)]))
