"""Packages of PyPI that compute a loan's table, each as it is meant to be used.

What a package only stores or checks is prepared beforehand; what is timed is what computes the table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from benchmarks.loans import CURRENCY, Loan
from benchmarks.tables import Row
from services.engine.dates import month_day

Compute = Callable[[], Any]
Read = Callable[[Any], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Package:
    """A package by its name on PyPI; `prepare` imports it and answers what computes a loan's table and what reads it.

    `table` says what kind of table it is, in a few words.
    """

    name: str
    table: str
    prepare: Callable[[Loan], tuple[Compute, Read]]

    @property
    def version(self) -> str | None:
        """The version that is installed, None where it is not."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return None

    def rows(self, loan: Loan) -> list[Row]:
        """The package's table of the loan."""
        compute, read = self.prepare(loan)
        return list(read(compute()))


class NotComparable(ValueError):
    """The package cannot compute such a loan."""


def _mortgagemath(loan: Loan) -> tuple[Compute, Read]:
    import mortgagemath as package

    params = package.LoanParams(
        principal=loan.principal,
        annual_rate=loan.annual_rate,
        term_months=loan.installments,
        payment_rounding=package.PaymentRounding.ROUND_HALF_UP,
    )

    def read(table: Any) -> Iterable[Row]:
        return (Row(row.number, None, row.principal, row.interest, row.payment, row.balance) for row in table[1:])

    return lambda: package.amortization_schedule(params), read


def _loankit(loan: Loan) -> tuple[Compute, Read]:
    from loan.models import LoanRequest
    from loan.strategies.equal_installment import EqualInstallmentStrategy

    request = LoanRequest(loan.principal, loan.annual_rate, loan.installments, "equal")
    strategy = EqualInstallmentStrategy()

    def read(table: Any) -> Iterable[Row]:
        return (
            Row(row.period, None, row.principal, row.interest, row.payment, row.remaining) for row in table.installments
        )

    return lambda: strategy.generate(request), read


def _repaykit(loan: Loan) -> tuple[Compute, Read]:
    from repaykit import Loan as Contract

    contract = Contract.create(
        amount=loan.principal,
        annual_rate=loan.annual_rate / 100,
        term=f"{loan.installments} months",
        payment_frequency="monthly",
        method="reducing_balance",
        start_date=loan.disbursed_on,
        currency=CURRENCY,
    )

    def read(table: Any) -> Iterable[Row]:
        return (
            Row(row.period, row.due_date, row.principal, row.profit, row.installment, row.closing_balance)
            for row in table
        )

    return contract.schedule, read


def _pyloan(loan: Loan) -> tuple[Compute, Read]:
    from pyloan import Loan as Contract

    contract = Contract(
        loan_amount=float(loan.principal),
        interest_rate=float(loan.annual_rate),
        loan_term=loan.installments,
        start_date=loan.disbursed_on.isoformat(),
        loan_term_period="M",
        payment_end_of_month=False,
    )

    def read(table: Any) -> Iterable[Row]:
        for n, row in enumerate(table[1:], 1):
            paid = row.total_principal_amount
            yield Row(n, row.date.date(), paid, row.interest_amount, row.payment_amount, row.loan_balance_amount)

    return contract.get_payment_schedule, read


def _mortgage(loan: Loan) -> tuple[Compute, Read]:
    """Its term counts whole years."""
    from mortgage import Loan as Contract

    years = _whole_years(loan)

    def read(table: Any) -> Iterable[Row]:
        rows = table.schedule()[1:]
        return (Row(row.number, None, row.principal, row.interest, row.payment, row.balance) for row in rows)

    return lambda: Contract(principal=loan.principal, interest=float(loan.annual_rate / 100), term=years), read


def _amortization(loan: Loan) -> tuple[Compute, Read]:
    from amortization.schedule import amortization_schedule

    principal, rate, count = float(loan.principal), float(loan.annual_rate / 100), loan.installments

    def read(table: Any) -> Iterable[Row]:
        return (Row(row.number, None, row.principal, row.interest, row.amount, row.balance) for row in table)

    return lambda: list(amortization_schedule(principal, rate, count)), read


def _numpy_financial(loan: Loan) -> tuple[Compute, Read]:
    import numpy
    import numpy_financial as package

    principal, rate, count = float(loan.principal), float(loan.annual_rate / 1200), loan.installments

    def compute() -> Any:
        periods = numpy.arange(1, count + 1)
        interest = package.ipmt(rate, periods, count, -principal)
        repaid = package.ppmt(rate, periods, count, -principal)
        return periods, repaid, interest, repaid + interest, principal - numpy.cumsum(repaid)

    def read(table: Any) -> Iterable[Row]:
        return (Row(int(n), None, *figures) for n, *figures in zip(*table, strict=True))

    return compute, read


def _pyloans(loan: Loan) -> tuple[Compute, Read]:
    from pyloans.Loan import Loan as Contract

    def compute() -> Any:
        return Contract(
            loan_amt=float(loan.principal),
            interest_rate=float(loan.annual_rate / 100),
            term_in_months=loan.installments,
            loan_dt=loan.disbursed_on.isoformat(),
            freq="M",
        ).original_cfs

    def read(table: Any) -> Iterable[Row]:
        for row in table.itertuples():
            due_on = row.dates.date()
            yield Row(row.period, due_on, row.principal_pmt, row.interest_pmt, row.total_pmt, row.closing_principal)

    return compute, read


def _loan_calculator(loan: Loan) -> tuple[Compute, Read]:
    from loan_calculator import Loan as Contract

    due = list(_due_dates(loan))

    def compute() -> Any:
        return Contract(float(loan.principal), float(loan.annual_rate / 100), loan.disbursed_on, due)

    def read(table: Any) -> Iterable[Row]:
        columns = (table.amortizations, table.interest_payments, table.due_payments, table.balance[1:])
        return (Row(n, due[n - 1], *figures) for n, figures in enumerate(zip(*columns, strict=True), 1))

    return compute, read


def _whole_years(loan: Loan) -> int:
    years, rest = divmod(loan.installments, 12)
    if rest:
        raise NotComparable("whole years only")
    return years


def _due_dates(loan: Loan) -> Iterable[date]:
    start = loan.disbursed_on
    return (month_day(start.year, start.month + n, start.day) for n in range(1, loan.installments + 1))


PACKAGES = (
    Package("mortgagemath", "Decimal", _mortgagemath),
    Package("loankit", "Decimal", _loankit),
    Package("repaykit", "Decimal", _repaykit),
    Package("pyloan", "Decimal, days as floats", _pyloan),
    Package("mortgage", "Decimal, unrounded", _mortgage),
    Package("amortization", "floats, interest rounded", _amortization),
    Package("numpy-financial", "arrays of floats, unrounded", _numpy_financial),
    Package("pyloans", "data frame of floats, unrounded", _pyloans),
    Package("loan-calculator", "floats, interest compounded daily", _loan_calculator),
)
"""What is measured; the README says why these, and why not others."""
