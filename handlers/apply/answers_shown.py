"""An application's answers and figures as people read them."""

from collections.abc import Iterator

from bot.wording.i18n import Translator
from handlers import catalogue, line_card
from services.configuration.estimates import Estimate
from services.configuration.products import Products
from services.money import Money
from services.origination.applications import Application, Question
from services.wording import Label, LocalizedText

Shown = Money | Label | LocalizedText | str
"""A value that the translator words."""


def shown(application: Application, question: Question, t: Translator) -> Shown | None:
    """The answer to the question, identity and account masked; None while there is none."""
    match question:
        case Question.AMOUNT:
            return application.amount
        case Question.FIRST_DRAW:
            return application.first_draw
        case Question.TERM:
            return None if application.term is None else catalogue.term(application.product, application.term, t)
        case Question.METHOD:
            return None if application.method is None else Label(f"terms.method_{application.method}")
        case Question.PURPOSE:
            return None if application.purpose is None else application.purpose.name
        case Question.EMPLOYMENT:
            return None if application.employment is None else application.employment.label
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
    """How the loan is repaid, in one line: at once, the same each time but perhaps the last, or from first to last."""
    if estimate.daily_rate is not None:
        return line_card.estimate(estimate, t)
    first, *others = [row.total for row in estimate.rows]
    if not others:
        return t("apply.repaid_at_once", total=first, date=estimate.rows[0].due_on)
    count, last, highest = len(estimate.rows), others[-1], estimate.highest_installment
    if all(total == first for total in others[:-1]):
        key = "apply.repaid_level" if last == first else "apply.repaid_level_but_last"
        return t(key, count=count, first=first, last=last)
    if highest in (first, last):
        return t("apply.repaid_varying", count=count, first=first, last=last)
    return t("apply.repaid_unevenly", count=count, first=first, highest=highest, last=last)


def figures(estimate: Estimate, t: Translator) -> str:
    """What the loan costs: the installments, then APR, cost in all and what is received."""
    if estimate.daily_rate is not None:
        return line_card.estimate(estimate, t)
    cost = t("apply.cost", apr=estimate.apr, cost=estimate.total_cost, net=estimate.net_payout)
    return f"{installments(estimate, t)}\n{cost}"


def price(application: Application, products: Products, t: Translator) -> str:
    """APR and installments in two lines; empty until amount, term and method are known."""
    estimate = estimate_of(application, products)
    if estimate is None or estimate.daily_rate is not None:
        return "" if estimate is None else line_card.estimate(estimate, t)
    return t("apply.price", apr=estimate.apr) + "\n" + installments(estimate, t)
