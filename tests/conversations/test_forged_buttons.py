"""Callback data is a claim, not a permission: whoever sends somebody else's gets nothing and changes nothing.

A client can be made to send any callback data for any message of the bot. So every prefix that the running bot listens
to is tried with the numbers of other people's things, from several places, and every service that takes a borrower and
something of a borrower's is asked by the wrong one.
"""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import select
from telegram.ext import BaseHandler, CallbackQueryHandler

from bot.conversation import PrivateConversation
from handlers.officers.presses import ACTS
from sandbox import Person
from services.assembly import Services
from services.desk.handoff_states import HandoffKind
from services.errors import NotFound
from services.extensions.extension_views import ExtensionReason
from services.models import Base
from services.origination.application_views import Question
from services.repayment.payment_views import Aim
from tests.builders import ANSWERS, card_number, id_number
from tests.conversations.debtors import approved, line_holder, paid_out
from tests.conversations.desk_matters import asked, sent_receipt
from tests.conversations.starting_points import STARTS
from tests.conversations.town import Town
from tests.sample_files import jpeg

PLACES: Mapping[str, Sequence[str]] = {
    "menu": [],
    "papers": ["upload", "apply"],
    "signing": ["signing", "offer"],
    "preview": ["repay", "invoice", "transfer"],
    "drawing": ["draw"],
    "transfer": ["transfer", "repay"],
    "extension": ["extend", "extend_signing"],
    "settled": ["schedule", "contracts", "interest"],
}
"""Where the one who forges stands, with things of their own; and the dialogues whose buttons are tried from there, all
of them where none is named."""
OF_NOBODY = frozenset({"conversations", "allowances", "inbox", "leases"})
"""Tables that tell where a person stands and what goes on, not what is theirs."""
Row = tuple[str, tuple[Any, ...]]


async def victims(town: Town) -> Sequence[Person]:
    """People with everything that a button can name: the first of each kind in the town."""
    secret = {"name": "Victoria Quill", "employer": "Quill and Daughters", "address": "77 Lantern Lane, Kunming"}
    services, officer = town.services, town.stage.officer
    with_offer, owing, holder = await town.borrower("en"), await town.borrower("en"), await line_holder(town)
    offer = await approved(town, with_offer, **secret)
    borrower_id = await town.borrower_id(with_offer)
    contract = await services.contracts.issue(borrower_id, offer.id, "en")
    await services.contracts.send_code(borrower_id, contract.id)
    debtor = await paid_out(town, owing, **secret)
    more_time = await services.extensions.ask(debtor.borrower_id, debtor.loan_id, 2, ExtensionReason.ILLNESS, "My hip")
    await services.extension_decisions.approve(officer, more_time.id)
    await services.repayments.open(debtor.borrower_id, debtor.loan_id, Aim.DUE)
    await services.draws.open(holder.borrower_id, holder.loan_id, "1000")
    others = [await town.borrower(), await town.borrower(), await town.borrower()]
    await sent_receipt(town, others[0])
    await asked(town, others[1])
    await collecting(town, others[2])
    people = [with_offer, owing, holder.person, *others]
    await town.settled()
    return people


async def collecting(town: Town, person: Person) -> int:
    """An application with its first paper in and the others to come; answers its id."""
    services, borrower_id = town.services, await town.borrower_id(person)
    application = await services.applications.start(borrower_id, "personal")
    own = {Question.ID_NUMBER: id_number(serial=401), Question.PAYOUT_ACCOUNT: card_number(401)}
    while (question := application.next_question) is not None:
        text = {**ANSWERS, **own}[question]
        application = await services.applications.set_answer(borrower_id, application.id, question, text)
    await services.applications.confirm_answers(borrower_id, application.id)
    first = (await services.documents.checklist(borrower_id, application.id)).missing[0]
    await services.documents.add(borrower_id, application.id, first.code, jpeg(401))
    return application.id


async def everything(town: Town) -> dict[Row, dict[str, Any]]:
    """Every row of the database by table and key."""
    found: dict[Row, dict[str, Any]] = {}
    async with town.process.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in OF_NOBODY:
                keys = [column.name for column in table.primary_key.columns]
                for row in (await session.execute(select(table))).mappings():
                    found[table.name, tuple(row[key] for key in keys)] = dict(row)
    return found


def differing(before: Mapping[Row, dict[str, Any]], after: Mapping[Row, dict[str, Any]]) -> list[Row]:
    """What was there before and is not as it was."""
    return [key for key, row in before.items() if after.get(key) != row]


def callbacks(handlers: Sequence[BaseHandler[Any, Any, Any]]) -> Iterator[str]:
    """The prefixes of callback data that the handlers listen to."""
    for handler in handlers:
        if isinstance(handler, PrivateConversation):
            for by_kind in (handler._elsewhere, *handler._states.values()):
                for some in by_kind:
                    yield from callbacks(some)
        elif isinstance(handler, CallbackQueryHandler) and isinstance(handler.pattern, re.Pattern):
            (prefix,) = re.fullmatch(r"\^(.*)\(\?::\|\$\)", handler.pattern.pattern).groups()  # type: ignore[union-attr]
            yield prefix.replace("\\", "")


def prefixes(town: Town) -> list[str]:
    """Every one, the desk's by its acts."""
    listened = {prefix for group in town.process.application.handlers.values() for prefix in callbacks(group)}
    return sorted((listened - {"desk"}) | {f"desk:{act}" for act in ACTS})


async def test_the_walk_knows_every_button_that_the_bot_listens_to(town: Town) -> None:
    found = prefixes(town)
    assert len(found) > 100
    assert {"desk:grant", "signing:start", "draw:cancel", "upload:delete_yes", "extend:pick", "nav:menu"} <= set(found)


async def test_other_peoples_numbers_behind_any_button_open_nothing_and_change_nothing(town: Town) -> None:
    people = await victims(town)
    before = await everything(town)
    chats = [await person.messages() for person in people]
    highest = max(identity[0] for table, identity in before if table in ("applications", "loans", "payments"))
    secrets = ["Quill", *(str(row["reference"]) for row in before.values() if "reference" in row)]
    for start, (place, dialogues) in enumerate(PLACES.items()):
        forger = await STARTS[place](town)
        await town.settled()
        card = next(view for view in reversed(await forger.messages()) if not view["mine"])
        tried = [prefix for prefix in prefixes(town) if not dialogues or prefix.split(":")[0] in dialogues]
        for number, prefix in enumerate(tried, start):
            identity = 1 + number % highest
            pressed = await forger.press_data(card["id"], f"{prefix}:{identity}:{identity}")
            assert pressed["answered"], f"{place}: {prefix}:{identity}"
        await town.settled()
        assert town.errors == [], place
        assert differing(before, await everything(town)) == [], place
        told = forger.transcript()
        assert [secret for secret in secrets if secret in told] == [], place
    assert [await person.messages() for person in people] == chats


TABLES: Mapping[str, str] = {
    "application_id": "applications",
    "contract_id": "contracts",
    "document_id": "documents",
    "draw_id": "draws",
    "extension_id": "extensions",
    "loan_id": "loans",
    "offer_id": "offers",
    "payment_id": "payments",
    "request_id": "information_requests",
}
"""What a service's parameter numbers."""
PLAUSIBLE: Mapping[str, object] = {
    "aim": Aim.DUE,
    "amount": "1000",
    "chat_id": 1,
    "data": jpeg(7),
    "installments": 2,
    "kind": HandoffKind.QUESTION,
    "language": "en",
    "question": Question.AMOUNT,
    "reason": ExtensionReason.ILLNESS,
    "requirement": "identity",
    "text": "5000",
    "typed": "I agree to sign",
}
"""For what has no default and is no one's."""


def owned(services: Services) -> Iterator[tuple[str, Callable[..., Awaitable[object]]]]:
    """Every method of a service that takes a borrower and the number of something of a borrower's."""
    for each in fields(services):
        service = getattr(services, each.name)
        for name, _ in inspect.getmembers(type(service), inspect.isfunction):
            method = getattr(service, name)
            first, *others = [*inspect.signature(method).parameters, ""]
            if not name.startswith("_") and first == "borrower_id" and TABLES.keys() & set(others):
                yield f"{each.name}.{name}", method


def arguments(method: Callable[..., Awaitable[object]], identity: int) -> dict[str, object]:
    """Whatever the method needs, with that number for everything that somebody owns."""
    given: dict[str, object] = {}
    for name, parameter in list(inspect.signature(method).parameters.items())[1:]:
        if name in TABLES:
            given[name] = identity
        elif parameter.default is inspect.Parameter.empty or name == "amount":
            given[name] = PLAUSIBLE[name]
    return given


async def test_every_service_refuses_a_borrower_who_names_what_is_anothers(town: Town) -> None:
    await victims(town)
    stranger = await town.borrower_id(await town.borrower())
    before = await everything(town)
    highest = max(identity[0] for table, identity in before if table in TABLES.values())
    methods = dict(owned(town.services))
    assert len(methods) > 50
    for name, method in methods.items():
        for identity in range(1, highest + 1):
            try:
                answer = await method(stranger, **arguments(method, identity))
            except NotFound:
                continue
            # A question that can have no earlier answer is not looked up at all.
            if (name, answer) != ("applications.suggestion", None):
                pytest.fail(f"{name} of {identity} answered {answer}")
    assert differing(before, await everything(town)) == []
    assert (await everything(town)).keys() == before.keys()
