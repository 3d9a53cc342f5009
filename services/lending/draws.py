"""Draws on a revolving line, as its borrower asks for them: amount → what it costs → confirmed → payout.

A draw is opened, confirmed and paid out once, however often a button is pressed or a message arrives. Nothing is lent
before an officer has paid it out (`services.lending.draw_payouts`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.answers import read_amount
from services.audit.acts import borrower_did
from services.clock import Clock, local_date
from services.configuration.allowance_rules import Costly
from services.configuration.lender import Lender
from services.configuration.line_price import interest_a_day
from services.db import Database
from services.desk.handoff_records import close_handoffs, open_handoff
from services.desk.handoff_states import HandoffKind, HandoffStatus
from services.errors import IllegalMove, InvalidInput, NotFound
from services.lending import loan_record
from services.lending.credit_line_views import Draw, view_draw
from services.lending.credit_lines import (
    credit_line,
    find_line,
    on_the_way,
    require_amount,
    require_drawable,
)
from services.lending.draw_charges import charge_for, draw_events
from services.lending.draw_records import find_draw, handoff_key, lock_draw
from services.lending.draw_states import DrawStatus, move, require
from services.lending.draw_views import EXAMPLE, DrawOptions, DrawPreview, quick_amounts
from services.lending.loan_figures import end_of_day, next_due
from services.lending.loans import find_loan
from services.models import ApplicationRow, DrawRow, HandoffRow, LoanRow
from services.money import InvalidMoney, Money
from services.origination.contract_records import SignedHow
from services.origination.signing import put_code, recognise, try_code
from services.people.allowances import spend
from services.references import new_reference
from services.vault import Vault


class DrawUnreadable(InvalidInput):
    """What was typed names no amount; between `minimum` and `available` can be drawn."""

    key = "draws.amount_unreadable"
    field = "amount"


class DrawExpired(IllegalMove):
    """The draw could be confirmed until `valid_until`; a fresh one is needed."""

    key = "draws.expired"


class NotAConfirmation(InvalidInput):
    """What was typed is neither the code nor the words of consent, which `phrase` names."""

    key = "draws.not_a_confirmation"
    field = "confirmation"


class DrawPayoutUnderWay(IllegalMove):
    """An officer is paying the draw out just now, so that only an officer can stop it."""

    key = "draws.payout_under_way"


class Draws:
    """The borrower's side."""

    def __init__(self, database: Database, clock: Clock, lender: Lender, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender
        self._vault = vault

    async def options(self, borrower_id: int, loan_id: int) -> DrawOptions:
        """What can be drawn today. Raises NotFound, IllegalLoanMove, LineOver, LineInArrears, LineBlocked,
        NothingAvailable."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            row = await find_line(session, loan.id)
            record = await loan_record.load(session, loan)
            state = record.state(self._today())
            require_drawable(loan, row, state, await on_the_way(session, loan.id))
            line = await credit_line(session, loan, record, state)
            if line is None:
                raise NotFound
            example = Money.of(EXAMPLE, loan.currency)
            return DrawOptions(
                loan_id=loan.id,
                loan_reference=loan.reference,
                line=line,
                account_masked=await _account(session, loan),
                quick=quick_amounts(line.minimum_draw, line.available),
                example=example,
                example_a_day=interest_a_day(example, record.terms.annual_rate, record.terms.day_count),
            )

    async def open(self, borrower_id: int, loan_id: int, amount: str | Money) -> Draw:
        """Begin a draw, good for the lender's payment minutes and at most until the end of its day. An earlier one that
        was not confirmed is cancelled. Raises as `options` does, and DrawUnreadable, DrawTooSmall, DrawTooLarge."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id, borrower_id)
            row = await find_line(session, loan.id)
            state = (await loan_record.load(session, loan)).state(self._today())
            available = require_drawable(loan, row, state, await on_the_way(session, loan.id))
            wanted = _read(amount, Money.from_minor(row.minimum_draw_minor, loan.currency), available)
            require_amount(wanted, row, available)
            await _cancel_open(session, loan.id, now)
            draw = DrawRow(
                reference=new_reference("D"),
                loan_id=loan.id,
                borrower_id=borrower_id,
                status=DrawStatus.OPEN,
                amount_minor=wanted.minor,
                currency=loan.currency,
                opened_at=now,
                valid_until=min(now + timedelta(minutes=self._lender.payment_valid_minutes), self._day_end()),
            )
            session.add(draw)
            await session.flush()
            return view_draw(draw, loan)

    async def get(self, borrower_id: int, draw_id: int) -> Draw:
        """Raises NotFound."""
        async with self._database.reading() as session:
            draw = await find_draw(session, draw_id, borrower_id)
            return view_draw(draw, await session.get_one(LoanRow, draw.loan_id))

    async def preview(self, borrower_id: int, draw_id: int) -> DrawPreview:
        """What the open draw would do today. Raises NotFound, IllegalDrawMove, DrawExpired, and why nothing can be
        drawn."""
        today = self._today()
        async with self._database.reading() as session:
            draw = await find_draw(session, draw_id, borrower_id)
            self._require_open(draw)
            loan = await session.get_one(LoanRow, draw.loan_id)
            row = await find_line(session, loan.id)
            record = await loan_record.load(session, loan)
            state = record.state(today)
            available = require_drawable(loan, row, state, await on_the_way(session, loan.id))
            amount = Money.from_minor(draw.amount_minor, draw.currency)
            require_amount(amount, row, available)
            after = record.after(*draw_events(record.terms, amount, today)).state(today)
            rate, count = record.terms.annual_rate, record.terms.day_count
            drawn = state.outstanding.principal + amount
            return DrawPreview(
                draw=view_draw(draw, loan),
                account_masked=await _account(session, loan),
                interest_a_day=interest_a_day(amount, rate, count),
                interest_a_day_after=interest_a_day(drawn, rate, count),
                fee=charge_for(record.terms, amount),
                drawn_after=drawn,
                available_after=available - amount,
                next_due=next_due(after),
                last_due_on=row.valid_until,
            )

    async def send_code(self, borrower_id: int, draw_id: int) -> str:
        """A fresh six-digit code to show to the borrower, who types it back. Raises NotFound, IllegalDrawMove,
        DrawExpired, TooOften."""
        valid = timedelta(minutes=self._lender.signing_code_minutes)
        async with self._database.transaction() as session:
            draw, _ = await self._lock(session, borrower_id, draw_id)
            self._require_open(draw)
            await spend(session, self._lender, borrower_id, Costly.SIGNING_CODE, self._clock.now())
            return put_code(draw, self._vault, self._clock.now(), valid)

    async def confirm(self, borrower_id: int, draw_id: int, typed: str, language: str) -> Draw:
        """Ask for the payout by the code that was shown, or by the lender's words of consent in any language; an
        officer is called. A draw that is confirmed already is answered as it is. A refusal of what was typed names
        the words in `language`.

        Raises NotFound, IllegalDrawMove, DrawExpired, why nothing can be drawn, DrawTooLarge, and for what was typed
        WrongCode, NoCodeSent, CodeExpired, TooManyAttempts, NotAConfirmation.
        """
        now = self._clock.now()
        phrases = self._lender.signing_phrases
        how = recognise(typed, phrases.values())
        if how is None:
            raise NotAConfirmation(phrase=phrases.get(language) or next(iter(phrases.values())))
        async with self._database.transaction() as session:
            draw, loan = await self._lock(session, borrower_id, draw_id)
            if draw.status == DrawStatus.REQUESTED:
                return view_draw(draw, loan)
            self._require_open(draw)
            refused = try_code(draw, self._vault, typed, now) if how is SignedHow.CODE else None
            if refused is None:
                await self._request(session, draw, loan, how, now)
                borrower_did(
                    session, borrower_id, "confirmed_draw", f"draw:{draw.id}", now=now, details={"how": str(how)}
                )
        if refused is not None:
            # Raised outside, because the attempt must be kept.
            raise refused
        return view_draw(draw, loan)

    async def cancel(self, borrower_id: int, draw_id: int) -> Draw:
        """The borrower thinks better of it; also once it is confirmed, as long as no officer has it in hand. Raises
        NotFound, IllegalDrawMove, DrawPayoutUnderWay."""
        now = self._clock.now()
        async with self._database.transaction() as session:
            draw, loan = await self._lock(session, borrower_id, draw_id)
            if draw.status == DrawStatus.REQUESTED:
                await _require_unclaimed(session, draw.id)
            move(draw, DrawStatus.CANCELLED, now)
            await close_handoffs(session, now=now, kinds=(HandoffKind.DRAW,), dedupe_key=handoff_key(draw.id))
            return view_draw(draw, loan)

    async def list(self, borrower_id: int, loan_id: int) -> Sequence[Draw]:
        """Every draw of the loan that was ever confirmed, oldest first. Raises NotFound."""
        async with self._database.reading() as session:
            loan = await find_loan(session, borrower_id, loan_id)
            query = select(DrawRow).where(DrawRow.loan_id == loan.id, DrawRow.confirmed_at.is_not(None))
            return [view_draw(row, loan) for row in await session.scalars(query.order_by(DrawRow.id))]

    async def expire_due(self) -> int:
        """Give up what was not confirmed in time; answers how many."""
        now = self._clock.now()
        late = select(DrawRow).where(DrawRow.status == DrawStatus.OPEN, DrawRow.valid_until < now)
        async with self._database.transaction() as session:
            rows = (await session.scalars(late.with_for_update(skip_locked=True))).all()
            for row in rows:
                move(row, DrawStatus.EXPIRED, now)
        return len(rows)

    async def _request(
        self, session: AsyncSession, draw: DrawRow, loan: LoanRow, how: SignedHow, now: datetime
    ) -> None:
        row = await find_line(session, loan.id)
        state = (await loan_record.load(session, loan)).state(self._today())
        available = require_drawable(loan, row, state, await on_the_way(session, loan.id))
        amount = Money.from_minor(draw.amount_minor, draw.currency)
        require_amount(amount, row, available)
        move(draw, DrawStatus.REQUESTED, now)
        draw.confirmed_at, draw.confirmed_how = now, how
        draw.code_fingerprint = None
        await open_handoff(
            session,
            now=now,
            kind=HandoffKind.DRAW,
            borrower_id=draw.borrower_id,
            loan_id=loan.id,
            details={"draw": draw.id},
            dedupe_key=handoff_key(draw.id),
        )

    async def _lock(self, session: AsyncSession, borrower_id: int, draw_id: int) -> tuple[DrawRow, LoanRow]:
        """The loan first, as everywhere."""
        found = await find_draw(session, draw_id, borrower_id)
        loan = await loan_record.lock_loan(session, found.loan_id, borrower_id)
        return await lock_draw(session, draw_id), loan

    def _require_open(self, draw: DrawRow) -> None:
        late = draw.status == DrawStatus.OPEN and draw.valid_until < self._clock.now()
        if late or draw.status == DrawStatus.EXPIRED:
            raise DrawExpired(valid_until=draw.valid_until)
        require(draw, DrawStatus.OPEN)

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)

    def _day_end(self) -> datetime:
        return end_of_day(self._today(), self._lender.time_zone)


async def _cancel_open(session: AsyncSession, loan_id: int, now: datetime) -> None:
    query = select(DrawRow).where(DrawRow.loan_id == loan_id, DrawRow.status == DrawStatus.OPEN)
    for row in await session.scalars(query.with_for_update()):
        move(row, DrawStatus.CANCELLED, now)


async def _require_unclaimed(session: AsyncSession, draw_id: int) -> None:
    query = select(HandoffRow).where(HandoffRow.dedupe_key == handoff_key(draw_id))
    handoff = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if handoff is not None and handoff.status == HandoffStatus.CLAIMED:
        raise DrawPayoutUnderWay


async def _account(session: AsyncSession, loan: LoanRow) -> str:
    application = await session.get_one(ApplicationRow, loan.application_id)
    return application.payout_account_masked or ""


def _read(amount: str | Money, minimum: Money, available: Money) -> Money:
    if isinstance(amount, Money):
        return amount
    number = read_amount(amount)
    try:
        return Money.of("" if number is None else number, available.currency)
    except InvalidMoney:
        raise DrawUnreadable(minimum=minimum, available=available) from None
