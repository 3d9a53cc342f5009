"""The way into an application: what is under way first, else the choice of a product. Shows, and changes nothing."""

from telegram import Update

from bot import keyboards
from bot.context import LoanlineContext
from bot.replies import answer, reply
from handlers import catalogue, status_card
from handlers.apply.answers_shown import answers
from handlers.apply.steps import WANTED, Step, untouched
from services.origination.application_states import BEING_FILLED_IN, ApplicationStatus
from services.origination.applications import Application


async def draft(context: LoanlineContext) -> Application | None:
    """The application whose questions are being answered, if there is one."""
    current = await context.services.applications.current(context.borrower.id)
    return current if current is not None and current.status is ApplicationStatus.DRAFT else None


async def begin(update: Update, context: LoanlineContext) -> str:
    """Where this person's way to a loan goes on: a product, the unfinished application, or the one under way."""
    await answer(update, context)
    current = await context.services.applications.current(context.borrower.id)
    if current is None or untouched(current):
        return await ask_product(update, context)
    if current.status in BEING_FILLED_IN:
        return await ask_draft(update, context)
    return await status_card.show(update, context, context.t("apply.one_at_a_time"))


async def begin_anew(update: Update, context: LoanlineContext) -> str:
    """As `begin`, for somebody who has named no product."""
    context.place.pop(WANTED, None)
    return await begin(update, context)


async def ask_product(update: Update, context: LoanlineContext, lead: str = "") -> str:
    await answer(update, context)
    t = context.t
    lines = [catalogue.line(each, t) for each in context.services.products.all()]
    text = "\n\n".join(filter(None, (lead, t("apply.ask_product"), "\n".join(lines))))
    buttons = catalogue.product_buttons(context, "apply")
    await reply(update, context, text, keyboards.keyboard(buttons, keyboards.menu(t)))
    return Step.PRODUCT


async def ask_draft(update: Update, context: LoanlineContext) -> str:
    """An unfinished application: go on with it, or start over."""
    await answer(update, context)
    current = await context.services.applications.current(context.borrower.id)
    if current is None or current.status not in BEING_FILLED_IN:
        return await begin(update, context)
    buttons = [
        keyboards.button(context.t.plain("apply.button_continue"), "apply:continue"),
        keyboards.button(context.t.plain("apply.button_over"), "apply:over"),
    ]
    await reply(update, context, _draft_card(current, context), keyboards.keyboard(buttons, keyboards.menu(context.t)))
    return Step.DRAFT


def _draft_card(application: Application, context: LoanlineContext) -> str:
    """What is filled in already, and when it was touched."""
    t = context.t
    lines = [t("apply.draft_found", product=application.product.name), *answers(application, t)]
    if application.status is ApplicationStatus.DRAFT:
        lines.append(t("apply.draft_answers", given=application.answered, total=len(application.questions)))
    else:
        lines.append(t("apply.draft_papers"))
    lines.append(t("apply.draft_touched", at=application.updated_at))
    return "\n".join(lines)


async def ask_restart(update: Update, context: LoanlineContext) -> str:
    await answer(update, context)
    t = context.t
    buttons = [keyboards.back(t), keyboards.button(t.plain("apply.button_over_yes"), "apply:over_yes")]
    await reply(update, context, t("apply.confirm_over"), keyboards.keyboard(buttons))
    return Step.RESTART
