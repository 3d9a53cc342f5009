"""Contracts: issued from an offer, read, signed, and kept.

A paper is rendered outside any transaction, because that takes a second or so; the transaction that follows keeps the
first paper that arrives and forgets the others.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit.acts import borrower_did
from services.clock import Clock, local_date
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.rate_cap import RateCap
from services.db import Database
from services.desk.handoff_records import open_handoff
from services.desk.handoff_states import HandoffKind
from services.engine.terms import Terms
from services.errors import DomainError
from services.gateways import ContractPaper, DocumentStore, Signature
from services.models import ApplicationRow, ContractRow, OfferRow
from services.origination import application_buttons
from services.origination.application_states import ApplicationStatus
from services.origination.application_states import move as move_application
from services.origination.contract_papers import ContractPapers
from services.origination.contract_records import (
    AlreadySigned,
    Contract,
    ContractChanged,
    SignedHow,
    contract_of_offer,
    find_contract,
    fingerprint,
    view,
)
from services.origination.offer_states import IllegalOfferMove, OfferStatus, label
from services.origination.offer_states import move as move_offer
from services.origination.offers import find_offer, lock_offer, require_valid
from services.origination.signing import NotASignature, masked, put_code, recognise, try_code
from services.people.allowances import spend, spend_first
from services.references import new_reference
from services.vault import Vault


class Contracts:
    """Issuing, reading and signing."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lender: Lender,
        papers: ContractPapers,
        store: DocumentStore,
        vault: Vault,
        rate_cap: RateCap,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._papers = papers
        self._store = store
        self._vault = vault
        self._rate_cap = rate_cap

    async def issue(self, borrower_id: int, offer_id: int, language: str) -> Contract:
        """The contract of the offer, drawn up in `language` the first time it is asked for.

        Raises NotFound, IllegalOfferMove, OfferExpired, RateCapExceeded, TooOften, Unavailable.
        """
        now = self._clock.now()
        async with self._database.reading() as session:
            offer, application = await find_offer(session, borrower_id, offer_id)
            known = await contract_of_offer(session, offer_id)
            if known is not None:
                return view(known)
            self._require_open(offer, now)
            paper = await self._papers.draw_up(session, offer, application, new_reference("C"), self._day(now))
        await spend_first(self._database, self._lender, borrower_id, Costly.PAPER, now)
        data = await self._papers.render(paper, language)
        key = await self._store.put(data)
        async with self._database.transaction() as session:
            offer, _ = await lock_offer(session, borrower_id, offer_id)
            known = await contract_of_offer(session, offer_id)
            if known is None:
                known = _contract_row(offer, paper, language, data, key, now)
                session.add(known)
                await session.flush()
        if known.storage_key != key:
            await self._store.delete(key)
        return view(known)

    async def get(self, borrower_id: int, contract_id: int) -> Contract:
        """Raises NotFound."""
        async with self._database.reading() as session:
            return view(await find_contract(session, borrower_id, contract_id))

    async def read(self, borrower_id: int, contract_id: int) -> bytes:
        """The paper as PDF: the signed copy once there is one. Raises NotFound, Unavailable."""
        async with self._database.reading() as session:
            contract = await find_contract(session, borrower_id, contract_id)
        return await self._store.get(contract.signed_storage_key or contract.storage_key)

    async def list(self, borrower_id: int) -> Sequence[Contract]:
        """The borrower's signed contracts, latest first."""
        signed = (ContractRow.borrower_id == borrower_id, ContractRow.signed_at.is_not(None))
        async with self._database.reading() as session:
            rows = await session.scalars(select(ContractRow).where(*signed).order_by(ContractRow.signed_at.desc()))
            return [view(row) for row in rows]

    async def send_code(self, borrower_id: int, contract_id: int) -> str:
        """A fresh six-digit code to show to the borrower, who types it back; an earlier code is void from here on.

        Raises NotFound, AlreadySigned, IllegalOfferMove, OfferExpired, TooOften.
        """
        now = self._clock.now()
        valid = timedelta(minutes=self._lender.signing_code_minutes)
        async with self._database.transaction() as session:
            contract, _, _ = await self._lock_unsigned(session, borrower_id, contract_id, now)
            await spend(session, self._lender, borrower_id, Costly.SIGNING_CODE, now)
            return put_code(contract, self._vault, now, valid)

    async def sign(self, borrower_id: int, contract_id: int, typed: str, chat_id: int) -> Contract:
        """Sign by the code that was shown, or by the lender's words of consent in any of its languages.

        Offer and application become accepted, a cashier is called for the payout, and the signed copy is kept. Raises
        NotFound, AlreadySigned, IllegalOfferMove, OfferExpired, RateCapExceeded, ContractChanged, Unavailable, and for
        what was typed WrongCode, NoCodeSent, CodeExpired, TooManyAttempts, NotASignature.
        """
        now = self._clock.now()
        how = await self._check_typed(borrower_id, contract_id, typed, now)
        async with self._database.reading() as session:
            contract = await find_contract(session, borrower_id, contract_id)
            offer, application = await find_offer(session, borrower_id, contract.offer_id)
            issued_on = self._day(contract.issued_at)
            paper = await self._papers.draw_up(session, offer, application, contract.reference, issued_on)
            zone = await self._papers.time_zone_of(session, borrower_id)
        await self._require_unchanged(contract, paper)
        signature = Signature(now, zone, how.label, contract.sha256, masked(chat_id))
        data = await self._papers.render_signed(paper, signature, contract.language)
        key = await self._store.put(data)
        try:
            async with self._database.transaction() as session:
                contract, offer, application = await self._lock_unsigned(session, borrower_id, contract_id, now)
                if contract.sha256 != signature.contract_sha256:
                    raise ContractChanged(reference=contract.reference)
                _mark_signed(contract, how, chat_id, data, key, now)
                await _accept(session, offer, application, contract, now)
                borrower_did(
                    session,
                    borrower_id,
                    "signed_contract",
                    f"contract:{contract.id}",
                    now=now,
                    details={"how": str(how), "sha256": contract.signed_sha256},
                )
                await application_buttons.moved_on(session, borrower_id, now)
                return view(contract)
        except DomainError:
            await self._store.delete(key)
            raise

    async def _check_typed(self, borrower_id: int, contract_id: int, typed: str, now: datetime) -> SignedHow:
        phrases = self._lender.signing_phrases
        async with self._database.transaction() as session:
            contract, _, _ = await self._lock_unsigned(session, borrower_id, contract_id, now)
            how = recognise(typed, phrases.values())
            refusal = try_code(contract, self._vault, typed, now) if how is SignedHow.CODE else None
        if how is None:
            raise NotASignature(phrase=phrases.get(contract.language) or next(iter(phrases.values())))
        if refusal is not None:
            raise refusal
        return how

    async def _require_unchanged(self, contract: ContractRow, paper: ContractPaper) -> None:
        """Issue the contract afresh and raise ContractChanged, when its paper would read otherwise today."""
        data = await self._papers.render(paper, contract.language)
        if fingerprint(data) == contract.sha256:
            return
        key = await self._store.put(data)
        async with self._database.transaction() as session:
            row = await find_contract(session, contract.borrower_id, contract.id, lock=True)
            if row.signed_at is None:
                row.sha256, row.storage_key, row.template_version = fingerprint(data), key, paper.template_version
                row.code_fingerprint = None
        raise ContractChanged(reference=contract.reference)

    async def _lock_unsigned(
        self, session: AsyncSession, borrower_id: int, contract_id: int, now: datetime
    ) -> tuple[ContractRow, OfferRow, ApplicationRow]:
        found = await find_contract(session, borrower_id, contract_id)
        offer, application = await lock_offer(session, borrower_id, found.offer_id)
        contract = await find_contract(session, borrower_id, contract_id, lock=True)
        if contract.signed_at is not None:
            raise AlreadySigned(reference=contract.reference)
        self._require_open(offer, now)
        return contract, offer, application

    def _require_open(self, offer: OfferRow, now: datetime) -> None:
        require_valid(offer, now)
        if offer.status != OfferStatus.OPEN:
            raise IllegalOfferMove(state=label(OfferStatus(offer.status)))
        self._rate_cap.check(Terms.from_json(offer.terms), self._day(now))

    def _day(self, instant: datetime) -> date:
        return local_date(instant, self._lender.time_zone)


def _contract_row(
    offer: OfferRow, paper: ContractPaper, language: str, data: bytes, key: str, now: datetime
) -> ContractRow:
    return ContractRow(
        reference=paper.reference,
        offer_id=offer.id,
        borrower_id=offer.borrower_id,
        template_version=paper.template_version,
        language=language,
        sha256=fingerprint(data),
        storage_key=key,
        issued_at=now,
    )


def _mark_signed(contract: ContractRow, how: SignedHow, chat_id: int, data: bytes, key: str, now: datetime) -> None:
    contract.signed_at = now
    contract.signed_how = how
    contract.signed_chat_id = chat_id
    contract.signed_sha256 = fingerprint(data)
    contract.signed_storage_key = key
    contract.code_fingerprint = None


async def _accept(
    session: AsyncSession, offer: OfferRow, application: ApplicationRow, contract: ContractRow, now: datetime
) -> None:
    move_offer(offer, OfferStatus.ACCEPTED, now)
    move_application(application, ApplicationStatus.ACCEPTED)
    application.updated_at = now
    await open_handoff(
        session,
        now=now,
        kind=HandoffKind.PAYOUT,
        borrower_id=offer.borrower_id,
        application_id=application.id,
        details={"contract": contract.reference},
        dedupe_key=f"offer:{offer.id}:payout",
    )
