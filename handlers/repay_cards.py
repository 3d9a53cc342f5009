"""What a repayment does, worded: what can be paid, what paying it would settle, and what became of it."""

from collections.abc import Iterator
from typing import Final

from bot.wording.i18n import Translator
from handlers.loan_card import breakdown
from services.repayment.payment_states import PaymentStatus
from services.repayment.payment_views import Allocation, Payment, Preview, RepayOptions, TransferInstructions

TRANSFERS: Final = {
    PaymentStatus.OPEN: "repay.transfer_open",
    PaymentStatus.EXPIRED: "repay.transfer_open",
    PaymentStatus.AWAITING_CONFIRMATION: "repay.transfer_awaiting",
    PaymentStatus.REJECTED: "repay.transfer_rejected",
}
"""What to say of a transfer that is not booked."""


def options(found: RepayOptions, transfer: Payment | None, t: Translator) -> str:
    """What is due, what comes next, and what would close the loan."""
    blocks = [list(_due(found, t)), list(_payoff(found, t))]
    if transfer is not None:
        blocks.insert(0, [unbooked(transfer, t)])
    text = "\n\n".join("\n".join(block) for block in blocks)
    return t("repay.title", loan=found.loan_reference) + "\n\n" + text + "\n\n" + t("repay.ask_aim")


def unbooked(transfer: Payment, t: Translator) -> str:
    """A transfer that was announced and is not booked."""
    return t(TRANSFERS[transfer.status], amount=transfer.amount, reference=transfer.reference)


def _due(found: RepayOptions, t: Translator) -> Iterator[str]:
    if found.due_now.total:
        yield t("repay.due", amount=found.due_now.total)
        yield from breakdown(found.due_now, t)
    else:
        yield t("repay.nothing_due")
    coming = found.next_installment
    if coming is not None and coming.on > found.payoff.as_of:
        yield t("repay.next", amount=coming.amount, date=coming.on)


def _payoff(found: RepayOptions, t: Translator) -> Iterator[str]:
    quoted = found.payoff
    if found.revolving:
        yield t("draws.repay_all", amount=quoted.amount, until=quoted.valid_until)
        yield t("draws.repay_how")
        return
    key = "repay.payoff_saving" if quoted.interest_saved else "repay.payoff"
    yield t(key, amount=quoted.amount, saved=quoted.interest_saved, until=quoted.valid_until)


def preview(shown: Preview, payment: Payment, found: RepayOptions, t: Translator) -> str:
    """What the payment would settle, part by part, and what remains."""
    lines = [t("repay.preview", amount=shown.amount, loan=payment.loan_reference), ""]
    lines += [t("repay.preview_settles"), *_allocated(shown.allocation, t), ""]
    if shown.closes_loan:
        lines.append(t("repay.preview_closes", loan=payment.loan_reference))
        if found.payoff.interest_saved and not found.revolving:
            lines.append(t("repay.preview_saved", saved=found.payoff.interest_saved))
    else:
        lines.append(t("repay.preview_left", amount=shown.left_after))
        if shown.next_due_after is not None:
            due = shown.next_due_after
            lines.append(t("repay.next", amount=due.amount, date=due.on))
    return "\n".join([*lines, "", t("repay.preview_until", until=payment.valid_until)])


def _allocated(allocation: Allocation, t: Translator) -> Iterator[str]:
    """One line a part that gets money, in the order in which they are settled; together they are the amount."""
    if allocation.penalty:
        yield t("repay.part_penalty", amount=allocation.penalty)
    if allocation.fees:
        yield t("repay.part_fees", amount=allocation.fees)
    if allocation.interest:
        yield t("repay.part_interest", amount=allocation.interest)
    if allocation.principal:
        yield t("repay.part_principal", amount=allocation.principal)
    if allocation.unallocated:
        yield t("repay.part_unallocated", amount=allocation.unallocated)


def over(payment: Payment, t: Translator) -> str:
    """What became of a payment that cannot be paid any more."""
    if payment.status is PaymentStatus.SETTLED:
        return t("repay.settled", amount=payment.amount, loan=payment.loan_reference)
    if payment.status is PaymentStatus.EXPIRED:
        return t("repay.expired", amount=payment.amount, until=payment.valid_until)
    return t("repay.over", amount=payment.amount, state=payment.status)


def instructions(to: TransferInstructions, t: Translator) -> str:
    """Where to send the money and what to write on it."""
    return t(
        "repay.transfer",
        amount=to.amount,
        bank=to.bank,
        holder=to.holder,
        number=to.number,
        reference=to.reference,
        until=to.valid_until,
    )
