"""Answers to pressed buttons and checkouts, and invoices (core.telegram.org/bots/payments)."""

import re
import secrets
from collections.abc import Mapping

from sandbox.errors import bad_request
from sandbox.models import Invoice
from sandbox.params import Params
from sandbox.sending import Call, Draft, read_target, sent_json
from sandbox.shapes import JsonObject, PressAnswer

CALLBACK_TEXT_LIMIT = 200
TITLE_LIMIT = 32
DESCRIPTION_LIMIT = 255
PAYLOAD_BYTES = 128
STARS = "XTR"
GAME_OR_BOT_LINK = re.compile(r"https?://(?:t\.me|telegram\.me)/\S+|tg://\S+")


async def answer_callback_query(call: Call) -> bool:
    """Answer a pressed button, at most once and in time."""
    text = call.params.text("text")
    if len(text) > CALLBACK_TEXT_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.params.text("url")
    if url and not GAME_OR_BOT_LINK.match(url):
        raise bad_request("URL_INVALID")
    answer: PressAnswer = {
        "answered": True,
        "text": text or None,
        "alert": bool(text) and call.params.flag("show_alert"),
        "url": url or None,
    }
    call.world.questions.answer_callback(call.params.text("callback_query_id"), answer)
    return True


async def answer_pre_checkout_query(call: Call) -> bool:
    """Consent to a payment or object to it, within ten seconds."""
    objection = None
    if not call.params.flag("ok"):
        objection = call.params.required("error_message")
    call.world.questions.answer_checkout(call.params.text("pre_checkout_query_id"), objection)
    return True


async def send_invoice(call: Call) -> JsonObject:
    """Send an invoice."""
    invoice = read_invoice(call.params)
    return sent_json(call, read_target(call, invoice=True), Draft(invoice=invoice))


async def create_invoice_link(call: Call) -> str:
    """A link under which anybody can pay the invoice."""
    slug = secrets.token_urlsafe(12)
    call.world.invoice_links[slug] = read_invoice(call.params)
    return f"https://t.me/${slug}"


def read_invoice(params: Params) -> Invoice:
    """The invoice of a call. Raises ApiError 400 with Telegram's words for what it refuses."""
    title, description = params.required("title"), params.required("description")
    payload, currency = params.required("payload"), params.required("currency").upper()
    if len(title) > TITLE_LIMIT:
        raise bad_request("INVOICE_TITLE_INVALID")
    if len(description) > DESCRIPTION_LIMIT:
        raise bad_request("INVOICE_DESCRIPTION_INVALID")
    if len(payload.encode()) > PAYLOAD_BYTES:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise bad_request("CURRENCY_INVALID")
    if currency != STARS and not params.text("provider_token"):
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    total = sum(_prices(params, single=currency == STARS))
    if total <= 0:
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")
    return Invoice(
        title=title,
        description=description,
        payload=payload,
        currency=currency,
        total=total,
        start_parameter=params.text("start_parameter"),
    )


def _prices(params: Params, *, single: bool) -> list[int]:
    try:
        value = params.json("prices")
    except ValueError:
        raise bad_request("can't parse prices JSON object") from None
    if not isinstance(value, list) or not value:
        raise bad_request("prices must be a non-empty Array of LabeledPrice")
    amounts = []
    for item in value:
        amount = item.get("amount") if isinstance(item, Mapping) else None
        if not isinstance(amount, int) or not isinstance(item.get("label"), str):
            raise bad_request('can\'t parse labeled price: Field "amount" must be a Number')
        amounts.append(amount)
    if single and len(amounts) != 1:
        raise bad_request("STARS_INVOICE_INVALID")
    return amounts


METHODS = {
    "answerCallbackQuery": answer_callback_query,
    "answerPreCheckoutQuery": answer_pre_checkout_query,
    "sendInvoice": send_invoice,
    "createInvoiceLink": create_invoice_link,
}
