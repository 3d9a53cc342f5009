"""An extension, worded for the borrower: the choices, the two plans side by side, the request and what became of it."""

from datetime import datetime

from bot.cards.plan_lines import change_words, comparison_lines, plan_row
from bot.wording.i18n import Translator
from services.extensions.extension_plans import Comparison
from services.extensions.extension_views import Agreement, Extension, ExtensionOptions


def options(offered: ExtensionOptions, t: Translator) -> str:
    """What can be had and what each choice costs."""
    before = offered.choices[0].before
    lines = [t("extend.options", loan=offered.loan_reference), ""]
    lines.append(t.n("extend.now", len(before.rows), last=before.last.due_on))
    if offered.arrears:
        lines.append(t("extend.arrears", amount=offered.arrears))
    lines += ["", *(choice(offered, one, t) for one in offered.choices), ""]
    lines.append(t.n("extend.times_left", offered.times_left, hours=offered.decide_within_hours))
    return "\n".join(lines)


def choice(offered: ExtensionOptions, one: Comparison, t: Translator) -> str:
    """A choice in one line."""
    coming = one.after.next or one.after.last
    return t(
        "extend.choice",
        change=chosen(offered, one, t),
        next=coming.total,
        last=one.after.last.due_on,
        extra=one.extra,
    )


def chosen(offered: ExtensionOptions, one: Comparison, t: Translator) -> str:
    """The choice by its name, as it stands on its button."""
    return change_words(offered.product, (one.change.kind, one.change.installments), t)


def compared(offered: ExtensionOptions, one: Comparison, t: Translator) -> str:
    """The old and the new plan before it is asked for."""
    head = t("extend.compare", change=chosen(offered, one, t), loan=offered.loan_reference)
    return "\n".join([head, "", *comparison_lines(one, t)])


def waiting(extension: Extension, now: datetime, t: Translator) -> str:
    """A request that an officer has yet to decide."""
    return t(
        "extend.waiting" if now <= extension.decide_by else "extend.waiting_late",
        change=change_words(extension.product, extension.asked, t),
        loan=extension.loan_reference,
        reference=extension.reference,
        decide_by=extension.decide_by,
    )


def granted(agreement: Agreement, t: Translator) -> str:
    """What was granted, the two plans, and until when it may be signed."""
    extension, asked = agreement.extension, agreement.extension.asked
    head = t(
        "extend.granted" if extension.wanted == asked else "extend.granted_other",
        change=change_words(extension.product, extension.wanted, t),
        loan=extension.loan_reference,
        asked=change_words(extension.product, asked, t),
    )
    until = t("extend.sign_until", until=extension.valid_until)
    return "\n".join([head, "", *comparison_lines(agreement.comparison, t), "", until])


def new_plan(agreement: Agreement, t: Translator) -> str:
    """Every installment of the new plan."""
    head = t("extend.plan_rows", loan=agreement.extension.loan_reference)
    return "\n".join([head, "", *(plan_row(row, t) for row in agreement.comparison.after.rows)])


def to_sign(agreement: Agreement, code: str, phrase: str, minutes: int, t: Translator) -> str:
    """What is signed, and how."""
    lines = [t("extend.sign_ask", loan=agreement.extension.loan_reference), ""]
    lines += [*comparison_lines(agreement.comparison, t), ""]
    return "\n".join([*lines, t.n("extend.sign_code", minutes, code=code, phrase=phrase)])
