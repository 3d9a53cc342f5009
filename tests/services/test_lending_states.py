"""Loans, offers and payments move only along the steps that exist."""

from datetime import UTC, datetime

import pytest

from services.lending import loan_states
from services.lending.loan_states import IllegalLoanMove, LoanStatus
from services.models import LoanRow, OfferRow, PaymentRow
from services.origination import offer_states
from services.origination.offer_states import IllegalOfferMove, OfferStatus
from services.repayment import payment_states
from services.repayment.payment_states import IllegalPaymentMove, PaymentStatus

AT = datetime(2025, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize("after", LoanStatus)
@pytest.mark.parametrize("before", LoanStatus)
def test_a_loan_moves_only_where_the_table_says(before: LoanStatus, after: LoanStatus) -> None:
    loan = LoanRow(status=before)
    if after is before or after in loan_states.MOVES[before]:
        loan_states.move(loan, after)
        assert loan.status == after
    else:
        with pytest.raises(IllegalLoanMove):
            loan_states.move(loan, after)
        assert loan.status == before


@pytest.mark.parametrize("after", OfferStatus)
@pytest.mark.parametrize("before", OfferStatus)
def test_an_offer_is_answered_once_and_a_signed_one_may_still_be_withdrawn(
    before: OfferStatus, after: OfferStatus
) -> None:
    offer = OfferRow(status=before)
    withdrawn = (before, after) == (OfferStatus.ACCEPTED, OfferStatus.WITHDRAWN)
    if withdrawn or (before is OfferStatus.OPEN and after is not OfferStatus.OPEN):
        offer_states.move(offer, after, AT)
        assert (offer.status, offer.closed_at) == (after, AT)
    else:
        with pytest.raises(IllegalOfferMove):
            offer_states.move(offer, after, AT)
        assert offer.status == before


@pytest.mark.parametrize("after", PaymentStatus)
@pytest.mark.parametrize("before", PaymentStatus)
def test_a_payment_moves_only_where_the_table_says(before: PaymentStatus, after: PaymentStatus) -> None:
    payment = PaymentRow(status=before)
    assert payment_states.may(payment, after) == (after in payment_states.MOVES[before])
    if payment_states.may(payment, after):
        payment_states.move(payment, after)
        assert payment.status == after
    else:
        with pytest.raises(IllegalPaymentMove):
            payment_states.move(payment, after)
        assert payment.status == before


def test_money_is_never_settled_twice() -> None:
    assert PaymentStatus.SETTLED not in payment_states.MOVES[PaymentStatus.SETTLED]
    assert payment_states.MOVES[PaymentStatus.REVERSED] == frozenset()
