"""Asking the borrower for one more paper or answer: press → the officer's reply is the question."""

from bot.keyboards import Press
from handlers.officers.desk import Visit, application_of
from handlers.officers.prompts import Answers, Prompt
from services.desk.handoff_states import DeskAction


async def ask(visit: Visit, press: Press) -> None:
    card = await visit.card_for(press, DeskAction.ASK_INFORMATION)
    await visit.answer()
    name = card.borrower.name or visit.t.plain("desk.name_unknown")
    prompt = Prompt(Answers.QUESTION, card.handoff.id)
    await visit.ask(visit.t("desk.prompt_question", name=name, reference=card.handoff.reference), prompt)


async def asked(visit: Visit, prompt: Prompt, text: str) -> None:
    card = await visit.card_in_hand(prompt.handoff_id, DeskAction.ASK_INFORMATION)
    application = application_of(card).application
    request = await visit.services.review.request_information(visit.staff_id, application.id, text)
    await visit.done(visit.t("desk.question_sent", answer_by=request.answer_by))
