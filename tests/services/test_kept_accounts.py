"""A loan that was asked about a moment ago is not replayed from its beginning again."""

import pytest

from services.db import Database
from services.engine import account
from services.lending.kept_accounts import KeptAccounts, Stored
from services.models import LoanRow
from services.repayment.payment_views import Aim
from tests.services.lending import Lending, open_lending


def stored(*events: str) -> Stored:
    return Stored({"principal": "100"}, {}, "CNY", [{"type": event} for event in events], None)


def test_the_same_record_is_made_once() -> None:
    kept = KeptAccounts[object]()
    assert kept.of(1, stored("repay"), lambda _: object()) is kept.of(1, stored("repay"), lambda _: object())


def test_a_record_in_which_anything_is_different_is_made_anew() -> None:
    kept = KeptAccounts[object]()
    first = kept.of(1, stored("repay"), lambda _: object())
    assert kept.of(1, stored("repay", "fee"), lambda _: object()) is not first
    assert kept.of(1, stored("repay"), lambda _: object()) is not first


def test_the_loans_asked_about_longest_ago_are_forgotten() -> None:
    kept, made = KeptAccounts[int](most=2), []

    def make(_: Stored) -> int:
        made.append(True)
        return len(made)

    for loan in (1, 2, 1, 3):
        kept.of(loan, stored(), make)
    assert (kept.of(1, stored(), make), kept.of(3, stored(), make)) == (1, 3)
    assert kept.of(2, stored(), make) == 4


@pytest.fixture
def lending(database: Database) -> Lending:
    return open_lending(database)


async def test_a_payment_shows_in_the_next_answer_and_looking_again_replays_nothing(
    lending: Lending, monkeypatch: pytest.MonkeyPatch
) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    before = await lending.loans.payoff_quote(borrower, loan.id)
    payment = await lending.repayments.open(borrower, loan.id, Aim.OTHER, "500")
    await lending.repayments.confirm(payment.reference, "TG1", payment.amount.minor, "CNY")
    after = await lending.loans.payoff_quote(borrower, loan.id)
    assert after.amount < before.amount
    monkeypatch.delattr(account, "played")
    assert (await lending.loans.payoff_quote(borrower, loan.id)).amount == after.amount


async def test_terms_changed_in_the_database_are_seen_at_once(lending: Lending) -> None:
    borrower = await lending.borrower()
    loan = await lending.loan(borrower)
    before = await lending.loans.payoff_quote(borrower, loan.id)
    async with lending.database.transaction() as session:
        row = await session.get_one(LoanRow, loan.id)
        row.terms = row.terms | {"principal": "9000.00"}
    assert (await lending.loans.payoff_quote(borrower, loan.id)).amount > before.amount
