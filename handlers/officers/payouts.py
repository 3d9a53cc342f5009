"""Confirming a payout: press → the officer's reply is the bank's reference → the loan begins, or a draw is lent."""

from bot.cards.granted import granted_offer
from bot.keyboards import OldButton, Press
from handlers.officers import draws
from handlers.officers.desk import Visit, application_of
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_states import DeskAction


async def ask_reference(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.CONFIRM_PAYOUT)
    if card.draw is not None:
        await draws.ask_reference(visit, card)
        return
    offer = await granted_offer(visit.services, card)
    if offer is None:
        raise OldButton
    await visit.answer()
    text = visit.t(
        "desk.prompt_payout",
        amount=offer.net_payout,
        name=card.borrower.name or visit.t.plain("desk.name_unknown"),
        account=application_of(card).application.payout_account_masked or "",
    )
    await visit.ask(text, Prompt(Answers.PAYOUT, card.handoff.id))


async def reference_typed(visit: Visit, prompt: Prompt, text: str) -> None:
    card = await visit.card_in_hand(prompt.handoff_id, DeskAction.CONFIRM_PAYOUT)
    if card.draw is not None:
        await draws.pay_out(visit, card, text)
        return
    application = application_of(card).application
    loan = await visit.services.loans.disburse(visit.staff_id, application.id, text)
    await visit.done(
        visit.t(
            "desk.paid_out",
            loan=loan.reference,
            amount=loan.net_payout,
            reference=loan.payout_reference,
            first_due=loan.first_due,
            first_due_on=loan.first_due_on,
        )
    )
