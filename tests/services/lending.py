"""A lender at work: the services of lending over one database, with fakes for what lies outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from services.clock import SteppedClock
from services.configuration.extension_rules import ExtensionRules
from services.configuration.lender import Lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.configuration.reading import load
from services.configuration.reference_rates import RateTable, ReferenceRates, load_reference_rates
from services.db import Database
from services.extensions.extension_agreements import ExtensionAgreements
from services.extensions.extension_decisions import ExtensionDecisions
from services.extensions.extension_papers import ExtensionPapers
from services.extensions.extension_requests import Extensions
from services.lending.draw_payouts import DrawPayouts
from services.lending.draws import Draws
from services.lending.loan_papers import LoanPapers
from services.lending.loan_presentation import LoanPresentation
from services.lending.loan_views import Loan
from services.lending.loans import Loans
from services.models import ApplicationRow, BorrowerRow
from services.origination.contract_papers import ContractPapers
from services.origination.contracts import Contracts
from services.origination.decisions import Decisions
from services.origination.offer_views import Offer
from services.origination.offers import Offers
from services.references import new_reference
from services.repayment.line_endings import LineEndings
from services.repayment.repayments import Repayments
from services.repayment.reversals import Reversals
from services.repayment.transfers import Transfers
from services.vault import Vault
from tests.builders import OPENING_DAY, SHANGHAI, cny
from tests.fakes import InvoiceGateway, MemoryStore, PlainPapers, ReceiptTray
from tests.services.desk import CONFIG, MANAGER, lender, staff, vault

CHAT = 700_001
_numbers = count(1)


def rates_of(percent: str) -> ReferenceRates:
    """A reference rate that never changed, capped at four times itself."""
    table = {"name": "flat", "source": "test", "certainty": "test"}
    rates = [{"since": date(2020, 1, 1), "percent": percent}]
    return ReferenceRates(RateTable.model_validate(table | {"rates": rates}), Decimal(4))


@dataclass(frozen=True)
class Lending:
    """The services under test and what stands around them."""

    database: Database
    clock: SteppedClock
    lender: Lender
    products: Products
    rates: ReferenceRates
    vault: Vault
    store: MemoryStore
    receipts: ReceiptTray
    decisions: Decisions
    offers: Offers
    contracts: Contracts
    loans: Loans
    extensions: Extensions
    extension_decisions: ExtensionDecisions
    extension_agreements: ExtensionAgreements
    repayments: Repayments
    reversals: Reversals
    draws: Draws
    draw_payouts: DrawPayouts
    line_endings: LineEndings

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(SHANGHAI).date()

    def go_to(self, day: date) -> None:
        """Noon of the lender's day."""
        self.clock.advance_to(datetime.combine(day, time(12), SHANGHAI))

    def wait_days(self, days: int) -> None:
        self.clock.advance(timedelta(days=days))

    async def borrower(self, language: str = "zh_Hans") -> int:
        """A registered borrower with a name."""
        row = BorrowerRow(
            telegram_id=2_000_000 + next(_numbers),
            language=language,
            time_zone="Asia/Shanghai",
            reminder_hour=9,
            phone_masked="138****8000",
            full_name_sealed=self.vault.seal_text("李小明"),
            id_number_masked="1101**********1234",
            created_at=self.clock.now(),
        )
        async with self.database.transaction() as session:
            session.add(row)
        return row.id

    async def application(
        self,
        borrower_id: int,
        *,
        amount: str = "5000",
        term: int = 6,
        method: str = "equal_installment",
        product: str = "personal",
        status: str = "in_review",
        first_draw: str | None = None,
    ) -> int:
        """An application that waits for a decision."""
        row = ApplicationRow(
            reference=new_reference("A"),
            borrower_id=borrower_id,
            status=status,
            product_code=product,
            product_version=self.products.get(product).version,
            currency="CNY",
            amount_minor=cny(amount).minor,
            first_draw_minor=None if first_draw is None else cny(first_draw).minor,
            term=term,
            method=method,
            purpose=self.products.get(product).open_purposes[0].code,
            payout_account_masked="**** 1234",
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
            submitted_at=self.clock.now(),
        )
        async with self.database.transaction() as session:
            session.add(row)
        return row.id

    async def offer(self, borrower_id: int, **asked: object) -> Offer:
        """An offer that waits for the borrower."""
        return await self.decisions.approve(MANAGER, await self.application(borrower_id, **asked))  # type: ignore[arg-type]  # passed through

    async def signed(self, borrower_id: int, **asked: object) -> Offer:
        """An offer whose contract is signed."""
        offer = await self.offer(borrower_id, **asked)
        contract = await self.contracts.issue(borrower_id, offer.id, "zh_Hans")
        await self.contracts.sign(borrower_id, contract.id, "我同意签署", CHAT)
        return offer

    async def loan(self, borrower_id: int, **asked: object) -> Loan:
        """A loan paid out today."""
        offer = await self.signed(borrower_id, **asked)
        return await self.loans.disburse(MANAGER, offer.application_id, f"BANK{next(_numbers)}")


def open_lending(
    database: Database,
    *,
    four_eyes: bool = False,
    rates: ReferenceRates | None = None,
    sold: Sequence[Product] | None = None,
    extension: ExtensionRules | None = None,
) -> Lending:
    """The sample lender's services over `database`, at noon of the opening day; with other reference rates or products
    where they are given, and `extension` in the place of the rules that the personal loan's file has."""
    clock = SteppedClock(datetime.combine(OPENING_DAY, time(12), SHANGHAI).astimezone(UTC))
    at_work, keys, store, papers, receipts = lender(), vault(), MemoryStore(clock), PlainPapers(), ReceiptTray()
    rates = rates or load_reference_rates(CONFIG, at_work.rate_cap_multiple)
    sold = sold or [load(Product, file) for file in sorted((CONFIG / "products").glob("*.toml"))]
    if extension is not None:
        changed = {"extension": extension}
        sold = [each.model_copy(update=changed) if each.code == "personal" else each for each in sold]
    products = Products(sold, clock, at_work, rates)
    officers, cap = staff(four_eyes=four_eyes), RateCap(rates)
    contract_papers = ContractPapers(at_work, products, keys, papers)
    loan_papers = LoanPapers(at_work, products, keys, store, papers)
    presentation = LoanPresentation(products, keys)
    transfers = Transfers(database, clock, at_work, receipts, officers)
    return Lending(
        database=database,
        clock=clock,
        lender=at_work,
        products=products,
        rates=rates,
        vault=keys,
        store=store,
        receipts=receipts,
        decisions=Decisions(database, clock, at_work, products, cap, officers),
        offers=Offers(database, clock, products),
        contracts=Contracts(database, clock, at_work, contract_papers, store, keys, cap),
        loans=Loans(database, clock, at_work, products, officers, presentation, loan_papers),
        extensions=Extensions(database, clock, keys, at_work, products, cap),
        extension_decisions=ExtensionDecisions(database, clock, at_work, products, cap, officers),
        extension_agreements=ExtensionAgreements(
            database, clock, keys, at_work, products, cap, ExtensionPapers(at_work, products, keys, store, papers)
        ),
        repayments=Repayments(database, clock, at_work, InvoiceGateway(), transfers),
        reversals=Reversals(database, clock, at_work, officers),
        draws=Draws(database, clock, at_work, keys),
        draw_payouts=DrawPayouts(database, clock, at_work, officers),
        line_endings=LineEndings(database, clock, at_work),
    )
