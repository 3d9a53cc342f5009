"""Where an application stands: its stages, what happens next, what the borrower can do about it."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from telegram import InlineKeyboardButton, Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply, shows_standing
from bot.wording.i18n import Translator
from handlers import catalogue
from services.origination.application_states import ApplicationStatus
from services.origination.applications import Application


class Step(StrEnum):
    CARD = "status:card"
    WITHDRAW = "status:withdraw"
    HISTORY = "status:history"
    REQUEST = "status:request"
    REMOVE = "status:remove"


S = ApplicationStatus

STAGES: Final = ("status.stage_answers", "status.stage_review", "status.stage_offer", "status.stage_payout")
STAGE: Final = {
    S.DRAFT: 0,
    S.COLLECTING_DOCUMENTS: 0,
    S.SUBMITTED: 1,
    S.IN_REVIEW: 1,
    S.MORE_INFORMATION: 1,
    S.APPROVED: 2,
    S.ACCEPTED: 3,
    S.DISBURSED: 4,
}
"""How many of the stages are done. An application that came to nothing has no stages left to show."""
WAITING: Final = frozenset({S.SUBMITTED, S.IN_REVIEW, S.MORE_INFORMATION})
"""The lender owes a decision."""
WITHDRAWABLE: Final = WAITING | {S.DRAFT, S.COLLECTING_DOCUMENTS, S.ACCEPTED}
"""An offer that waits for an answer is declined instead."""
EARLIER_SHOWN: Final = 8


async def show(update: Update, context: LoanlineContext, lead: str = "") -> str:
    """The application under way, else the last one that was submitted."""
    await answer(update, context)
    t = context.t
    application, earlier = await _applications(context)
    if application is None:
        text = "\n\n".join(filter(None, (lead, t("status.none"))))
        apply = keyboards.button(t.plain("menu.button_apply"), "apply:start")
        await reply(update, context, text, keyboards.keyboard([apply, keyboards.menu(t)]))
        return Step.CARD
    parts = [lead, _about(application, t), _stages(application, t), await _next(application, context)]
    buttons = list(_buttons(application, t))
    if earlier:
        buttons.append(keyboards.button(t.plain("status.button_earlier"), "status:earlier"))
    text = "\n\n".join(filter(None, parts))
    shows_standing(context, await reply(update, context, text, keyboards.keyboard(buttons, keyboards.menu(t))))
    return Step.CARD


async def _applications(context: LoanlineContext) -> tuple[Application | None, list[Application]]:
    """The application to show, and those before it that were submitted, newest first."""
    services, borrower_id = context.services, context.borrower.id
    current = await services.applications.current(borrower_id)
    submitted = [each for each in await services.applications.list(borrower_id) if each.submitted_at is not None]
    if current is None:
        return (submitted[0], submitted[1:]) if submitted else (None, [])
    return current, [each for each in submitted if each.id != current.id]


def _about(application: Application, t: Translator) -> str:
    lines = [
        t("status.heading", reference=application.reference, state=application.status.label),
        t("status.product", product=application.product.name),
    ]
    if application.amount is not None and application.term is not None:
        term = catalogue.term(application.product, application.term, t)
        lines.append(t("status.loan", amount=application.amount, term=term))
    return "\n".join(lines)


def _stages(application: Application, t: Translator) -> str:
    """A line a stage: done, at present, to come, each with its own sign and the present one with a word."""
    done = STAGE.get(application.status)
    if done is None:
        return ""
    keys = {-1: "status.stage_done", 0: "status.stage_now", 1: "status.stage_to_come"}
    return "\n".join(
        t(keys[(position > done) - (position < done)], stage=t.plain(name)) for position, name in enumerate(STAGES)
    )


async def _next(application: Application, context: LoanlineContext) -> str:
    """What happens next, by when, and that the lender is late if it is."""
    t, due = context.t, application.decision_due_at
    if application.status is S.MORE_INFORMATION:
        request = await context.services.applications.open_request(context.borrower.id, application.id)
        if request is not None:
            return t("status.next_more_information", question=request.question, answer_by=request.answer_by)
    if application.status in WAITING and due is not None and due < context.services.clock.now():
        return t("status.late", due=due)
    account = application.payout_account_masked or ""
    status = S.IN_REVIEW if application.status is S.MORE_INFORMATION else application.status
    return t(f"status.next_{status}", due=due or application.updated_at, account=account)


def _buttons(application: Application, t: Translator) -> Iterator[InlineKeyboardButton]:
    """The likeliest first; withdrawing last."""
    match application.status:
        case S.DRAFT:
            yield keyboards.button(t.plain("menu.button_continue"), "apply:start")
        case S.COLLECTING_DOCUMENTS:
            yield keyboards.button(t.plain("status.button_papers"), "upload:open")
        case S.MORE_INFORMATION:
            yield keyboards.button(t.plain("menu.button_answer_request"), "status:request")
        case S.APPROVED:
            yield keyboards.button(t.plain("menu.button_offer"), "offer:open")
        case S.DISBURSED:
            yield keyboards.button(t.plain("menu.button_loans"), "schedule:start")
        case S.DECLINED:
            yield keyboards.button(t.plain("status.button_second_look"), "human:question")
            yield keyboards.button(t.plain("menu.button_apply"), "apply:start")
        case S.WITHDRAWN | S.EXPIRED:
            yield keyboards.button(t.plain("menu.button_apply"), "apply:start")
    if application.status not in (S.DECLINED, S.DISBURSED):
        yield keyboards.human(t)
    if application.status in WITHDRAWABLE:
        yield keyboards.button(t.plain("status.button_withdraw"), "status:withdraw")


async def ask_withdraw(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    application = await withdrawable(context)
    if application is None:
        return await show(update, context)
    t = context.t
    confirm = keyboards.data("status", "withdraw_yes", application.id)
    buttons = [keyboards.back(t), keyboards.button(t.plain("status.button_withdraw_yes"), confirm)]
    key = "status.ask_withdraw_signed" if application.status is S.ACCEPTED else "status.ask_withdraw"
    text = t(key, reference=application.reference, product=application.product.name)
    shows_standing(context, await reply(update, context, text, keyboards.keyboard(buttons)))
    return Step.WITHDRAW


async def withdrawable(context: LoanlineContext) -> Application | None:
    """The application under way, as long as the borrower can still withdraw it."""
    current = await context.services.applications.current(context.borrower.id)
    return current if current is not None and current.status in WITHDRAWABLE else None


async def show_earlier(update: Update, context: LoanlineContext) -> str:
    """The applications before, a line each, newest first."""
    await answer(update, context)
    t = context.t
    _, earlier = await _applications(context)
    lines = [_earlier_line(each, t) for each in earlier[:EARLIER_SHOWN]]
    text = "\n".join([t("status.earlier"), *lines]) if lines else t("status.no_earlier")
    await reply(update, context, text, keyboards.keyboard([keyboards.back(t), keyboards.menu(t)]))
    return Step.HISTORY


def _earlier_line(application: Application, t: Translator) -> str:
    return t(
        "status.earlier_line",
        reference=application.reference,
        product=application.product.name,
        amount=application.amount or "",
        state=application.status.label,
        at=application.submitted_at or application.created_at,
    )
