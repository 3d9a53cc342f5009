"""Random terms, policies and histories over the whole input space of the engine, as the documents of the contract."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

CURRENCIES = {"CNY": 2, "JPY": 0, "KWD": 3, "EUR": 2}
START = date(2023, 12, 28)


def amounts(currency: str, least: int = 1, most: int = 5_000_000) -> st.SearchStrategy[str]:
    """Amounts of the currency between so many minor units."""
    digits = CURRENCIES[currency]
    return st.integers(least, most).map(lambda minor: written(minor, digits))


def written(minor: int, digits: int) -> str:
    """Minor units as the contract writes an amount."""
    if not digits:
        return str(minor)
    whole, rest = divmod(minor, 10**digits)
    return f"{whole}.{rest:0{digits}}"


def minor(amount: str) -> int:
    """An amount of the contract in minor units, whatever the currency's digits."""
    return int(amount.replace(".", ""))


RATES = st.one_of(
    st.just("0"),
    st.integers(0, 6000).map(lambda hundredths: f"{hundredths // 100}.{hundredths % 100:02}"),
    st.just("365"),
)
METHODS = ["equal_installment", "equal_principal", "interest_only", "bullet", "flat", "custom", "revolving"]
DAYS = st.integers(0, 900).map(lambda days: START + timedelta(days=days))


@st.composite
def terms(draw: st.DrawFn, *, plain: bool = False) -> Document:
    """Valid terms; `plain` leaves out what changes what is lent or when principal may be repaid."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    count = draw(st.integers(1, 15))
    principal = draw(st.integers(1, 3_000_000))
    method = draw(st.sampled_from(METHODS))
    disbursed_on = draw(DAYS)
    document: Document = {
        "currency": currency,
        "principal": written(principal, CURRENCIES[currency]),
        "annual_rate": draw(RATES),
        "disbursed_on": disbursed_on.isoformat(),
        "installments": count,
        "method": method,
    }
    if method == "custom":
        document["principal_plan"] = [written(part, CURRENCIES[currency]) for part in draw(parts(principal, count))]
    document |= draw(conventions(disbursed_on))
    if not plain:
        document |= draw(extras(currency, principal, count, method))
        if draw(st.booleans()):
            document["tranches"] = draw(tranches(currency, disbursed_on))
        if method == "revolving" and draw(st.booleans()):
            document = without_installments(document)
    return document


@st.composite
def tranches(draw: st.DrawFn, currency: str, disbursed_on: date) -> list[Document]:
    """Up to two further disbursements in the loan's first months."""
    days = sorted(draw(st.lists(st.integers(0, 120), max_size=2)))
    return [
        {"on": (disbursed_on + timedelta(days=day)).isoformat(), "amount": draw(amounts(currency, 1, 2_000_000))}
        for day in days
    ]


def without_installments(document: Document) -> Document:
    """The terms of a revolving loan on which nothing falls due by itself."""
    dated = ("first_due_on", "due_day", "non_working_days", "grace", "down_payment", "balloon", "broken_period")
    kept = {key: value for key, value in document.items() if key not in dated} | {"installments": 0}
    at_disbursement = ("disbursement", "disbursement_added")
    kept["fees"] = [fee for fee in document.get("fees", ()) if fee["when"] in at_disbursement]
    return kept


@st.composite
def parts(draw: st.DrawFn, total: int, count: int) -> list[int]:
    """So many amounts, zeros allowed, that sum to the total."""
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=count - 1, max_size=count - 1)))
    edges = [0, *cuts, total]
    return [after - before for before, after in pairwise(edges)]


@st.composite
def conventions(draw: st.DrawFn, disbursed_on: date) -> Document:
    """Periods, day counts, rounding."""
    unit = draw(st.sampled_from(["month", "month", "week", "day"]))
    found: Document = {
        "unit": unit,
        "every": draw(st.integers(1, 3)),
        "day_count": draw(st.sampled_from(["30/360", "actual/360", "actual/364", "actual/365", "actual/actual"])),
        "interest_rounding": draw(st.sampled_from(["row", "day", "stretch"])),
        "rounding": draw(st.sampled_from(["half_up", "half_even", "up", "down"])),
        "unrounded": draw(st.booleans()),
        "broken_period": draw(st.sampled_from(["first_installment", "ignore", "at_disbursement"])),
    }
    if draw(st.booleans()):
        found["interest_period"] = draw(st.sampled_from(["per_period", "daily"]))
    if draw(st.booleans()):
        found["first_due_on"] = (disbursed_on + timedelta(days=draw(st.integers(0, 70)))).isoformat()
    if draw(st.booleans()):
        found["rate_changes"] = draw(rate_changes(disbursed_on))
        found["rate_settlement"] = draw(st.sampled_from(["segmented", "segmented", "current", "contract"]))
    if unit == "month" and draw(st.booleans()):
        found["due_day"] = draw(st.integers(1, 31))
    if draw(st.booleans()):
        found["non_working_days"] = {
            "weekdays": [6, 7],
            "move": draw(st.sampled_from(["none", "next", "previous", "next_same_month"])),
            "move_interest": draw(st.booleans()),
        }
    return found


@st.composite
def rate_changes(draw: st.DrawFn, disbursed_on: date) -> list[Document]:
    """Up to three changes of the rate, on different days of the loan's life or after it."""
    days = draw(st.lists(st.integers(1, 500), max_size=3, unique=True))
    return [
        {"on": (disbursed_on + timedelta(days=day)).isoformat(), "annual_rate": draw(RATES)} for day in sorted(days)
    ]


@st.composite
def extras(draw: st.DrawFn, currency: str, principal: int, count: int, method: str) -> Document:
    """Fees, grace, balloon, down payment, coarse rounding."""
    found: Document = {}
    if draw(st.booleans()):
        whens = ["disbursement", "disbursement_added", "every_installment", "first_installment"]
        found["fees"] = draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "name": st.just("service"),
                        "when": st.sampled_from(whens),
                        "percent_of_principal": st.sampled_from(["0.5", "3", "12.25"]),
                    }
                ),
                max_size=2,
            )
        )
    grace: Document = {"interest_payment": draw(st.integers(0, count - 1)), "capitalise": draw(st.booleans())}
    if found.get("broken_period", "first_installment") == "first_installment" and draw(st.booleans()):
        grace["principal"] = draw(st.integers(0, count - 1)) if method != "custom" else 0
    if draw(st.booleans()):
        found["grace"] = grace
    if method != "custom" and draw(st.booleans()):
        found["down_payment"] = draw(st.sampled_from(["10", "33.3"]))
        found["balloon"] = {"percent": draw(st.sampled_from(["0", "20", "50"]))}
    if draw(st.booleans()):
        found["round_to"] = draw(amounts(currency, 1, 500))
    if method in ("equal_installment", "flat"):
        if draw(st.booleans()):
            mode = draw(st.sampled_from(["up", "down", "half_up"]))
            found["installment_rounding"] = {"to": draw(amounts(currency, 1, 5000)), "mode": mode}
        elif draw(st.booleans()):
            found["installment_amount"] = draw(amounts(currency, 1, principal + 1))
    if draw(st.booleans()):
        found["cost_cap"] = draw(st.sampled_from(["24.5", "30", "100"]))
    return found


@st.composite
def policies(draw: st.DrawFn, currency: str) -> Document:
    """Valid policies."""
    found: Document = {
        "allocate_by": draw(st.sampled_from(["installment", "component"])),
        "prepayment": draw(st.sampled_from(["reduce_term", "reduce_installment", "next_installments"])),
        "prepay_interest": draw(st.sampled_from(["accrued", "on_prepaid", "next_due"])),
        "payoff": {
            "interest_to": draw(st.sampled_from(["payoff_date", "next_due_date"])),
            "fee_percent_of_principal": draw(st.sampled_from(["0", "2.5"])),
        },
        "due_day_counts_as": draw(st.integers(0, 1)),
        "observation_days": draw(st.sampled_from([0, 30, 180])),
        "accrual": draw(st.sampled_from(["scheduled", "scheduled", "actual"])),
        "in_duplum": draw(st.booleans()),
    }
    if draw(st.booleans()):
        orders = st.permutations(["penalty", "fee", "interest", "principal"])
        found["allocation"] = draw(orders)
    if draw(st.booleans()):
        found["penalty"] = draw(penalties())
    if draw(st.booleans()):
        found["late_fee"] = {
            "percent": draw(st.sampled_from(["1", "5.5"])),
            "after_days": draw(st.integers(0, 9)),
            "once_per_installment": draw(st.booleans()),
        }
    if draw(st.booleans()):
        found["close_within"] = draw(amounts(currency, 0, 300))
    return found


@st.composite
def penalties(draw: st.DrawFn) -> Document:
    """Penalty rules."""
    found: Document = {
        "base": draw(st.sampled_from(["overdue_principal", "overdue_principal_and_interest", "overdue_total"])),
        "grace_days": draw(st.integers(0, 6)),
        "grace_free": draw(st.booleans()),
        "compound": draw(st.booleans()),
        "round": draw(st.sampled_from(["total", "day"])),
    }
    if draw(st.booleans()):
        found["annual_rate"] = draw(st.sampled_from(["18", "36.5"]))
    else:
        found["multiple_of_rate"] = draw(st.sampled_from(["0.5", "1.5"]))
    if draw(st.booleans()):
        found["cap_percent_of_principal"] = draw(st.sampled_from(["0.5", "20"]))
    return found


GAPS = (0, 0, 1, 5, 10, 17, 28, 31, 61)
"""Days from one event to the next where a loan is lively."""


def shares(principal: int, digits: int) -> st.SearchStrategy[str]:
    """Amounts from a twentieth of the principal to a tenth more than all of it."""
    parts = st.integers(5, 110).map(lambda percent: max(1, principal * percent // 100))
    return st.builds(lambda part, more: written(part + more, digits), parts, st.integers(0, 99))


@st.composite
def events(
    draw: st.DrawFn, agreed: Document, disbursed_on: date, *, method: str = "", written_off: bool = True
) -> list[Document]:
    """A history without reversals: anything at any time, or sums that mean something to the loan, one soon after the
    other."""
    currency, lively = agreed["currency"], draw(st.booleans())
    sums = amounts(currency, 1, 900_000)
    if lively:
        sums = st.one_of(sums, shares(minor(agreed["principal"]), CURRENCIES[currency]))
    passed = 0
    kinds = ["repay", "repay", "repay", "prepay", "fee", "waive", "refund", "payoff", "recover"]
    kinds += ["extend", "reschedule", *(["draw"] * 3 if method == "revolving" else [])]
    if written_off:
        kinds.append("write_off")
    found = []
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=7)):
        passed = passed + draw(st.sampled_from(GAPS)) if lively else draw(st.integers(0, 500))
        on = disbursed_on + timedelta(days=passed)
        event: Document = {"on": on.isoformat(), "type": kind}
        if kind not in ("payoff", "write_off", "extend", "reschedule"):
            event["amount"] = draw(sums)
        if kind == "waive":
            event["of"] = draw(st.sampled_from(["penalty", "fee", "interest"]))
        if kind == "fee":
            event["name"] = "visit"
            event["counts_as"] = draw(st.sampled_from(["fee", "penalty"]))
            if draw(st.booleans()):
                event["due_on"] = (on + timedelta(days=draw(st.integers(0, 200)))).isoformat()
        if kind == "extend":
            event["installments"] = draw(st.integers(0, 4))
            if draw(st.booleans()):
                event["annual_rate"] = draw(RATES)
        if kind == "reschedule":
            event["terms"] = draw(new_terms(currency, on))
        found.append(event)
    return found


@st.composite
def new_terms(draw: st.DrawFn, currency: str, on: date) -> Document:
    """Terms that may take the place of others."""
    found = draw(terms(plain=True)) | {"currency": currency, "disbursed_on": on.isoformat()}
    principal = draw(st.integers(1, 3_000_000))
    found["principal"] = written(principal, CURRENCIES[currency])
    if "principal_plan" in found:
        plan = draw(parts(principal, found["installments"]))
        found["principal_plan"] = [written(part, CURRENCIES[currency]) for part in plan]
    return {key: found[key] for key in found if key not in ("first_due_on", "rate_changes", "broken_period")}


def valid_only(kind_of_loan: Document, happened: list[Document]) -> list[Document]:
    """The events without those that such a loan cannot have: draws on a loan that is not revolving."""
    method = kind_of_loan["method"]
    kept = []
    for event in sorted(happened, key=lambda event: str(event["on"])):
        if event["type"] == "draw" and method != "revolving":
            continue
        if event["type"] == "extend" and not kind_of_loan["installments"]:
            event = event | {"installments": 0}
        if event["type"] == "reschedule":
            method, kind_of_loan = event["terms"]["method"], event["terms"]
        kept.append(event)
    return kept


@st.composite
def scenarios(draw: st.DrawFn, *, written_off: bool = True) -> Document:
    """Terms, policy, events and a date."""
    agreed = draw(terms())
    currency, disbursed_on = agreed["currency"], date.fromisoformat(agreed["disbursed_on"])
    as_of = disbursed_on + timedelta(days=draw(st.integers(0, 600)))
    return {
        "terms": agreed,
        "policy": draw(policies(currency)),
        "events": valid_only(
            agreed, draw(events(agreed, disbursed_on, method=agreed["method"], written_off=written_off))
        ),
        "as_of": as_of.isoformat(),
    }
