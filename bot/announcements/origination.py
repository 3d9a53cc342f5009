"""What becomes of an application: taken up, asked about, answered with an offer or declined."""

from datetime import date, datetime
from typing import Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import keyboards
from bot.announcements import Announcement, Announcing, announces
from services.money import Money
from services.wording import Label, LocalizedText, Percent

ADVICE: Final = {
    "terms.decline_reason_income": "origination.advice_income",
    "terms.decline_reason_documents": "origination.advice_documents",
    "terms.decline_reason_purpose": "origination.advice_purpose",
    "terms.decline_reason_existing_debt": "origination.advice_existing_debt",
    "terms.decline_reason_identity": "origination.advice_identity",
    "terms.decline_reason_policy": "origination.advice_policy",
}
"""What a borrower can do about each reason."""


@announces("application_claimed")
async def application_claimed(a: Announcing) -> Announcement:
    text = a.t("origination.claimed", reference=a.param("reference", str), officer=a.param("officer_name", str))
    return Announcement(text, keyboards.keyboard(_status(a)), moves_application=True)


@announces("information_requested")
async def information_requested(a: Announcing) -> Announcement:
    return Announcement(_request(a, "origination.requested"), _answer_buttons(a), moves_application=True)


@announces("information_due")
async def information_due(a: Announcing) -> Announcement:
    return Announcement(_request(a, "origination.request_due"), _answer_buttons(a))


@announces("offer_ready")
async def offer_ready(a: Announcing) -> Announcement:
    asked, amount = a.param("asked_amount", Money), a.param("amount", Money)
    first_draw = a.params.get("first_draw")
    key = "origination.offer" if amount == asked else "origination.offer_of_less"
    text = a.t(
        key if first_draw is None else "origination.offer_of_line",
        first=first_draw,
        amount=amount,
        asked=asked,
        product=a.param("product", LocalizedText),
        reference=a.param("reference", str),
        apr=a.param("apr", Percent),
        until=a.param("expires_at", datetime),
    )
    return Announcement(text, _offer_buttons(a), moves_application=True)


@announces("offer_expiring")
async def offer_expiring(a: Announcing) -> Announcement:
    return Announcement(a.t("origination.offer_expiring", until=a.param("expires_at", datetime)), _offer_buttons(a))


@announces("offer_expired")
async def offer_expired(a: Announcing) -> Announcement:
    again = keyboards.data("apply", "product", a.param("product_code", str))
    buttons = [keyboards.button(a.t.plain("menu.button_apply"), again), keyboards.human(a.t)]
    text = a.t("origination.offer_expired", product=a.param("product", LocalizedText))
    return Announcement(text, keyboards.keyboard(buttons), moves_application=True)


@announces("application_declined")
async def application_declined(a: Announcing) -> Announcement:
    """The reason, what can be done about it, and a person who looks at it again."""
    reason = a.param("reason", Label)
    text = a.t(
        "origination.declined",
        product=a.param("product", LocalizedText),
        reference=a.param("reference", str),
        reason=reason,
    )
    advice = a.t(ADVICE.get(reason.key, "origination.advice_policy"))
    buttons = [
        keyboards.button(a.t.plain("status.button_second_look"), "human:question"),
        keyboards.button(a.t.plain("menu.button_apply"), "apply:start"),
    ]
    return Announcement(
        f"{text}\n\n{advice}\n{a.t('origination.second_look')}", keyboards.keyboard(buttons), moves_application=True
    )


def _request(a: Announcing, key: str) -> str:
    return a.t(
        key,
        reference=a.param("reference", str),
        question=a.param("question", str),
        answer_by=a.param("answer_by", date),
    )


def _answer_buttons(a: Announcing) -> InlineKeyboardMarkup:
    send = keyboards.button(a.t.plain("menu.button_answer_request"), "status:request")
    return keyboards.keyboard([send, keyboards.human(a.t)])


def _offer_buttons(a: Announcing) -> InlineKeyboardMarkup:
    return keyboards.keyboard([keyboards.button(a.t.plain("menu.button_offer"), "offer:open"), _status(a)])


def _status(a: Announcing) -> InlineKeyboardButton:
    return keyboards.button(a.t.plain("menu.button_status"), "status:open")
