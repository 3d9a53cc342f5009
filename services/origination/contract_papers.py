"""Gathering what a contract names, and having it rendered."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.configuration.lender import Lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.engine.policy import Policy
from services.engine.terms import Terms
from services.gateways import ContractPaper, PaperRow, Papers, Signature
from services.models import ApplicationRow, BorrowerRow, OfferRow
from services.origination.offer_views import Offer, view_offer
from services.vault import Vault
from services.wording import LocalizedText

TEMPLATE_VERSION = "2026-02"
"""Which wording of the contract a paper was rendered from; kept with every contract."""


class ContractPapers:
    """Draws up contracts."""

    def __init__(self, lender: Lender, products: Products, vault: Vault, papers: Papers) -> None:
        self._lender = lender
        self._products = products
        self._vault = vault
        self._papers = papers

    async def draw_up(
        self, session: AsyncSession, offer: OfferRow, application: ApplicationRow, reference: str, issued_on: date
    ) -> ContractPaper:
        """Everything that the contract `reference` of the offer names, as it stands in the database."""
        borrower = await session.get_one(BorrowerRow, offer.borrower_id)
        product = self._products.get(offer.product_code)
        facts = view_offer(offer, application, product, None)
        terms = Terms.from_json(offer.terms)
        return ContractPaper(
            reference=reference,
            issued_on=issued_on,
            lender=self._lender.identity,
            borrower_name=name_of(borrower, self._vault),
            borrower_id_masked=borrower.id_number_masked or "",
            borrower_phone_masked=borrower.phone_masked or "",
            payout_account_masked=application.payout_account_masked or "",
            product=product.name,
            purpose=_purpose(product, application),
            principal=facts.amount,
            term=facts.term,
            method=facts.method_label,
            annual_rate=facts.annual_rate,
            rate_link=facts.rate_link,
            apr=facts.apr,
            terms=terms,
            policy=Policy.from_json(offer.policy, terms.currency),
            late_cost=facts.late_cost,
            fees=facts.fees,
            net_payout=facts.net_payout,
            cost_of_credit=facts.total_cost,
            total_to_repay=facts.total_to_repay,
            rows=_rows(facts),
            template_version=TEMPLATE_VERSION,
            line=facts.line,
        )

    async def time_zone_of(self, session: AsyncSession, borrower_id: int) -> str:
        """IANA zone of the borrower."""
        return (await session.get_one(BorrowerRow, borrower_id)).time_zone

    async def render(self, paper: ContractPaper, language: str) -> bytes:
        """The contract as PDF."""
        return await self._papers.contract(paper, language)

    async def render_signed(self, paper: ContractPaper, signature: Signature, language: str) -> bytes:
        """The contract as PDF with its signature page."""
        return await self._papers.signed_contract(paper, signature, language)


def name_of(borrower: BorrowerRow, vault: Vault) -> str:
    """The borrower's full name, for a paper; empty when it was never given."""
    return "" if borrower.full_name_sealed is None else vault.unseal_text(borrower.full_name_sealed)


def _purpose(product: Product, application: ApplicationRow) -> LocalizedText:
    named = (purpose.name for purpose in product.purposes if purpose.code == application.purpose)
    return next(named, product.name)


def _rows(offer: Offer) -> tuple[PaperRow, ...]:
    return tuple(
        PaperRow(row.number, row.due_on, row.principal, row.interest, row.fees, row.total, row.balance)
        for row in offer.rows
    )
