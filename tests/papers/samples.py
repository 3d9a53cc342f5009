"""Papers of an invented lender and borrower, whose figures add up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from bot.wording.catalogue_files import Entries, read_language
from bot.wording.i18n import LOCALES, Catalogues
from services.clock import SteppedClock
from services.engine.policy import Policy
from services.engine.quote import quote
from services.engine.terms import Terms
from services.gateways import (
    CertificatePaper,
    ContractPaper,
    ExtensionPaper,
    LenderIdentity,
    PaperPlan,
    PaperRow,
    Signature,
    StatementLine,
    StatementPaper,
)
from services.lending.loan_states import LoanStatus
from services.lending.loan_views import Components, LoanView, NextDue, RowStatus, ScheduleRow
from services.money import Money
from services.origination.charges import fees_of
from services.origination.late_cost import late_cost
from services.wording import Label, LocalizedText, Percent

NOON = datetime(2026, 12, 5, 4, 0, tzinfo=UTC)
TERMS = {
    "terms.method_equal_installment": {"en": "equal installments", "zh_Hans": "等额本息"},
    "terms.signed_how_code": {"en": "one-time code", "zh_Hans": "验证码"},
    "terms.event_disbursement": {"en": "Payout", "zh_Hans": "放款"},
    "terms.event_repay": {"en": "Repayment", "zh_Hans": "还款"},
}
"""Words of other dialogues that the samples name, fixed here so that the tests do not hang on their wording."""


def catalogues(now: datetime = NOON, folder: Path = LOCALES) -> Catalogues:
    """The project's own, strict, with the sample words added."""
    texts = {}
    for path in sorted(folder.glob("*/LC_MESSAGES")):
        language = path.parent.name
        entries = read_language(path.parent)
        extra = {key: words[language] for key, words in TERMS.items()}
        texts[language] = Entries(entries.sentences | extra, entries.plurals)
    return Catalogues(texts, clock=SteppedClock(now), strict=True)


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


LENDER = LenderIdentity(
    name=LocalizedText({"en": "Hangzhou Linxi Microloan Co., Ltd.", "zh_Hans": "杭州林溪小额贷款有限公司"}),
    licence="浙金管贷〔2024〕0117号",
    complaint_phone="0571-8800 1234",
)
PRODUCT = LocalizedText({"en": "Personal consumption loan", "zh_Hans": "个人消费贷"})
SERVICE_FEE = LocalizedText({"en": "service fee", "zh_Hans": "服务费"})
NOTHING_ELSE: Mapping[str, object] = {}
PURPOSE = LocalizedText({"en": "Home appliances", "zh_Hans": "购买家用电器"})


def paper_rows(principal: int, term: int, first: date = date(2027, 1, 5), fee: str = "0") -> tuple[PaperRow, ...]:
    """Equal principal at 0.9 % of the balance a month."""
    rows = []
    left = yuan(str(principal))
    for number, share in enumerate(left.split(term), start=1):
        interest = Money.from_minor(round(Decimal(left.minor) * Decimal("0.009")), "CNY")
        left -= share
        month = first.month - 1 + number - 1
        due = date(first.year + month // 12, month % 12 + 1, first.day)
        rows.append(PaperRow(number, due, share, interest, yuan(fee), share + interest + yuan(fee), left))
    return tuple(rows)


def contract_paper(
    *,
    borrower: str = "王小明",
    principal: int = 5000,
    term: int = 6,
    fee: str = "0",
    terms: Mapping[str, object] = NOTHING_ELSE,
    policy: Mapping[str, object] = NOTHING_ELSE,
) -> ContractPaper:
    """Of a loan that `terms` and `policy` tell more about, as JSON; penalty is borne after three days of grace."""
    rows = paper_rows(principal, term)
    total = Money.total([row.total for row in rows], "CNY")
    agreed = Terms.from_json(
        {
            "currency": "CNY",
            "principal": str(principal),
            "annual_rate": "10.8",
            "disbursed_on": "2026-12-05",
            "installments": term,
            "fees": [{"name": "service", "when": "disbursement", "amount": fee}] if fee != "0" else [],
            **terms,
        }
    )
    penalty = {"annual_rate": "16.2", "grace_days": 3}
    kept = Policy.from_json({"penalty": penalty, "prepayment": "next_installments", **policy}, "CNY")
    return ContractPaper(
        reference="C-7K2M9Q",
        issued_on=date(2026, 12, 5),
        lender=LENDER,
        borrower_name=borrower,
        borrower_id_masked="3301**********1234",
        borrower_phone_masked="138****5678",
        payout_account_masked="**** **** **** 4021",
        product=PRODUCT,
        purpose=PURPOSE,
        principal=yuan(str(principal)),
        term=term,
        method=Label("terms.method_equal_installment"),
        annual_rate=Percent(Decimal("10.8")),
        apr=Percent(Decimal("11.3512")),
        terms=agreed,
        policy=kept,
        late_cost=late_cost(agreed, kept, quote(agreed).rows),
        fees=fees_of(agreed, {"service": SERVICE_FEE}),
        net_payout=yuan(str(principal)) - yuan(fee),
        cost_of_credit=total - yuan(str(principal)) + yuan(fee),
        total_to_repay=total,
        rows=rows,
        template_version="2026-02",
    )


SIGNATURE = Signature(
    signed_at=datetime(2026, 12, 5, 6, 21, 9, tzinfo=UTC),
    time_zone="Asia/Shanghai",
    how=Label("terms.signed_how_code"),
    contract_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    chat_id_masked="*****4821",
)


def statement_paper() -> StatementPaper:
    rows = paper_rows(5000, 6)
    nil = yuan("0")
    lines = [
        StatementLine(
            date(2026, 12, 5),
            Label("terms.event_disbursement"),
            yuan("5000"),
            yuan("5000"),
            nil,
            nil,
            nil,
            yuan("5000"),
        ),
        StatementLine(
            date(2027, 1, 5),
            Label("terms.event_repay"),
            rows[0].total,
            rows[0].principal,
            rows[0].interest,
            nil,
            nil,
            rows[0].balance,
        ),
    ]
    return StatementPaper(
        loan_reference="L-4T8W2X",
        lender=LENDER,
        borrower_name="王小明",
        product=PRODUCT,
        as_of=date(2027, 2, 9),
        principal=yuan("5000"),
        annual_rate=Percent(Decimal("10.8")),
        disbursed_on=date(2026, 12, 5),
        outstanding=yuan("4210.55"),
        due_now=rows[1].total,
        lines=lines,
        rows=rows,
        settled=[1],
    )


def certificate_paper() -> CertificatePaper:
    return CertificatePaper(
        reference="S-3H6N1P",
        loan_reference="L-4T8W2X",
        contract_reference="C-7K2M9Q",
        lender=LENDER,
        borrower_name="王小明",
        borrower_id_masked="3301**********1234",
        principal=yuan("5000"),
        disbursed_on=date(2026, 12, 5),
        settled_on=date(2027, 6, 5),
        total_paid=yuan("5157.50"),
        issued_on=date(2027, 6, 5),
    )


def extension_paper() -> ExtensionPaper:
    """Six installments become nine."""
    rows = paper_rows(5000, 9)
    return ExtensionPaper(
        reference="E-3R8M2K",
        loan_reference="L-4T8W2X",
        contract_reference="C-7K2M9Q",
        lender=LENDER,
        borrower_name="王小明",
        borrower_id_masked="110101********0012",
        product=PRODUCT,
        effective_on=date(2026, 12, 9),
        before=PaperPlan(
            Percent(Decimal("10.8")),
            6,
            date(2027, 1, 5),
            yuan("859.78"),
            date(2027, 6, 5),
            yuan("158.68"),
            yuan("5158.68"),
        ),
        after=PaperPlan(
            Percent(Decimal("11.3")),
            9,
            date(2027, 1, 5),
            yuan("581.80"),
            date(2027, 9, 5),
            yuan("236.20"),
            yuan("5236.20"),
        ),
        extra=yuan("77.52"),
        rows=rows,
        terms_sha256="0123456789abcdef" * 4,
        signed_at=datetime(2026, 12, 9, 2, 15, 30, tzinfo=UTC),
        time_zone="Asia/Shanghai",
        signed_how=Label("terms.signed_how_code"),
        chat_id_masked="•••4567",
    )


def loan_view(*, term: int = 6, paid: int = 1, as_of: date = date(2027, 2, 9), partly: str = "0") -> LoanView:
    """`paid` installments settled on their due dates, and `partly` yuan paid on the one after."""
    nil = yuan("0")
    rows = []
    for row in paper_rows(5000, term):
        settled = row.number <= paid
        received = row.total if settled else yuan(partly) if row.number == paid + 1 else nil
        status = (
            RowStatus.PAID
            if settled
            else RowStatus.OVERDUE
            if row.due_on < as_of
            else RowStatus.DUE
            if row.due_on == as_of
            else RowStatus.UPCOMING
        )
        settled_on = row.due_on if settled else None
        rows.append(
            ScheduleRow(
                row.number,
                row.due_on,
                row.principal,
                row.interest,
                row.fees,
                row.total,
                received,
                settled_on,
                row.balance,
                status,
            )
        )
    unpaid = [row for row in rows if row.status is not RowStatus.PAID]
    late = [row for row in unpaid if row.due_on < as_of]
    due = [row for row in unpaid if row.due_on <= as_of]
    coming = [row for row in unpaid if row.due_on >= as_of]
    penalty = yuan("1.47") if late else nil
    principal_left = Money.total([row.principal for row in unpaid], "CNY")
    principal_due = Money.total([row.principal for row in due], "CNY")
    interest_due = Money.total([row.total - row.paid for row in due], "CNY") - principal_due
    outstanding = Components(
        principal_left, interest_due, nil, penalty, Money.total([principal_left, interest_due, penalty], "CNY")
    )
    return LoanView(
        id=1,
        borrower_id=1,
        reference="L-4T8W2X",
        product_code="personal",
        product=PRODUCT,
        status=LoanStatus.ACTIVE if unpaid else LoanStatus.CLOSED,
        contract_id=1,
        contract_reference="C-7K2M9Q",
        principal=yuan("5000"),
        annual_rate=Percent(Decimal("10.8")),
        current_rate=Percent(Decimal("10.8")),
        floating=None,
        method="equal_installment",
        disbursed_on=date(2026, 12, 5),
        as_of=as_of,
        outstanding=outstanding,
        due_now=Components(
            principal_due, interest_due, nil, penalty, Money.total([principal_due, interest_due, penalty], "CNY")
        ),
        next_due=NextDue(coming[0].number, coming[0].due_on, coming[0].total - coming[0].paid) if coming else None,
        days_past_due=(as_of - late[0].due_on).days if late else 0,
        classification="normal",
        rows=rows,
        payoff=outstanding.total,
        paid_total=Money.total([row.paid for row in rows], "CNY"),
        surplus=nil,
        closed_on=None if unpaid else as_of,
        certificate_available=not unpaid,
    )
