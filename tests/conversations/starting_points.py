"""Where borrowers may stand when they begin to do just anything; reached by the shortest way."""

from collections.abc import Awaitable, Callable, Mapping

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from services.extensions.extension_views import ExtensionReason
from services.repayment.payment_views import Aim, RejectReason
from tests.conversations.applicants import asked_for_more, at_review, with_papers_to_send, with_submitted_application
from tests.conversations.debtors import approved, debtor, line_holder, pay
from tests.conversations.desk_matters import WANG, sent_receipt
from tests.conversations.town import Town

Start = Callable[[Town], Awaitable[Person]]


async def newcomer(town: Town) -> Person:
    person = await town.borrower(registered=False)
    await person.start()
    return person


async def with_an_offer(town: Town) -> Person:
    person = await town.borrower("en")
    await approved(town, person)
    await person.say("/offer")
    await person.expect("Your offer")
    return person


async def about_to_sign(town: Town) -> Person:
    person = await with_an_offer(town)
    await person.press("Sign")
    await person.expect("type this code")
    return person


async def about_to_pay(town: Town) -> Person:
    owing = await debtor(town)
    await owing.person.say("/repay")
    await owing.person.expect("How much")
    await owing.person.say("500")
    await owing.person.expect("It settles:")
    return owing.person


async def about_to_draw(town: Town) -> Person:
    holder = await line_holder(town)
    await holder.person.say("/draw")
    await holder.person.press("¥2,000.00")
    await holder.person.expect("type this code")
    return holder.person


async def with_a_draw_on_its_way(town: Town) -> Person:
    holder = await line_holder(town)
    draw = await town.services.draws.open(holder.borrower_id, holder.loan_id, "1000")
    await town.services.draws.confirm(holder.borrower_id, draw.id, "I agree to sign", "en")
    await holder.person.say("/loans")
    await holder.person.expect("is being paid out")
    return holder.person


async def with_an_invoice(town: Town) -> Person:
    person = await about_to_pay(town)
    await person.press("Pay in this chat")
    await person.expect("Press the pay button")
    return person


async def with_transfer_instructions(town: Town) -> Person:
    person = await about_to_pay(town)
    await person.press("Bank transfer")
    await person.expect("3 / 3 · Transfer")
    return person


async def with_a_receipt_refused(town: Town) -> Person:
    person = await town.borrower()
    payment = await sent_receipt(town, person)
    waiting = await town.services.handoffs.waiting(WANG)
    (receipt,) = [each for each in waiting if each.payment_id == payment.id]
    await town.services.handoffs.claim(WANG, receipt.id)
    await town.services.transfers.reject(WANG, payment.id, RejectReason.UNREADABLE)
    await town.settled()
    return person


async def overdue(town: Town) -> Person:
    owing = await debtor(town, "zh_Hans")
    await town.pass_time(days=45)
    return owing.person


async def reading_about_interest(town: Town) -> Person:
    owing = await debtor(town)
    await owing.person.say("/interest")
    await owing.person.expect("How your interest is computed")
    return owing.person


async def paid_in_full(town: Town) -> Person:
    owing = await debtor(town)
    await pay(town, owing, Aim.PAYOFF)
    return owing.person


async def talking_with_an_officer(town: Town) -> Person:
    owing, handoffs = await debtor(town), town.services.handoffs
    question = await handoffs.ask(owing.borrower_id, HandoffKind.QUESTION, "May I repay early?")
    await handoffs.claim(WANG, question.id)
    await town.services.talks.officer_says(WANG, question.id, "You may, at any time.")
    await town.settled()
    return owing.person


async def choosing_what_to_change(town: Town) -> Person:
    person = await at_review(town)
    await person.press("Change an answer")
    await person.expect("Which answer would you like to change?")
    return person


async def at_the_menu(town: Town) -> Person:
    return await town.borrower()


async def choosing_an_extension(town: Town) -> Person:
    owing = await debtor(town)
    await owing.person.say("/loans")
    await owing.person.press("Extend the loan")
    await owing.person.expect("1 / 3 · Extend loan")
    return owing.person


async def about_to_sign_an_extension(town: Town) -> Person:
    owing = await debtor(town)
    extensions = town.services.extensions
    asked = await extensions.ask(owing.borrower_id, owing.loan_id, 2, ExtensionReason.INCOME_FELL)
    await town.services.extension_decisions.approve(WANG, asked.id)
    await town.settled()
    await owing.person.press("Read and sign")
    await owing.person.press("Sign the extension")
    await owing.person.expect("type this code")
    return owing.person


STARTS: Mapping[str, Start] = {
    "newcomer": newcomer,
    "menu": at_the_menu,
    "review": at_review,
    "change": choosing_what_to_change,
    "papers": with_papers_to_send,
    "submitted": with_submitted_application,
    "request": asked_for_more,
    "offer": with_an_offer,
    "signing": about_to_sign,
    "preview": about_to_pay,
    "drawing": about_to_draw,
    "drawn": with_a_draw_on_its_way,
    "invoice": with_an_invoice,
    "transfer": with_transfer_instructions,
    "receipt": with_a_receipt_refused,
    "overdue": overdue,
    "interest": reading_about_interest,
    "settled": paid_in_full,
    "extending": choosing_an_extension,
    "extension": about_to_sign_an_extension,
    "talking": talking_with_an_officer,
}
