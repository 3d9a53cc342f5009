"""A lender's front office, and borrowers at every stage up to a submitted application."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from services.clock import SteppedClock
from services.configuration.lender import Lender, load_lender
from services.configuration.products import Products, load_products
from services.configuration.reference_rates import load_reference_rates
from services.configuration.staff import Officer, Permission, Staff
from services.db import Database
from services.documents.documents import Documents
from services.models import ApplicationRow
from services.money import Money
from services.origination.application_review import ApplicationReview
from services.origination.application_states import ApplicationStatus
from services.origination.applications import Applications, Question
from services.people.borrowers import Borrowers
from services.vault import Vault
from simulation.identities import card_number, id_number
from tests.fakes import MemoryStore
from tests.sample_files import jpeg

CONFIG = Path(__file__).resolve().parents[1] / "config"
SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENING_DAY = date(2025, 11, 5)
OFFICER, CASHIER, STRANGER = 9002, 9003, 5555

ANSWERS: Mapping[Question, str] = {
    Question.AMOUNT: "5000",
    Question.TERM: "6",
    Question.METHOD: "equal_installment",
    Question.PURPOSE: "household",
    Question.NAME: "李小明",
    Question.EMPLOYMENT: "salaried",
    Question.EMPLOYER: "华联超市",
    Question.INCOME: "6000",
    Question.ADDRESS: "上海市浦东新区张杨路500号",
}
"""Good answers to everything but the ID number and the account, which differ from person to person."""

ALL_ANSWERS = {**ANSWERS, Question.ID_NUMBER: id_number(), Question.PAYOUT_ACCOUNT: card_number()}
"""Those of one person."""

_numbers = count(1)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass(frozen=True)
class FrontOffice:
    """The services up to a submitted application, over one database."""

    database: Database
    clock: SteppedClock
    lender: Lender
    products: Products
    vault: Vault
    store: MemoryStore
    borrowers: Borrowers
    applications: Applications
    review: ApplicationReview
    documents: Documents
    staff: Staff

    async def put_into(self, status: ApplicationStatus | str, application_id: int) -> None:
        """As if the application had got there by the usual way."""
        async with self.database.transaction() as session:
            await session.execute(
                update(ApplicationRow).where(ApplicationRow.id == application_id).values(status=status)
            )

    async def stranger(self) -> int:
        """Somebody who has only said hello."""
        return (await self.borrowers.meet(3_000_000 + next(_numbers))).id

    async def borrower(self, language: str = "zh_Hans") -> int:
        """A registered borrower."""
        number = next(_numbers)
        telegram_id = 3_000_000 + number
        borrower_id = (await self.borrowers.meet(telegram_id)).id
        await self.borrowers.choose_language(borrower_id, language)
        await self.borrowers.consent(borrower_id)
        await self.borrowers.share_phone(borrower_id, f"+86138{number:08}", telegram_id)
        return borrower_id

    async def draft(self, borrower_id: int, product: str = "personal", **answers: str) -> int:
        """An application with every question answered; `answers` by question replace the usual ones."""
        number = next(_numbers)
        application = await self.applications.start(borrower_id, product)
        mine = {Question.ID_NUMBER: id_number(serial=number % 1000), Question.PAYOUT_ACCOUNT: card_number(number)}
        given = {**ANSWERS, **mine, **{Question(question): text for question, text in answers.items()}}
        while (question := application.next_question) is not None:
            application = await self.applications.set_answer(borrower_id, application.id, question, given[question])
        return application.id

    async def collecting(self, borrower_id: int, product: str = "personal", **answers: str) -> int:
        """An application whose answers are confirmed and whose papers are still to come."""
        application_id = await self.draft(borrower_id, product, **answers)
        await self.applications.confirm_answers(borrower_id, application_id)
        return application_id

    async def submitted(self, borrower_id: int, product: str = "personal", **answers: str) -> int:
        """An application in the officers' hands, with a photo of each required paper."""
        application_id = await self.collecting(borrower_id, product, **answers)
        checklist = await self.documents.checklist(borrower_id, application_id)
        for item in checklist.missing:
            await self.documents.add(borrower_id, application_id, item.code, jpeg(next(_numbers)))
        await self.applications.submit(borrower_id, application_id)
        return application_id


def open_front_office(database: Database, vault: Vault | None = None) -> FrontOffice:
    """The sample lender's services over `database`, at noon of the opening day in Shanghai; with other keys than `k1`
    where `vault` has them."""
    clock = SteppedClock(datetime.combine(OPENING_DAY, time(12), SHANGHAI).astimezone(UTC))
    lender, store = load_lender(CONFIG), MemoryStore(clock)
    vault = vault or Vault({"k1": bytes(range(32))})
    products = load_products(CONFIG, clock, lender, load_reference_rates(CONFIG, lender.rate_cap_multiple))
    sees_papers = frozenset({Permission.CLAIM, Permission.VIEW_DOCUMENTS, Permission.ASK_INFORMATION})
    staff = Staff(
        [
            Officer(OFFICER, "陈专员", ("operator",), sees_papers),
            Officer(CASHIER, "李出纳", ("cashier",), frozenset({Permission.PAY_OUT})),
        ]
    )
    return FrontOffice(
        database=database,
        clock=clock,
        lender=lender,
        products=products,
        vault=vault,
        store=store,
        borrowers=Borrowers(database, clock, vault, lender),
        applications=Applications(database, clock, vault, lender, products),
        review=ApplicationReview(database, clock, vault, lender, products, staff),
        documents=Documents(database, clock, lender, products, staff, store),
        staff=staff,
    )
