"""What stands in the audit log after the life of a loan: who did what, and nothing that tells who the borrower is."""

import json
from collections.abc import Sequence

from sqlalchemy import select

from services.audit.acts import WITHDREW, Actor
from services.extensions.extension_views import ExtensionReason
from services.models import ApplicationRow, AuditEntryRow, BorrowerRow
from services.repayment.payment_views import Aim
from services.vault import Vault
from tests.conversations.debtors import Debtor, line_holder, paid_out, pay
from tests.conversations.town import Town
from tests.sample_files import jpeg

WORDS = {"name": "Victoria Quill", "employer": "Quill and Daughters", "address": "77 Lantern Lane, Kunming, Yunnan"}
PHRASE = "I agree to sign"


async def entries(town: Town) -> Sequence[AuditEntryRow]:
    async with town.process.database.reading() as session:
        return (await session.scalars(select(AuditEntryRow).order_by(AuditEntryRow.id))).all()


async def live(town: Town) -> Debtor:
    """A borrower registers in the chat, borrows, pays in both ways, gets more time, and asks what is stored."""
    services, person = town.services, await town.borrower("en")
    debtor = await paid_out(town, person, **WORDS)
    await pay(town, debtor, Aim.DUE)
    transfer = await services.repayments.open(debtor.borrower_id, debtor.loan_id, Aim.DUE)
    await services.transfers.choose(debtor.borrower_id, transfer.id)
    await services.transfers.attach_receipt(debtor.borrower_id, transfer.id, jpeg(5))
    await services.transfers.confirm(town.stage.officer, transfer.id)
    await services.reversals.reverse(town.stage.officer, transfer.id)
    asked = await services.extensions.ask(
        debtor.borrower_id, debtor.loan_id, 2, ExtensionReason.ILLNESS, "My hip broke"
    )
    await services.extension_decisions.approve(town.stage.officer, asked.id)
    await services.extension_agreements.send_code(debtor.borrower_id, asked.id)
    await services.extension_agreements.sign(debtor.borrower_id, asked.id, PHRASE, person.id)
    await services.borrowers.export(debtor.borrower_id)
    await town.settled()
    return debtor


async def test_every_step_of_a_loans_life_is_on_record_with_who_took_it(town: Town) -> None:
    debtor, officer = await live(town), town.stage.officer
    done = [(entry.actor, entry.actor_id, entry.action) for entry in await entries(town)]
    borrower = (Actor.BORROWER, debtor.borrower_id)
    expected = [
        (*borrower, "consented"),
        (*borrower, "shared_phone"),
        (*borrower, "changed_payout_account"),
        (Actor.STAFF, officer, "approved"),
        (*borrower, "signed_contract"),
        (Actor.STAFF, officer, "paid_out"),
        (Actor.GATEWAY, None, "confirmed_payment"),
        (Actor.STAFF, officer, "confirmed_transfer"),
        (Actor.STAFF, officer, "reversed_payment"),
        (*borrower, "signed_extension"),
        (*borrower, "exported_data"),
    ]
    assert [act for act in done if act in expected] == expected
    assert any(actor == Actor.STAFF and "extension" in action for actor, _, action in done)


async def test_a_draw_on_a_line_is_on_record_from_the_confirmation_to_the_payout(town: Town) -> None:
    debtor = await line_holder(town)
    draw = await town.services.draws.open(debtor.borrower_id, debtor.loan_id, "2000")
    await town.services.draws.confirm(debtor.borrower_id, draw.id, PHRASE, "en")
    await town.services.draw_payouts.pay_out(town.stage.officer, draw.id, "BANK-DRAW-1")
    done = [(entry.actor, entry.action) for entry in await entries(town) if entry.subject == f"draw:{draw.id}"]
    assert done == [("borrower", "confirmed_draw"), ("staff", "paid_out")]


async def test_what_a_borrower_takes_back_is_on_record(town: Town) -> None:
    debtor = await paid_out(town, await town.borrower("en"))
    asked = await town.services.extensions.ask(debtor.borrower_id, debtor.loan_id, 2, ExtensionReason.ILLNESS, None)
    await town.services.extensions.withdraw(debtor.borrower_id, asked.id)
    again = await town.services.applications.start(debtor.borrower_id, "personal")
    await town.services.applications.withdraw(debtor.borrower_id, again.id)
    taken_back = [(entry.actor_id, entry.subject) for entry in await entries(town) if entry.action == WITHDREW]
    assert taken_back == [
        (debtor.borrower_id, f"extension:{asked.id}"),
        (debtor.borrower_id, f"application:{again.id}"),
    ]


async def test_the_record_tells_nothing_of_who_the_borrower_is(town: Town) -> None:
    debtor, vault = await live(town), Vault.from_text(town.process.settings.keys.get_secret_value())
    async with town.process.database.reading() as session:
        row = await session.get_one(BorrowerRow, debtor.borrower_id)
        application = (await session.scalars(select(ApplicationRow))).one()
    sealed = [row.phone_sealed, row.id_number_sealed, application.payout_account_sealed]
    masked = [row.phone_masked, row.id_number_masked, application.payout_account_masked]
    numbers = [vault.unseal_text(each or b"") for each in sealed]
    assert all(len(number) > 10 for number in numbers)
    told = json.dumps(
        [[entry.action, entry.subject, entry.details] for entry in await entries(town)], ensure_ascii=False
    )
    private = [*WORDS.values(), "My hip broke", *numbers, *map(str, masked), str(row.telegram_id), str(row.born_on)]
    assert [each for each in private if each in told] == []


async def test_the_chain_of_a_lived_life_holds(town: Town) -> None:
    await live(town)
    count = len(await entries(town))
    assert await town.services.audit_chain.seal() == count
    verdict = await town.services.audit_chain.verify()
    assert (verdict.broken, verdict.links, verdict.waiting) == (None, count, 0)
