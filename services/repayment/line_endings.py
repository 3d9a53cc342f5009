"""The end of a revolving line on which nothing is owed: because its time is over, or because its borrower wants it so.

A line whose last debt is paid stays open, since it may be drawn again; a repayment alone closes it only after its time.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock, local_date
from services.configuration.lender import Lender
from services.db import Database
from services.errors import IllegalMove
from services.lending import loan_record
from services.lending.credit_lines import find_line, on_the_way
from services.lending.loan_states import LoanStatus, move
from services.lending.loans import require_active
from services.models import CreditLineRow, LoanRow
from services.money import Money
from services.repayment.bookings import conclude


class LineNotPaid(IllegalMove):
    """A line ends when nothing is owed on it; `outstanding` is what still is."""

    key = "draws.not_paid"


class LineDrawsOnTheWay(IllegalMove):
    """A line does not end while draws of `amount` are on their way."""

    key = "draws.on_the_way"


class LineEndings:
    """Ending lines."""

    def __init__(self, database: Database, clock: Clock, lender: Lender) -> None:
        self._database = database
        self._clock = clock
        self._lender = lender

    async def end(self, borrower_id: int, loan_id: int) -> None:
        """The borrower gives the line up; the certificate follows. Raises NotFound, IllegalLoanMove, LineNotPaid,
        LineDrawsOnTheWay."""
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id, borrower_id)
            require_active(loan)
            line = await find_line(session, loan.id, lock=True)
            state = (await loan_record.load(session, loan)).state(self._today())
            if state.outstanding.total:
                raise LineNotPaid(outstanding=state.outstanding.total)
            waiting = await on_the_way(session, loan.id)
            if waiting:
                total = sum(draw.amount_minor for draw in waiting)
                raise LineDrawsOnTheWay(amount=Money.from_minor(total, loan.currency))
            await self._end(session, loan, line, self._today())

    async def end_due(self) -> int:
        """End every line whose time is over and on which nothing is owed; answers how many. Each is a transaction of
        its own."""
        query = (
            select(LoanRow.id)
            .join(CreditLineRow, CreditLineRow.loan_id == LoanRow.id)
            .where(LoanRow.status == LoanStatus.ACTIVE, CreditLineRow.valid_until <= self._today())
        )
        async with self._database.reading() as session:
            over = (await session.scalars(query)).all()
        return sum([await self._end_over(loan_id) for loan_id in over])

    async def _end_over(self, loan_id: int) -> bool:
        async with self._database.transaction() as session:
            loan = await loan_record.lock_loan(session, loan_id)
            line = await find_line(session, loan.id, lock=True)
            record = await loan_record.load(session, loan)
            if loan.status != LoanStatus.ACTIVE or record.status(record.state(self._today())) is not LoanStatus.CLOSED:
                return False
            await self._end(session, loan, line, line.valid_until)
            return True

    async def _end(self, session: AsyncSession, loan: LoanRow, line: CreditLineRow, on: date) -> None:
        line.valid_until = on
        move(loan, LoanStatus.CLOSED)
        loan.closed_on = on
        await conclude(session, loan, f"line:{on}", self._clock.now())

    def _today(self) -> date:
        return local_date(self._clock.now(), self._lender.time_zone)
