"""A line from its application to its second draw."""

from sandbox import Person
from services.desk.handoff_states import HandoffKind
from tests.conversations.consistency import nothing_is_corrupted
from tests.conversations.drawing import ANSWERS, ask_for, code_of, pay_out, repay_in_chat, take
from tests.conversations.town import Town
from tests.sample_files import jpeg, pdf


async def test_a_line_is_applied_for_granted_signed_drawn_repaid_and_drawn_again(town: Town) -> None:
    tom, wang = await town.borrower("en"), await town.officer()
    await apply_for_the_line(tom)
    await town.settled()
    await grant_it(town, wang)
    await sign_it(tom)
    await town.settled()
    await pay_out(town, wang, "ICBC1")
    opened = await tom.expect("Your credit line is open")
    assert "limit ¥20,000.00" in opened["text"]
    await look_at_the_card(tom)
    await town.pass_time(days=10)
    await draw_three_thousand(town, tom)
    await pay_out(town, wang, "ICBC2")
    told = await tom.expect("drawn on line")
    assert "Drawn in all: ¥8,000.00. Still available: ¥12,000.00" in told["text"]
    await town.pass_time(days=5)
    await repay_a_part(town, tom)
    await ask_for(town, tom, "2000")
    await pay_out(town, wang, "ICBC3")
    await interest_falls_due(town, tom)
    await nothing_is_corrupted(town)


async def apply_for_the_line(tom: Person) -> None:
    await tom.say("/apply")
    await tom.press("Credit line")
    for heading, text in ANSWERS.items():
        asked = await tom.expect("· Amount" if heading == "Limit" else f"· {heading}")
        if heading == "Limit":
            assert "You only pay for what you draw" in asked["text"]
        if heading == "Needed at once":
            assert "0.03% a day" in asked["text"]
        await tom.say(text)
    review = await tom.expect("Please check")
    assert "Needed at once: ¥5,000.00" in review["text"]
    assert "All of it drawn: ¥6.00 a day" in review["text"]
    await tom.press("All correct")
    await tom.expect("Papers 0 / 2")
    await tom.send_photo(jpeg(31))
    await tom.expect("Papers 1 / 2")
    await tom.send_document(pdf(2, seed=32), "statements.pdf")
    await tom.expect("Papers 2 / 2")
    await tom.press("Submit application")
    await tom.expect("Your application is submitted")


async def grant_it(town: Town, wang: Person) -> None:
    card = await wang.expect("首次提款 ¥5,000.00", chat=town.desk)
    assert "随借随还" in card["text"]
    await take(town, wang)
    await wang.press("批准", chat=town.desk)
    terms = await wang.expect("日利率 0.03%", chat=town.desk)
    assert "额度 ¥20,000.00" in terms["text"]
    await wang.press("确认批准", chat=town.desk)
    await town.settled()


async def sign_it(tom: Person) -> None:
    await tom.press("Read my offer")
    offer = (await tom.expect("Your credit line: ¥20,000.00 for 12 months"))["text"]
    for fact in ("0.03% a day", "10.95% a year", "APR with all costs: 11.52%", "at once: ¥5,000.00", "¥6.00 a day"):
        assert fact in offer, fact
    await tom.press("Sign")
    await tom.say(await code_of(tom))
    signed = await tom.expect("Signed.")
    assert "¥5,000.00 goes to your account" in signed["text"]


async def look_at_the_card(tom: Person) -> None:
    await tom.say("/loans")
    card = (await tom.expect("Available: ¥15,000.00 of ¥20,000.00"))["text"]
    for fact in ("Drawn: ¥5,000.00", "Interest so far: ¥0.00", "¥1.50 a day", "Draws until:"):
        assert fact in card, fact
    assert (await tom.buttons())[:2] == ["Draw", "Repay"]


async def draw_three_thousand(town: Town, tom: Person) -> None:
    await tom.say("/loans")
    await tom.expect("Interest so far: ¥15.00")
    await tom.press("Draw")
    await tom.expect("¥1,000.00 cost about ¥0.30 a day")
    assert (await tom.buttons())[:4] == ["¥2,000.00", "¥5,000.00", "¥10,000.00", "All: ¥15,000.00"]
    await tom.say("300")
    await tom.expect("A draw is ¥500.00 or more")
    await tom.say("20k")
    await tom.expect("That is more than is free")
    await tom.say("3k")
    shown = (await tom.expect("2 / 2 · Draw ¥3,000.00"))["text"]
    for fact in (
        "about ¥0.90 a day",
        "Drawn then: ¥8,000.00",
        "about ¥65.40 on",
        "Still available then: ¥12,000.00",
    ):
        assert fact in shown, fact
    code = await code_of(tom)
    await tom.say("ok")
    await tom.expect("To confirm, type the six-digit code")
    await tom.say(code)
    await tom.expect("is asked for on line")
    await tom.say(code)
    await tom.expect("didn't understand")
    await town.settled()
    waiting = await town.services.handoffs.waiting(town.stage.officer)
    assert [each.kind for each in waiting] == [HandoffKind.DRAW]


async def repay_a_part(town: Town, tom: Person) -> None:
    receipt = await repay_in_chat(town, tom, "4000")
    assert "Interest: ¥27.00" in receipt
    assert "Principal: ¥3,973.00" in receipt
    assert "Available again: ¥15,973.00" in receipt


async def interest_falls_due(town: Town, tom: Person) -> None:
    """A reminder comes before the date; on the date the interest is paid, and the line goes on."""
    await town.pass_time(days=13)
    reminder = await tom.expect("In 3 days")
    assert "What you pay before that day" in reminder["text"]
    await town.to_due_date()
    await tom.say("/repay")
    due = await tom.expect("How much")
    assert "Due now:" in due["text"]
    (label,) = [label for label in await tom.buttons() if label.startswith("Due:")]
    await tom.press(label)
    await tom.press("Pay in this chat")
    await tom.expect("Press the pay button")
    await tom.pay()
    receipt = await tom.expect("We've received")
    assert "Principal" not in receipt["text"]
    assert "Available again: ¥13,973.00" in receipt["text"]
