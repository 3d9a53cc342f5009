"""People with an offer or a loan, brought there by the services, without a word in the chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from sandbox import Person
from services.lending.loan_views import LoanView
from services.money import Money
from services.origination.application_views import Question
from services.origination.offer_views import Offer
from services.repayment.payment_views import Aim
from tests.builders import ANSWERS, card_number, id_number
from tests.conversations.town import Town
from tests.sample_files import jpeg

BUSINESS: Mapping[Question, str] = {Question.PURPOSE: "stock", Question.EMPLOYMENT: "self_employed"}
LINE: Mapping[str, str] = {
    "product": "line",
    "amount": "20000",
    "term": "12",
    "purpose": "stock",
    "first_draw": "5000",
    "employment": "self_employed",
    "income": "8000",
}
_numbers = count(200)


@dataclass(frozen=True)
class Debtor:
    """Somebody with a loan, as of the day it was paid out."""

    person: Person
    borrower_id: int
    loan: LoanView

    @property
    def loan_id(self) -> int:
        return self.loan.id

    async def now(self, town: Town) -> LoanView:
        """The loan as it stands."""
        return await town.services.loans.get(self.borrower_id, self.loan_id)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


async def approved(
    town: Town, person: Person, *, product: str = "personal", granted: Money | None = None, **asked: str
) -> Offer:
    """An offer that waits for the person; `granted` where it is less than was asked."""
    services, borrower_id, number = town.services, await town.borrower_id(person), next(_numbers)
    application = await services.applications.start(borrower_id, product)
    mine = {Question.ID_NUMBER: id_number(serial=number), Question.PAYOUT_ACCOUNT: card_number(number)}
    by_product = BUSINESS if product == "business" else {}
    given = {**ANSWERS, **by_product, **mine, **{Question(question): text for question, text in asked.items()}}
    while (question := application.next_question) is not None:
        application = await services.applications.set_answer(borrower_id, application.id, question, given[question])
    await services.applications.confirm_answers(borrower_id, application.id)
    for item in (await services.documents.checklist(borrower_id, application.id)).missing:
        await services.documents.add(borrower_id, application.id, item.code, jpeg(next(_numbers)))
    await services.applications.submit(borrower_id, application.id)
    offer = await services.decisions.approve(town.stage.officer, application.id, granted)
    await town.settled()
    return offer


async def sign_and_pay_out(town: Town, person: Person, offer: Offer) -> Debtor:
    """The offer becomes a loan that is paid out today."""
    services, borrower_id = town.services, await town.borrower_id(person)
    contract = await services.contracts.issue(borrower_id, offer.id, "zh_Hans")
    await services.contracts.sign(borrower_id, contract.id, "我同意签署", person.id)
    loan = await services.loans.disburse(town.stage.officer, offer.application_id, f"BANK{next(_numbers)}")
    await town.settled()
    return Debtor(person, borrower_id, await services.loans.get(borrower_id, loan.id))


async def paid_out(town: Town, person: Person, **asked: str) -> Debtor:
    """A loan of the person's, paid out today."""
    return await sign_and_pay_out(town, person, await approved(town, person, **asked))


async def debtor(town: Town, language: str = "en", **asked: str) -> Debtor:
    """Somebody new with a loan."""
    return await paid_out(town, await town.borrower(language), **asked)


async def line_holder(town: Town, language: str = "en") -> Debtor:
    """Somebody new with a credit line of 20,000, of which 5,000 was paid out today."""
    person = await town.borrower(language)
    return await sign_and_pay_out(town, person, await approved(town, person, **LINE))


async def pay(town: Town, owing: Debtor, aim: Aim, amount: Money | None = None) -> None:
    """Money that the gateway took, without the chat."""
    repayments = town.services.repayments
    payment = await repayments.open(owing.borrower_id, owing.loan_id, aim, amount)
    await repayments.confirm(payment.reference, f"charge-{next(_numbers)}", payment.amount.minor, "CNY")
    await town.settled()
