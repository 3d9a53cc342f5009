"""A line in the chat, from the borrower's and the officers' side, for tests."""

import re

from sandbox import Person
from services.money import Money
from tests.conversations.applicants import CARD_NUMBER, ID_NUMBER
from tests.conversations.town import Town

ANSWERS = {
    "Limit": "20k",
    "Term": "12 months",
    "Needed at once": "5,000",
    "Purpose": "Goods and stock",
    "Name": "Li Ming",
    "ID number": ID_NUMBER,
    "Occupation": "self-employed",
    "Monthly income": "8,000",
    "Address": "500 Zhangyang Road, Pudong, Shanghai",
    "Payout account": CARD_NUMBER,
}


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


async def code_of(person: Person) -> str:
    found = re.search(r"code: (\d{6})", (await person.expect("type this code"))["text"])
    assert found
    return found[1]


async def take(town: Town, officer: Person) -> None:
    """Take what waits at the desk."""
    await officer.press("接手", chat=town.desk)
    await town.settled()


async def pay_out(town: Town, officer: Person, reference: str) -> None:
    await take(town, officer)
    await officer.press("确认放款", chat=town.desk)
    prompt = await officer.expect("银行流水号", chat=town.desk)
    await officer.say(reference, chat=town.desk, reply_to=prompt["id"])
    await officer.expect(f"流水号 {reference}", chat=town.desk)
    await town.settled()


async def ask_for(town: Town, person: Person, amount: str) -> None:
    """Draw by typing the amount and the code."""
    await person.say("/draw")
    await person.expect("1 / 2 · Draw")
    await person.say(amount)
    await person.say(await code_of(person))
    await person.expect("is asked for on line")
    await town.settled()


async def repay_in_chat(town: Town, person: Person, amount: str) -> str:
    """Pay that much in the chat; answers the receipt's text."""
    await person.say("/repay")
    await person.expect("How much")
    await person.say(amount)
    await person.expect("It settles:")
    await person.press("Pay in this chat")
    await person.expect("Press the pay button")
    await person.pay()
    receipt = await person.expect("We've received")
    await town.settled()
    return str(receipt["text"])
