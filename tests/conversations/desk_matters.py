"""Matters for the officers' desk, brought about through the services, and desks of other kinds than a plain group."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from bot.process import Process, load_configuration
from demo import CONFIG, DEMO_STAFF, demo_settings
from handlers import register
from sandbox import Person
from services.desk.handoff_access import Handoff
from services.desk.handoff_states import HandoffKind
from services.origination.application_views import Question
from services.repayment.payment_views import Aim, Payment
from tests.builders import ANSWERS, card_number, id_number
from tests.conversations.town import AT_ANY_SPEED, Town
from tests.sample_files import jpeg

WANG, CHEN, LI = 9001, 9002, 9003


class ForumTown(Town):
    """The officers' group has topics."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder, stack)
        members = [self.stage.officer, self.stage.colleague, self.stage.assistant]
        group = self.sandbox.add_group("Desk", forum=True, members=members, bot_is_admin=True)
        self.stage = replace(self.stage, desk=group.id)

    async def start(self) -> None:
        staff_folder = self._folder / "staff"
        staff_folder.mkdir(exist_ok=True)
        usual = (DEMO_STAFF / "staff.toml").read_text(encoding="utf-8")
        (staff_folder / "staff.toml").write_text(usual.replace("forum = false", "forum = true"), encoding="utf-8")
        configuration = load_configuration(CONFIG, self.clock, staff_folder=staff_folder, desk_chat_id=self.stage.desk)
        settings = demo_settings(self.sandbox, self._folder, self._keys).model_copy(update=AT_ANY_SPEED)
        self.process = Process(settings, configuration, self.clock, register, strict=True)
        await self.process.start(clockwork=False)


class OneOfficerTown(Town):
    """The desk is the manager's private chat with the bot."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder, stack)
        self.stage = replace(self.stage, desk=self.stage.officer)


class PrivacyTown(Town):
    """The bot is a plain member of the officers' group and sees commands and replies to it alone."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder, stack)
        members = [self.stage.officer, self.stage.colleague, self.stage.assistant]
        group = self.sandbox.add_group("Desk", forum=False, members=members, bot_is_admin=False)
        self.stage = replace(self.stage, desk=group.id)


async def applied(town: Town, person: Person, **answers: str) -> int:
    """An application of the person's, in the officers' hands: 5,000 over six months unless `answers` say otherwise."""
    services, borrower_id = town.services, await town.borrower_id(person)
    application = await services.applications.start(borrower_id, "personal")
    own = {
        Question.ID_NUMBER: id_number(serial=person.id % 1000),
        Question.PAYOUT_ACCOUNT: card_number(person.id % 1000),
    }
    given = {**ANSWERS, **own, **{Question(name): text for name, text in answers.items()}}
    while (question := application.next_question) is not None:
        application = await services.applications.set_answer(borrower_id, application.id, question, given[question])
    await services.applications.confirm_answers(borrower_id, application.id)
    checklist = await services.documents.checklist(borrower_id, application.id)
    for index, item in enumerate(checklist.missing):
        data = jpeg(person.id + index)
        await services.documents.add(borrower_id, application.id, item.code, data)
    await services.applications.submit(borrower_id, application.id)
    await town.settled()
    return application.id


async def signed(town: Town, person: Person) -> int:
    """An application that was approved as asked and whose contract is signed; the payout is next."""
    services, borrower_id = town.services, await town.borrower_id(person)
    application_id = await applied(town, person)
    offer = await services.decisions.approve(WANG, application_id)
    contract = await services.contracts.issue(borrower_id, offer.id, "zh_Hans")
    await services.contracts.sign(borrower_id, contract.id, "我同意签署", person.id)
    await town.settled()
    return application_id


async def borrowed(town: Town, person: Person) -> int:
    """A loan paid out today; answers its id."""
    loan = await town.services.loans.disburse(WANG, await signed(town, person), f"BANK{person.id}")
    await town.settled()
    return loan.id


async def sent_receipt(town: Town, person: Person) -> Payment:
    """A transfer of the next installment whose receipt waits for a cashier."""
    services, borrower_id = town.services, await town.borrower_id(person)
    loan_id = await borrowed(town, person)
    payment = await services.repayments.open(borrower_id, loan_id, Aim.DUE)
    await services.transfers.choose(borrower_id, payment.id)
    payment = await services.transfers.attach_receipt(borrower_id, payment.id, jpeg(person.id + 50))
    await town.settled()
    return payment


async def asked(town: Town, person: Person, text: str = "可以提前还款吗？") -> Handoff:
    """A question to the officers."""
    handoff = await town.services.handoffs.ask(await town.borrower_id(person), HandoffKind.QUESTION, text)
    await town.settled()
    return handoff


def protected(town: Town, chat_id: int, message_id: int) -> bool:
    """Whether the bot forbade to forward and save that message."""
    return town.sandbox.world.chats[chat_id].messages[message_id].protected
