"""An application's answers and figures as people read them."""

from collections.abc import Iterator

from bot.i18n import Translator
from handlers import catalogue
from services.applications import Application, Question
from services.money import Money
from services.products import Estimate, Products
from services.wording import Label, LocalizedText

Shown = Money | Label | LocalizedText | str
"""A value that the translator words."""


def shown(application: Application, question: Question, t: Translator) -> Shown | None:
    """The answer to the question, identity and account masked; None while there is none."""
    match question:
        case Question.AMOUNT:
            return application.amount
        case Question.TERM:
            return None if application.term is None else catalogue.term(application.product, application.term, t)
        case Question.METHOD:
            return None if application.method is None else Label(f"terms.method_{application.method}")
        case Question.PURPOSE:
            return application.purpose and application.purpose.name
        case Question.EMPLOYMENT:
            return application.employment and application.employment.label
        case Question.INCOME:
            return application.monthly_income
        case _:
            return _words(application, question)


def _words(application: Application, question: Question) -> str | None:
    return {
        Question.PURPOSE_NOTE: application.purpose_note,
        Question.NAME: application.full_name,
        Question.ID_NUMBER: application.id_number_masked,
        Question.EMPLOYER: application.employer,
        Question.ADDRESS: application.address,
        Question.PAYOUT_ACCOUNT: application.payout_account_masked,
    }[question]


def answers(application: Application, t: Translator) -> Iterator[str]:
    """A line for each question with an answer, in the order of asking."""
    for question in application.questions:
        value = shown(application, question, t)
        if value is not None:
            yield t("apply.answer_line", question=question.label, answer=value)


def estimate_of(application: Application, products: Products) -> Estimate | None:
    """What the loan would cost if paid out today, once amount, term and method are known."""
    amount, term, method = application.amount, application.term, application.method
    if amount is None or term is None or method is None:
        return None
    return products.estimate(application.product.code, amount, term, method)


def installments(estimate: Estimate, t: Translator) -> str:
    """How the loan is repaid, in one line: one payment, the same each time, or from the first to the last."""
    first, last = estimate.rows[0], estimate.rows[-1]
    if len(estimate.rows) == 1:
        return t("apply.repaid_at_once", total=last.total, date=last.due_on)
    if estimate.method in ("equal_installment", "flat"):
        return t("apply.repaid_level", count=len(estimate.rows), total=first.total)
    ends = {"first": first.total, "last": last.total}
    highest = estimate.highest_installment
    if highest in ends.values():
        return t("apply.repaid_varying", count=len(estimate.rows), **ends)
    return t("apply.repaid_unevenly", count=len(estimate.rows), highest=highest, **ends)


def figures(estimate: Estimate, t: Translator) -> str:
    """What the loan costs: the installments, then APR, cost in all and what is received."""
    cost = t("apply.cost", apr=estimate.apr, cost=estimate.total_cost, net=estimate.net_payout)
    return f"{installments(estimate, t)}\n{cost}"


def price(application: Application, products: Products, t: Translator) -> str:
    """APR and installments in two lines; empty until amount, term and method are known."""
    estimate = estimate_of(application, products)
    return "" if estimate is None else t("apply.price", apr=estimate.apr) + "\n" + installments(estimate, t)
