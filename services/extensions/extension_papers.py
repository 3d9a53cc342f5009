"""The paper of a signed extension: gathering what it names, having it rendered, and keeping it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.lender import Lender
from services.configuration.products import Products
from services.extensions.extension_plans import Comparison, Plan
from services.gateways import DocumentStore, ExtensionPaper, PaperPlan, PaperRow, Papers
from services.models import BorrowerRow, ExtensionRow, LoanRow
from services.money import Money
from services.origination.contract_papers import name_of
from services.origination.contract_records import SignedHow, contract_of_offer, fingerprint
from services.origination.signing import masked
from services.vault import Vault


class ExtensionPapers:
    """Draws up extension agreements."""

    def __init__(self, lender: Lender, products: Products, vault: Vault, store: DocumentStore, papers: Papers) -> None:
        self._lender = lender
        self._products = products
        self._vault = vault
        self._store = store
        self._papers = papers

    async def draw_up(
        self,
        session: AsyncSession,
        row: ExtensionRow,
        loan: LoanRow,
        comparison: Comparison,
        *,
        terms_sha256: str,
        how: SignedHow,
        chat_id: int,
        now: datetime,
    ) -> tuple[ExtensionPaper, str]:
        """What the agreement names when it is signed at `now`, and the language to render it in."""
        borrower = await session.get_one(BorrowerRow, loan.borrower_id)
        contract = await contract_of_offer(session, loan.offer_id)
        paper = ExtensionPaper(
            reference=row.reference,
            loan_reference=loan.reference,
            contract_reference="" if contract is None else contract.reference,
            lender=self._lender.identity,
            borrower_name=name_of(borrower, self._vault),
            borrower_id_masked=borrower.id_number_masked or "",
            product=self._products.get(loan.product_code).name,
            effective_on=comparison.effective_on,
            before=_figures(comparison.before),
            after=_figures(comparison.after),
            extra=comparison.extra,
            rows=_rows(comparison.after),
            terms_sha256=terms_sha256,
            signed_at=now,
            time_zone=borrower.time_zone,
            signed_how=how.label,
            chat_id_masked=masked(chat_id),
        )
        return paper, borrower.language or self._lender.languages[0]

    async def print(self, paper: ExtensionPaper, language: str) -> tuple[str, str]:
        """Render the agreement and keep it; answers its key and its fingerprint (SHA-256, hexadecimal)."""
        data = await self._papers.extension(paper, language)
        return await self._store.put(data), fingerprint(data)

    async def forget(self, key: str) -> None:
        """Drop a paper that was not signed after all."""
        await self._store.delete(key)

    async def stored(self, key: str) -> bytes:
        """A paper kept before. Raises Unavailable."""
        return await self._store.get(key)


def _figures(plan: Plan) -> PaperPlan:
    return PaperPlan(
        annual_rate=plan.annual_rate,
        installments=len(plan.rows),
        next_due_on=None if plan.next is None else plan.next.due_on,
        next_amount=None if plan.next is None else plan.next.total,
        last_due_on=plan.last.due_on,
        interest=plan.interest,
        total=plan.total,
    )


def _rows(plan: Plan) -> tuple[PaperRow, ...]:
    left = Money.total((row.principal for row in plan.rows), plan.total.currency)
    rows = []
    for row in plan.rows:
        left -= row.principal
        rows.append(PaperRow(row.number, row.due_on, row.principal, row.interest, row.fees, row.total, left))
    return tuple(rows)
