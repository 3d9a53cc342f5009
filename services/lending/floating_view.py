"""From a loan's record to what people see of its floating rate on a day."""

from datetime import date

from services.lending.loan_record import LoanRecord
from services.lending.loan_views import FloatingRate
from services.lending.rate_in_force import rate_on, rate_since
from services.lending.rate_link import RateLink, next_repricing
from services.lending.repricing_rule import follows_until
from services.wording import Percent


def floating_view(link: RateLink | None, record: LoanRecord, as_of: date) -> FloatingRate | None:
    """None for a loan whose rate does not change (any more)."""
    if link is None or link.repriced is None:
        return None
    end = follows_until(record)
    if as_of >= end:
        return None
    coming = next_repricing(link.repriced, record.terms.disbursed_on, as_of)
    return FloatingRate(
        title=link.title,
        margin=Percent(link.margin),
        repriced=link.repriced,
        rate=Percent(rate_on(record, as_of)),
        since=rate_since(record, as_of),
        next_on=coming if coming is not None and coming < end else None,
    )
