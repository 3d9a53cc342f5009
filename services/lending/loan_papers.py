"""Statements and settlement certificates: gathering what they name, and having them rendered."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.lender import Lender
from services.configuration.products import Products
from services.engine.state import LoanState
from services.gateways import CertificatePaper, DocumentStore, PaperRow, Papers, StatementLine, StatementPaper
from services.lending import loan_record
from services.lending.loan_figures import asking_rows
from services.lending.loan_presentation import paid_total
from services.lending.loan_record import LoanRecord
from services.lending.terms_in_force import rate_on
from services.models import BorrowerRow, LoanRow
from services.origination.contract_papers import name_of
from services.origination.contract_records import contract_of_offer, fingerprint
from services.vault import Vault
from services.wording import Label, Percent


class LoanPapers:
    """Draws up the papers of a running or settled loan."""

    def __init__(self, lender: Lender, products: Products, vault: Vault, store: DocumentStore, papers: Papers) -> None:
        self._lender = lender
        self._products = products
        self._vault = vault
        self._store = store
        self._papers = papers

    async def statement(self, session: AsyncSession, loan: LoanRow, as_of: date) -> StatementPaper:
        """All that moved on the loan by the day `as_of` of the lender's calendar."""
        borrower = await session.get_one(BorrowerRow, loan.borrower_id)
        record = await loan_record.load(session, loan)
        state = record.state(as_of)
        return StatementPaper(
            loan_reference=loan.reference,
            lender=self._lender.identity,
            borrower_name=name_of(borrower, self._vault),
            product=self._products.get(loan.product_code).name,
            as_of=as_of,
            principal=record.terms.principal,
            annual_rate=Percent(rate_on(record, as_of)),
            disbursed_on=loan.disbursed_on,
            outstanding=state.outstanding.total,
            due_now=state.due_now.total,
            lines=tuple(_lines(record, state)),
            rows=tuple(
                PaperRow(r.n, r.due_on, r.row.principal, r.row.interest, r.row.fees, r.total, r.row.balance)
                for r in asking_rows(state)
            ),
            settled=tuple(row.n for row in state.rows if row.settled_on is not None),
        )

    async def certificate(self, session: AsyncSession, loan: LoanRow) -> tuple[CertificatePaper, str]:
        """What the certificate of a closed loan names, and the language to render it in."""
        borrower = await session.get_one(BorrowerRow, loan.borrower_id)
        contract = await contract_of_offer(session, loan.offer_id)
        record = await loan_record.load(session, loan)
        settled_on = loan.closed_on or loan.disbursed_on
        state = record.state(settled_on)
        paper = CertificatePaper(
            reference=loan.certificate_reference or "",
            loan_reference=loan.reference,
            contract_reference="" if contract is None else contract.reference,
            lender=self._lender.identity,
            borrower_name=name_of(borrower, self._vault),
            borrower_id_masked=borrower.id_number_masked or "",
            principal=record.terms.principal,
            disbursed_on=loan.disbursed_on,
            settled_on=settled_on,
            total_paid=paid_total(state, loan.currency) - state.suspense,
            issued_on=settled_on,
        )
        return paper, borrower.language or self._lender.languages[0]

    async def render_statement(self, paper: StatementPaper, language: str) -> bytes:
        """The statement as PDF."""
        return await self._papers.statement(paper, language)

    async def render_certificate(self, paper: CertificatePaper, language: str) -> bytes:
        """The certificate as PDF."""
        return await self._papers.certificate(paper, language)

    async def keep(self, data: bytes) -> tuple[str, str]:
        """Store a rendered paper; answers its key and its fingerprint (SHA-256, hexadecimal)."""
        return await self._store.put(data), fingerprint(data)

    async def forget(self, key: str) -> None:
        """Drop a paper that another one came before."""
        await self._store.delete(key)

    async def stored(self, key: str) -> bytes:
        """A paper kept before. Raises Unavailable."""
        return await self._store.get(key)


def _lines(record: LoanRecord, state: LoanState) -> Iterator[StatementLine]:
    """The payout, then one line for each event, with what is owed after it on its day."""
    first = record.up_to(-1).state(record.terms.disbursed_on)
    nil = record.terms.principal - record.terms.principal
    yield StatementLine(
        on=record.terms.disbursed_on,
        what=Label("terms.event_disbursement"),
        amount=record.terms.principal,
        principal=record.terms.principal,
        interest=nil,
        fees=nil,
        penalty=nil,
        outstanding_after=first.outstanding.total,
    )
    for made in state.transactions:
        yield StatementLine(
            on=made.on,
            what=Label(f"terms.event_{made.type}"),
            amount=made.amount,
            principal=made.allocated.principal,
            interest=made.allocated.interest,
            fees=made.allocated.fee,
            penalty=made.allocated.penalty,
            outstanding_after=record.up_to(made.event).state(made.on).outstanding.total,
        )
