"""What was decided, signed or paid once stays so, whichever button of the past is pressed again, and by whom."""

from typing import Any

from sqlalchemy import select

from handlers.officers.presses import ACTS
from services.extensions.extension_views import ExtensionReason
from services.models import (
    Base,
    ContractRow,
    DecisionRow,
    DrawRow,
    ExtensionRow,
    HandoffRow,
    LedgerEntryRow,
    LoanEventRow,
    LoanRow,
    PaymentRow,
)
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Aim
from simulation.wild_acts import data_on
from tests.conversations.debtors import Debtor, line_holder, paid_out
from tests.conversations.town import Town
from tests.sample_files import jpeg

ARGUMENTS = {
    "grant": ":500000:6",
    "approve": ":500000:6",
    "book": ":50000:20260302",
    "refuse": ":income",
    "reject": ":not_received",
    "undraw": ":check",
    "extend_grant": ":longer:2",
    "extend_refuse": ":policy",
    "block": ":0",
}
"""What else stands in the callback data of the desk's buttons that decide."""
OF_CONSEQUENCE: tuple[type[Base], ...] = (
    ContractRow,
    DecisionRow,
    DrawRow,
    ExtensionRow,
    LedgerEntryRow,
    LoanEventRow,
    LoanRow,
)


async def consequences(town: Town) -> dict[str, list[dict[str, Any]]]:
    """Everything that binds somebody or moved money."""
    async with town.process.database.reading() as session:
        found = {
            model.__tablename__: [
                dict(row)
                for row in (await session.execute(select(model.__table__).order_by(model.__table__.c.id))).mappings()
            ]
            for model in OF_CONSEQUENCE
        }
        settled = select(PaymentRow.id, PaymentRow.amount_minor).where(PaymentRow.status == PaymentStatus.SETTLED)
        found["payments"] = [dict(row) for row in (await session.execute(settled.order_by(PaymentRow.id))).mappings()]
    return found


async def lived(town: Town) -> Debtor:
    """A loan whose contract is signed, with a transfer that was booked and an extension that was agreed, and a line
    with a draw that was paid out; nothing waits at the desk."""
    services, officer = town.services, town.stage.officer
    debtor = await paid_out(town, await town.borrower("en"))
    transfer = await services.repayments.open(debtor.borrower_id, debtor.loan_id, Aim.DUE)
    await services.transfers.choose(debtor.borrower_id, transfer.id)
    await services.transfers.attach_receipt(debtor.borrower_id, transfer.id, jpeg(5))
    await services.transfers.confirm(officer, transfer.id)
    more_time = await services.extensions.ask(debtor.borrower_id, debtor.loan_id, 2, ExtensionReason.ILLNESS)
    await services.extension_decisions.approve(officer, more_time.id)
    await services.extension_agreements.send_code(debtor.borrower_id, more_time.id)
    await services.extension_agreements.sign(debtor.borrower_id, more_time.id, "I agree to sign", debtor.person.id)
    holder = await line_holder(town)
    draw = await services.draws.open(holder.borrower_id, holder.loan_id, "1000")
    await services.draws.confirm(holder.borrower_id, draw.id, "I agree to sign", "en")
    await services.draw_payouts.pay_out(officer, draw.id, "BANK-DRAW-1")
    await town.settled()
    return debtor


async def test_no_act_of_the_desk_can_be_done_again_on_what_is_done(town: Town) -> None:
    await lived(town)
    async with town.process.database.reading() as session:
        handoffs = list(await session.scalars(select(HandoffRow.id)))
        booked = list(await session.scalars(select(PaymentRow.id).where(PaymentRow.status == PaymentStatus.SETTLED)))
    assert all((await consequences(town)).values())
    for payment in booked:
        await town.services.reversals.reverse(town.stage.officer, payment)
    before, officer = await consequences(town), await town.officer()
    card = next(view for view in await officer.messages(town.desk) if not view["mine"])
    for act in sorted(ACTS):
        for handoff in handoffs:
            data = f"desk:{act}:{handoff}{ARGUMENTS.get(act, '')}"
            assert (await officer.press_data(card["id"], data, town.desk))["answered"], data
    await town.settled()
    # Stopping a line and letting it be drawn again is the desk's at any time, and binds nobody to anything.
    assert await consequences(town) == before
    assert town.errors == []


async def test_every_button_that_a_borrower_ever_saw_can_be_pressed_again_without_harm(town: Town) -> None:
    debtor = await lived(town)
    before, person = await consequences(town), debtor.person
    for words in ("/loans", "/contracts", "/repay", "/status", "/offer"):
        await person.say(words)
        await town.settled()
    for view in await person.messages():
        for data in data_on([view]):
            for _ in range(2):
                assert (await person.press_data(view["id"], data))["answered"], data
    for prefix in ("signing:start", "signing:code", "offer:contract", "offer:refuse", "extend_signing:start"):
        assert (await person.press_data((await person.messages())[-1]["id"], f"{prefix}:1"))["answered"]
    await person.say("I agree to sign")
    await town.settled()
    assert await consequences(town) == before
    assert town.errors == []
