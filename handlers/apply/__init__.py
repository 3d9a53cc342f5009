"""Applying for a loan:

product → amount → term → method → purpose → who you are → income → address → account → review → papers
          └─ on the review: which answer to change → that question → review
          └─ an unfinished application is offered first: go on, or start over
          └─ a loan that the income does not carry: another amount or term, as soon as that shows
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler

from bot import keyboards
from bot.conversation import Handler
from handlers.apply import answering, asking, beginning, drafts, review
from handlers.apply.steps import STEPS, Step
from handlers.dialogue import Ask, Dialogue, LooksPrivate
from handlers.registration import registered
from handlers.spoken import Spoken, looks_like_number, typed
from services.engine.conditions import Method
from services.origination.application_views import Employment
from services.origination.applications import Question

__all__ = ["Step", "dialogue"]

TYPED_CHOICES: Mapping[Question, Mapping[str, str]] = {
    Question.METHOD: {method: f"terms.method_{method}" for method in Method},
    Question.EMPLOYMENT: {kind: f"terms.employment_{kind}" for kind in Employment},
}
"""Answers whose words stand in the catalogues; what else is typed, the service reads."""
SYNONYMS: Mapping[str, str] = {kind: f"apply.words_{kind}" for kind in Employment}


def dialogue(spoken: Spoken) -> Dialogue:
    gated = registered(beginning.begin_anew)
    entries: list[Handler] = [
        CommandHandler("apply", gated),
        *spoken.choice("apply:start", gated, "menu.button_apply", "menu.button_continue", "menu.words_apply"),
        CallbackQueryHandler(registered(drafts.product_pressed), keyboards.pattern("apply:product")),
        CallbackQueryHandler(registered(drafts.figures_pressed), keyboards.pattern("apply:with")),
    ]
    states: dict[StrEnum, list[Handler]] = {
        Step.PRODUCT: [typed(drafts.product_typed)],
        Step.DRAFT: [
            *spoken.choice("apply:continue", drafts.go_on, "apply.button_continue", "apply.words_continue"),
            *spoken.choice("apply:over", drafts.start_over, "apply.button_over", "apply.words_over"),
        ],
        Step.RESTART: spoken.choice(
            "apply:over_yes", drafts.start_over_confirmed, "apply.button_over_yes", "apply.words_yes"
        ),
        **{STEPS[question]: _question(question, spoken) for question in Question},
        Step.AFFORD: [*_changes(spoken), *_said_changes(spoken)],
        Step.REVIEW: [
            *spoken.choice("apply:confirm", review.confirm, "apply.button_confirm", "apply.words_confirm"),
            *spoken.choice("apply:change", review.ask_change, "apply.button_change", "apply.words_change"),
            *_changes(spoken),
        ],
        Step.CHANGE: _changes(spoken),
    }
    asks: dict[StrEnum, Ask] = {
        Step.PRODUCT: beginning.ask_product,
        Step.DRAFT: beginning.ask_draft,
        Step.RESTART: beginning.ask_restart,
        **{STEPS[question]: partial(asking.ask, question) for question in Question},
        Step.AFFORD: asking.ask_affordability,
        Step.REVIEW: asking.ask_review,
        Step.CHANGE: review.ask_change,
    }
    back: dict[StrEnum, Ask] = {
        Step.RESTART: beginning.ask_draft,
        **{STEPS[question]: partial(asking.ask_before, question) for question in Question},
        Step.AFFORD: partial(asking.ask, Question.INCOME),
        Step.REVIEW: asking.ask_last,
        Step.CHANGE: asking.ask_review,
    }
    private: dict[StrEnum, LooksPrivate] = {STEPS[question]: looks_like_number for question in answering.PRIVATE}
    return Dialogue(name="apply", entries=entries, states=states, ask=asks, back=back, private=private)


def _question(question: Question, spoken: Spoken) -> list[Handler]:
    """Everything that answers the question; typed text last."""
    known = partial(answering.use_known, question)
    return [
        CallbackQueryHandler(
            partial(answering.pressed_answer, question), keyboards.pattern(keyboards.data("apply", "set", question))
        ),
        *spoken.choice(keyboards.data("apply", "keep", question), answering.keep, "apply.button_keep"),
        *spoken.choice(keyboards.data("apply", "known", question), known, "apply.button_known"),
        *_typed_choices(question, spoken),
        typed(partial(answering.typed_answer, question)),
    ]


def _typed_choices(question: Question, spoken: Spoken) -> list[Handler]:
    """The words behind the buttons, in every language."""

    def take(code: str) -> Ask:
        return partial(answering.give, question, code)

    return [
        MessageHandler(spoken.said(key, *filter(None, [SYNONYMS.get(code)])), take(code))
        for code, key in TYPED_CHOICES.get(question, {}).items()
    ]


def _changes(spoken: Spoken) -> list[Handler]:
    """Changing an answer, by its button or by what stands on it."""
    words = [
        MessageHandler(spoken.said(f"terms.question_{question}"), partial(asking.ask, question))
        for question in Question
    ]
    return [CallbackQueryHandler(review.edit_pressed, keyboards.pattern("apply:edit")), *words]


def _said_changes(spoken: Spoken) -> list[Handler]:
    buttons = {
        "apply.button_change_amount": Question.AMOUNT,
        "apply.button_change_term": Question.TERM,
        "apply.button_change_income": Question.INCOME,
    }
    return [MessageHandler(spoken.said(key), partial(asking.ask, question)) for key, question in buttons.items()]
