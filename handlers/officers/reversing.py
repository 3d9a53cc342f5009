"""/reverse with a payment's number: the payment as it was booked → its money went back → it counts no longer."""

from telegram import Update

from bot import keyboards
from bot.cards.keyboard import DESK
from bot.context import LoanlineContext
from bot.keyboards import Press
from handlers.officers.approving import drop_button
from handlers.officers.desk import Visit
from handlers.officers.numbered import by_number


async def reverse(update: Update, context: LoanlineContext) -> None:
    """Shows the payment, with a button that takes it back."""
    await by_number(update, context, "desk.reverse_usage", _propose)


async def take_back(officer: Visit, press: Press) -> None:
    """`desk:unpay:<payment>`."""
    taken = await officer.services.reversals.reverse(officer.staff_id, press.number())
    await officer.answer()
    text = officer.t(
        "desk.reversed",
        amount=taken.amount,
        payment=taken.payment_reference,
        loan=taken.loan_reference,
        outstanding=taken.outstanding,
    )
    if taken.due_now:
        text += "\n" + officer.t("desk.reversed_due", due=taken.due_now)
    await officer.change(text)


async def _propose(officer: Visit, reference: str) -> None:
    booked = await officer.services.reversals.find(officer.staff_id, reference)
    text = officer.t(
        "desk.reverse_panel",
        payment=booked.payment_reference,
        amount=booked.amount,
        on=booked.paid_on,
        loan=booked.loan_reference,
    )
    yes = keyboards.button(officer.t.plain("desk.button_reverse"), keyboards.data(DESK, "unpay", booked.payment_id))
    await officer.post(text, keyboards.keyboard(yes, drop_button(officer, booked.payment_id)))
