"""The whole way of a clumsy borrower, in English, with a new process after everything that anybody does."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Self

from sandbox import Person
from sandbox.shapes import JsonObject, MessageView
from services.engine.ledger import Account
from services.money import Money
from services.origination.application_states import ApplicationStatus
from services.origination.application_views import Application, Employment
from tests.builders import card_number, id_number
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf

ID_NUMBER, CARD = id_number(serial=53), card_number(53)
QUESTIONS = (
    "Amount",
    "Term",
    "Repayment",
    "Purpose",
    "Name",
    "ID number",
    "Occupation",
    "Employer",
    "Monthly income",
    "Address",
    "Payout account",
)
HEADING = re.compile(r"\d+ / \d+ · (.+)")


class Unlucky(Person):
    """After every act on this phone the bot's process ends and another one begins."""

    town: Town

    @classmethod
    async def meet(cls, town: Town, person_id: int) -> Self:
        person = await cls.connect(town.sandbox.base_url, person_id)
        person.town = town
        return person

    async def _post(self, path: str, body: JsonObject) -> JsonObject:
        answer = await super()._post(path, body)
        await self.town.restart()
        return answer

    async def send_files(
        self,
        kind: str,
        files: Sequence[tuple[bytes, str]],
        caption: str = "",
        chat: int | None = None,
        thread: int | None = None,
    ) -> list[MessageView]:
        sent = await super().send_files(kind, files, caption, chat, thread)
        await self.town.restart()
        return sent

    async def says(self, text: str, answer: str) -> None:
        """Type something and be answered with `answer`."""
        await self.say(text)
        await self.expect(answer)

    async def reply_to_prompt(self, text: str) -> None:
        """Answer the newest message of the desk that asks for a reply."""
        desk = self.town.desk
        (*_, prompt) = [view for view in await self.messages(desk) if "回复这条消息" in view["text"]]
        await self.say(text, chat=desk, reply_to=prompt["id"])

    async def code(self) -> str:
        """The code that the newest question for a signature shows."""
        found = re.search(r"type this code: (\d{6})", (await self.expect("type this code"))["text"])
        assert found
        return found[1]


async def test_a_clumsy_borrower_loses_nothing_although_every_message_meets_another_process(town: Town) -> None:
    async with await Unlucky.meet(town, town.stage.second_borrower) as tom:
        await register_clumsily(tom)
        await answer_half_then_leave(tom)
        await come_back_days_later(tom)
        await correct_one_answer(tom)
        await no_answer_is_lost(tom)
        await send_papers_clumsily(tom)
        async with await Unlucky.meet(town, town.stage.officer) as wang:
            await officer_asks_for_more(town, tom, wang)
            await officer_approves(town, wang)
            await sign_clumsily(tom)
            await officer_pays_out(town, wang)
            loan_id = await look_at_the_loan(tom)
            await pay_the_first_installment_clumsily(tom, loan_id)
            await transfer_late_and_clumsily(tom, wang, loan_id)
        await pay_the_rest(tom)
        await the_books_are_closed(tom, loan_id)


async def register_clumsily(tom: Unlucky) -> None:
    await tom.says("hello?", "Please choose your language")
    await tom.start()
    await tom.send_sticker()
    await tom.expect("Please choose your language")
    await tom.press("English")
    await tom.press("I do not agree")
    await tom.expect("we can't lend")
    await tom.press("I agree")
    await tom.says("+86 139 0013 9000", "can't take a typed number")
    await tom.share_contact(tom.town.stage.borrower)
    await tom.expect("somebody else's contact")
    await tom.press("Share my phone number")
    await tom.expect("What would you like to do")


async def answer_half_then_leave(tom: Unlucky) -> None:
    await tom.says("Good morning to you", "What would you like to do")
    await tom.press("Apply")
    await tom.press("Personal loan")
    await tom.expect("· Amount")
    await tom.says("500,000", "¥200,000.00")
    await tom.says("a lot", "can't read this as an amount")
    await tom.send_voice()
    await tom.expect("· Amount")
    await tom.says("5k", "· Term")
    await tom.says("7 months", "That term isn't offered")
    await tom.press("6 months")
    await tom.expect("· Repayment")
    await tom.press("Equal installments")
    await tom.expect("· Purpose")
    await tom.says("Tuition", "· Name")
    await tom.send_sticker()
    await tom.expect("· Name")
    await tom.says("Tom Baker", "· ID number")
    await tom.says("110101199003070018", "18 characters")
    await tom.says(ID_NUMBER, "· Occupation")
    assert ID_NUMBER not in tom.transcript()
    await tom.says("/cancel", "What you entered is kept")


async def come_back_days_later(tom: Unlucky) -> None:
    await tom.town.pass_time(days=3)
    (*_, term) = [view for view in await tom.messages() if "For how long?" in view["text"]]
    assert not term["inline_keyboard"]
    # A phone that has not caught up yet still shows them.
    told = await tom.press_data(term["id"], "apply:set:term:12")
    assert "from an earlier message" in str(told["text"])
    await tom.says("/apply", "unfinished application")
    await tom.press("Go on")
    await tom.expect("· Occupation")
    await tom.says("salaried", "· Employer")
    await tom.says("Corner Bakery", "· Monthly income")
    await tom.says("enough", "Please type what you earn in a month")
    await tom.says("6,000", "· Address")
    await tom.send_location()
    await tom.expect("· Address")
    await tom.says("12 Nanjing Road, Huangpu, Shanghai", "· Payout account")
    await tom.says("6222 0000 1111 2222", "16 to 19 digits")
    await tom.says(CARD, "Please check")
    assert CARD not in tom.transcript()


async def correct_one_answer(tom: Unlucky) -> None:
    asked = [found[1] for view in await tom.messages() if (found := HEADING.search(view["text"])) and not view["mine"]]
    standing = [heading for heading, _ in groupby(asked) if heading in QUESTIONS]
    # A pressed card becomes the next question; what was typed leaves its question in the chat.
    assert standing == [question for question in QUESTIONS if question in standing]
    assert {"Amount", "Name", "ID number", "Employer", "Monthly income", "Address", "Payout account"} <= set(standing)
    await tom.press("Change an answer")
    await tom.press("Employer")
    await tom.expect("Your answer so far: Corner Bakery")
    await tom.says("Harbor Bakery", "Please check")


async def no_answer_is_lost(tom: Unlucky) -> None:
    draft = await newest_application(tom)
    assert draft.amount == Money.of("5000", "CNY")
    assert draft.monthly_income == Money.of("6000", "CNY")
    assert (draft.term, draft.method, draft.purpose and draft.purpose.code) == (6, "equal_installment", "tuition")
    assert (draft.full_name, draft.employment, draft.employer) == ("Tom Baker", Employment.SALARIED, "Harbor Bakery")
    assert draft.address == "12 Nanjing Road, Huangpu, Shanghai"
    assert str(draft.id_number_masked).endswith(ID_NUMBER[-4:])
    assert str(draft.payout_account_masked).endswith(CARD[-4:])
    assert await tom.town.services.applications.list(draft.borrower_id) == [draft]


async def newest_application(tom: Unlucky) -> Application:
    services = tom.town.services
    return (await services.applications.list(await tom.town.borrower_id(tom)))[0]


async def send_papers_clumsily(tom: Unlucky) -> None:
    await tom.says("yes", "Papers 0 / 2")
    await tom.send_voice()
    await tom.expect("can't take that as a paper")
    await tom.send_document(b"my ID number is a secret", "id.jpg")
    await tom.expect("Please send a photo (JPEG, PNG, HEIC) or a PDF")
    await tom.send_document(jpeg(1), "id.jpg")
    await tom.expect("Papers 1 / 2")
    await tom.send_document(jpeg(1), "payslip.jpg")
    await tom.expect("sent this very file already")
    await tom.says("submit", "Proof of income")
    await tom.send_document(pdf(2, seed=2), "payslip.pdf")
    await tom.expect("Papers 2 / 2")
    await tom.press("Submit application")
    await tom.expect("Your application is submitted")
    await tom.says("/apply", "You already have an application under way")


async def officer_asks_for_more(town: Town, tom: Unlucky, wang: Unlucky) -> None:
    await wang.press("接手", chat=town.desk)
    await wang.press("要求补充", chat=town.desk)
    await wang.reply_to_prompt("Please tell us where the school is.")
    await tom.expect("Please tell us where the school is.")
    await tom.press("Send what is asked")
    await tom.send_sticker()
    await tom.expect("I can't pass that on")
    await tom.says("In Pudong.", "In Pudong.")
    await tom.press("Send to officer")
    await tom.expect("Sent to the officer")


async def officer_approves(town: Town, wang: Unlucky) -> None:
    await wang.press("批准", chat=town.desk)
    await wang.press("改金额", chat=town.desk)
    await wang.reply_to_prompt("4万")
    await wang.reply_to_prompt("4千")
    await wang.press("确认批准", chat=town.desk)


async def sign_clumsily(tom: Unlucky) -> None:
    await tom.expect("We can lend you ¥4,000.00")
    await tom.press("Read my offer")
    await tom.press("Decline")
    await tom.expect("Decline the offer of ¥4,000.00?")
    await tom.press("Keep the offer")
    await tom.press("Read the contract")
    await tom.expect_media("document")
    await tom.press("Sign")
    code = await tom.code()
    wrong = "000000" if code != "000000" else "000001"
    await tom.says("ok", "I agree to sign")
    await tom.says(wrong, "left")
    await tom.says("/menu", "offer")
    await tom.press("Read my offer")
    await tom.press("Sign")
    fresh = await tom.code()
    await tom.says(fresh, "Signed.")
    signed = await tom.expect_media("document")
    assert (await tom.download(signed)).startswith(b"%PDF")
    await tom.says(fresh, "didn't understand")
    assert (await newest_application(tom)).status is ApplicationStatus.ACCEPTED


async def officer_pays_out(town: Town, wang: Unlucky) -> None:
    await wang.press("接手", chat=town.desk)
    await wang.press("确认放款", chat=town.desk)
    await wang.reply_to_prompt("BANK-77")


async def look_at_the_loan(tom: Unlucky) -> int:
    await tom.expect("has been paid out")
    await tom.says("/loans", "What you still owe today: ¥4,000.00")
    await tom.press("Picture")
    await tom.expect_media("photo")
    await tom.press("Back to the loan")
    await tom.press("Calendar file")
    await tom.expect_media("document")
    (loan,) = await tom.town.services.loans.list(await tom.town.borrower_id(tom))
    return loan.id


async def pay_the_first_installment_clumsily(tom: Unlucky, loan_id: int) -> None:
    await tom.town.to_due_date()
    await tom.expect("Today")
    await tom.press("Pay now")
    await tom.press("Other amount")
    await tom.says("something", "couldn't read an amount")
    await tom.says("99999", "more than you owe")
    await tom.says("100", "Pay ¥100.00")
    await tom.press("Back")
    await tom.press("Due: ¥687.82")
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button above")
    await tom.cancel_payment()
    await tom.says("paid!", "Press the pay button above")
    assert await tom.pay() == {"ok": True, "error": None}
    await tom.expect("We've received ¥687.82")
    again = await tom.pay()
    assert not again["ok"]
    view = await tom.town.services.loans.get(await tom.town.borrower_id(tom), loan_id)
    assert [row.settled_on is not None for row in view.rows] == [True] + [False] * 5


async def transfer_late_and_clumsily(tom: Unlucky, wang: Unlucky, loan_id: int) -> None:
    await tom.town.to_due_date()
    await tom.town.pass_time(days=8)
    await tom.expect("7 days")
    await tom.says("/repay", "How much would you like to pay?")
    await tom.says("300", "Pay ¥300.00")
    await tom.press("Bank transfer")
    await tom.says("I paid", "Transfer ¥300.00")
    await tom.send_document(b"PAID 300", "receipt.pdf")
    await tom.expect("Please send a photo (JPEG, PNG, HEIC) or a PDF")
    await tom.send_photo(jpeg(9))
    await tom.expect("Receipt received")
    (receipt,) = [
        card
        for card in await wang.messages(chat=tom.town.desk)
        if "¥300.00" in card["text"] and "接手" in str(card["inline_keyboard"])
    ]
    await wang.press("接手", chat=tom.town.desk, message=receipt["id"])
    await wang.press("确认到账", chat=tom.town.desk, message=receipt["id"])
    await wang.press("确认入账", chat=tom.town.desk)
    await tom.expect("We've received ¥300.00")
    view = await tom.town.services.loans.get(await tom.town.borrower_id(tom), loan_id)
    assert view.days_past_due == 8


async def pay_the_rest(tom: Unlucky) -> None:
    await tom.says("/repay", "How much would you like to pay?")
    await tom.press("All: ")
    await tom.expect("is then settled")
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button above")
    await tom.pay()
    await tom.expect("was settled on")
    certificate = await tom.expect_media("document")
    assert (await tom.download(certificate)).startswith(b"%PDF")
    await tom.says("/repay", "You have no loan to repay")


async def the_books_are_closed(tom: Unlucky, loan_id: int) -> None:
    services, zero = tom.town.services, Money.zero("CNY")
    view = await services.loans.get(await tom.town.borrower_id(tom), loan_id)
    assert view.closed_on is not None
    assert view.outstanding.total == zero
    received = await services.repayments.list(view.borrower_id, loan_id)
    assert len(received) == 3
    assert Money.total((receipt.amount for receipt in received), "CNY") == view.paid_total
    balances = await services.loans.trial_balance(loan_id)
    assert Money.total(balances.values(), "CNY") == zero
    for account in (Account.LOAN_PRINCIPAL, Account.INTEREST_RECEIVABLE, Account.PENALTY_RECEIVABLE):
        assert balances.get(account, zero) == zero
