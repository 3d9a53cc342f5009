"""The steps of an application: one for each question, and those before and after the questions."""

from enum import StrEnum
from typing import Final

from services.origination.application_states import ApplicationStatus
from services.origination.applications import Application, Question


class Step(StrEnum):
    PRODUCT = "apply:product"
    DRAFT = "apply:draft"
    RESTART = "apply:restart"
    AMOUNT = "apply:amount"
    TERM = "apply:term"
    FIRST_DRAW = "apply:first_draw"
    METHOD = "apply:method"
    PURPOSE = "apply:purpose"
    PURPOSE_NOTE = "apply:purpose_note"
    NAME = "apply:name"
    ID_NUMBER = "apply:id_number"
    EMPLOYMENT = "apply:employment"
    EMPLOYER = "apply:employer"
    INCOME = "apply:income"
    ADDRESS = "apply:address"
    PAYOUT_ACCOUNT = "apply:payout_account"
    AFFORD = "apply:afford"
    REVIEW = "apply:review"
    CHANGE = "apply:change"


STEPS: Final = {question: Step(f"apply:{question}") for question in Question}

WANTED: Final = "apply_wanted"
"""What the person wants to apply for while an older draft is in the way: product, and from the calculator also amount
(major units, as text), number of installments and method. Kept with the step."""


def finished(application: Application) -> bool:
    """Whether every question is answered, so that a question shown again is a change of mind."""
    return application.next_question is None


def too_dear(application: Application) -> bool:
    """Whether the loan, as far as it is known, takes more of the income than the product lets it."""
    return application.affordability is not None and not application.affordability.within


def before(application: Application, question: Question) -> Question | None:
    """The question asked before that one; None at the first."""
    position = application.questions.index(question)
    return application.questions[position - 1] if position else None


def untouched(application: Application) -> bool:
    """Whether nothing but the product was chosen: such a draft is in nobody's way."""
    return application.status is ApplicationStatus.DRAFT and application.amount is None
