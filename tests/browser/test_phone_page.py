"""The phone page in a real browser, against a real sandbox and a real bot."""

import asyncio
import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import Browser, Locator, Route, expect

from tests.browser.stage import Town, Wall

pytestmark = pytest.mark.browser


def bubble(phone: Locator, text: str) -> Locator:
    return phone.get_by_test_id("message").filter(has_text=text).last


async def sees(phone: Locator, text: str) -> None:
    await expect(bubble(phone, text)).to_be_visible()


async def say(phone: Locator, text: str) -> None:
    field = phone.get_by_test_id("composer-input")
    await field.fill(text)
    await field.press("Enter")


async def begin(wall: Wall) -> Locator:
    await wall.lin.get_by_test_id("start").click()
    await sees(wall.lin, "Hello.")
    return wall.lin


def picture(color: str) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (320, 240), color).save(stream, "PNG")
    return stream.getvalue()


async def test_a_new_person_starts_the_bot_and_is_answered(wall: Wall) -> None:
    lin = wall.lin
    await expect(lin.get_by_test_id("composer-input")).to_be_hidden()
    await begin(wall)
    await expect(bubble(lin, "Hello.").locator("b")).to_have_text("Hello.")
    await expect(lin.get_by_test_id("start")).to_be_hidden()


async def test_enter_sends_the_text_and_shift_enter_breaks_the_line(wall: Wall) -> None:
    lin = await begin(wall)
    field = lin.get_by_test_id("composer-input")
    await field.fill("first")
    await field.press("Shift+Enter")
    await field.press_sequentially("second")
    await field.press("Enter")
    await expect(lin.locator(".mine .text").last).to_have_text(re.compile("first\nsecond"), use_inner_text=True)
    await sees(lin, "You said: first")
    await expect(field).to_have_value("")


async def test_markup_typed_by_a_person_stays_text(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "<img src=x onerror=alert(1)> <b>no</b>")
    await sees(lin, "You said: <img src=x onerror=alert(1)> <b>no</b>")
    assert await lin.locator(".text img").count() == 0


async def test_an_inline_button_shows_the_answer_and_the_changed_message(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("inline-button").filter(has_text="Tap me").click()
    await expect(lin.get_by_test_id("toast")).to_have_text("Well tapped")
    await sees(lin, "Tapped by Lin")
    await expect(bubble(lin, "Tapped by Lin").get_by_test_id("edited")).to_be_visible()


async def test_an_alert_waits_until_it_is_closed(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("inline-button").filter(has_text="Warn me").click()
    alert = lin.get_by_test_id("alert")
    await expect(alert).to_contain_text("Mind the step.")
    await alert.get_by_test_id("dialog-yes").click()
    await expect(alert).to_have_count(0)


async def test_the_number_is_shared_only_after_a_yes(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "/number")
    button = lin.get_by_test_id("reply-button").filter(has_text="Share my number")
    await button.click()
    await lin.get_by_test_id("share-contact").get_by_test_id("dialog-no").click()
    await expect(lin.get_by_test_id("contact")).to_have_count(0)
    await button.click()
    await lin.get_by_test_id("share-contact").get_by_test_id("dialog-yes").click()
    await sees(lin, "Your number is")
    await expect(bubble(lin, "Your number is")).to_contain_text("8613800138000")
    await expect(lin.get_by_test_id("reply-keyboard")).to_have_count(0)


async def test_a_typed_slash_suggests_the_commands(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("composer-input").press_sequentially("/nu")
    await expect(lin.locator("[data-command]")).to_have_count(1)
    await lin.get_by_test_id("composer-input").press("Enter")
    await sees(lin, "May I have your number?")


async def test_a_document_reaches_the_bot_with_its_name_and_bytes(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("attach").click()
    file = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"seven sacks"}
    await lin.get_by_test_id("file-document").set_input_files(file)  # type: ignore[arg-type]  # a plain dict
    await lin.get_by_test_id("send-files").click()
    await expect(lin.get_by_test_id("document")).to_contain_text("note.txt")
    await sees(lin, "Read note.txt: seven sacks")


async def test_two_pictures_become_an_album_that_opens_full_screen(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("attach").click()
    files = [{"name": f"{hue}.png", "mimeType": "image/png", "buffer": picture(hue)} for hue in ("red", "blue")]
    await lin.get_by_test_id("file-photo").set_input_files(files)  # type: ignore[arg-type]  # plain dicts
    await lin.get_by_test_id("caption").fill("both sides")
    await lin.get_by_test_id("send-files").click()
    await sees(lin, "A photo: both sides")
    await expect(lin.locator(".album").get_by_test_id("photo")).to_have_count(2)
    await lin.get_by_test_id("photo").first.click()
    await expect(wall.page.get_by_test_id("viewer")).to_contain_text("1 of 2")
    await wall.page.keyboard.press("Escape")
    await expect(wall.page.get_by_test_id("viewer")).to_have_count(0)


async def test_an_invoice_is_paid_on_the_payment_page(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "/shop")
    await lin.locator("[data-kind=pay]").click()
    await expect(lin.get_by_test_id("pay-total")).to_have_text("¥12.50")
    await lin.get_by_test_id("pay").click()
    await expect(lin.get_by_test_id("pay-result")).to_contain_text("Paid ¥12.50")
    await sees(lin, "Thank you for 1250 fen")
    await expect(lin.get_by_test_id("invoice")).to_contain_text("Paid")


async def test_a_declined_card_takes_no_money(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "/shop")
    await lin.locator("[data-kind=pay]").click()
    await lin.get_by_test_id("pay-decline").click()
    await expect(lin.get_by_test_id("pay-result")).to_contain_text("declined")
    await lin.get_by_test_id("pay-close").click()
    await say(lin, "after")
    await sees(lin, "You said: after")
    await expect(bubble(lin, "Thank you")).to_have_count(0)


async def test_the_officer_sees_the_call_in_its_topic_and_answers_by_button(wall: Wall) -> None:
    lin = await begin(wall)
    desk = wall.grace.locator(f"[data-chat='{wall.town.desk}']")
    await say(lin, "/desk")
    await expect(desk).to_contain_text("Lin needs help")
    await expect(desk.get_by_test_id("unread")).to_be_visible()
    await desk.click()
    await wall.grace.get_by_test_id("topic-list").get_by_text("Questions", exact=True).click()
    await sees(wall.grace, "Lin needs help")
    await wall.grace.get_by_test_id("inline-button").filter(has_text="Tap me").click()
    await sees(wall.grace, "Tapped by Grace")


async def test_messages_of_all_topics_together_name_their_topic(wall: Wall) -> None:
    await say(await begin(wall), "/desk")
    await wall.grace.locator(f"[data-chat='{wall.town.desk}']").click()
    await expect(wall.grace.get_by_test_id("topic-list")).to_contain_text("Lin needs help")
    await wall.grace.get_by_test_id("chat-menu").click()
    await wall.grace.get_by_test_id("view-as-messages").click()
    await expect(bubble(wall.grace, "Lin needs help").get_by_test_id("topic-tag")).to_have_text("Questions")


async def test_a_question_that_wants_a_reply_is_quoted_in_the_answer(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "/ask")
    await expect(lin.get_by_test_id("reply-bar")).to_contain_text("What is your name?")
    await say(lin, "Mei")
    await expect(lin.locator(".mine").last.get_by_test_id("quote")).to_contain_text("What is your name?")
    await expect(lin.get_by_test_id("reply-bar")).to_be_hidden()


async def test_a_file_dropped_on_the_chat_is_sent(wall: Wall) -> None:
    lin = await begin(wall)
    dropped = await wall.page.evaluate_handle(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["ripe"], "harvest.csv", {type: "text/csv"}));
            return data;
        }"""
    )
    await lin.get_by_test_id("chat-view").dispatch_event("drop", {"dataTransfer": dropped})
    await lin.get_by_test_id("caption").press("Enter")
    await sees(lin, "Read harvest.csv: ripe")


async def test_a_link_to_the_bot_stays_on_the_phone(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "https://t.me/echo_bot?start=from_friend")
    await lin.locator(".mine a").click()
    await expect(lin.locator(".mine").last).to_contain_text("/start from_friend")
    assert len(wall.page.context.pages) == 1


async def test_a_message_can_be_answered_changed_and_deleted(wall: Wall) -> None:
    lin = await begin(wall)
    await bubble(lin, "Hello.").locator(".text").click(button="right")
    await lin.get_by_test_id("menu-reply").click()
    await say(lin, "an answer")
    mine = lin.locator(".mine").filter(has_text="an answer")
    await expect(mine.get_by_test_id("quote")).to_contain_text("Hello.")
    await mine.press("Enter")
    await lin.get_by_test_id("menu-edit").click()
    await say(lin, "a better answer")
    changed = lin.locator(".mine").filter(has_text="a better answer")
    await expect(changed.get_by_test_id("edited")).to_be_visible()
    await changed.press("Enter")
    await lin.get_by_test_id("menu-delete").click()
    await lin.get_by_test_id("dialog-yes").click()
    await expect(changed).to_have_count(0)


async def test_a_blocked_bot_can_be_unblocked_where_one_writes(wall: Wall) -> None:
    lin = await begin(wall)
    await lin.get_by_test_id("chat-menu").click()
    await lin.get_by_test_id("block").click()
    gate = lin.get_by_test_id("unblock-gate")
    await expect(gate).to_be_visible()
    await gate.click()
    await expect(lin.get_by_test_id("composer-input")).to_be_visible()


async def test_the_clock_buttons_move_the_time_on_every_phone(wall: Wall) -> None:
    date = wall.page.get_by_test_id("clock-date")
    await expect(date).to_have_text("Mon 1 Dec 2025")
    await wall.page.get_by_test_id("clock-day").click()
    await expect(date).to_have_text("Tue 2 Dec 2025")
    await wall.page.get_by_test_id("clock-week").click()
    await expect(date).to_have_text("Tue 9 Dec 2025")
    await wall.page.locator("[data-jump='to payday']").click()
    await expect(date).to_have_text("Thu 25 Dec 2025")
    assert wall.town.clock.jumps == ["to payday"]


async def test_times_are_those_of_the_sandbox_wherever_the_page_is_opened(wall: Wall) -> None:
    """The town's clock stands at four in the morning UTC, and the browser is in New York."""
    await expect(wall.page.get_by_test_id("clock-time")).to_have_text("12:00")
    await expect(wall.lin.get_by_test_id("status-time")).to_have_text("12:00")


async def test_faults_set_in_the_network_popover_reach_the_sandbox(wall: Wall) -> None:
    await wall.page.get_by_test_id("network").click()
    await wall.page.get_by_test_id("fault-latency").fill("0.2")
    await wall.page.get_by_test_id("faults-apply").click()
    await expect(wall.page.get_by_test_id("network")).to_have_class(re.compile("alarm"))
    assert wall.town.sandbox.faults.latency == pytest.approx(0.2)
    await wall.page.get_by_test_id("faults-reset").click()
    await expect(wall.page.get_by_test_id("network")).not_to_have_class(re.compile("alarm"))
    assert wall.town.sandbox.faults.latency == 0


async def test_faults_can_be_entered_only_once_those_in_force_are_known(wall: Wall) -> None:
    """Or an answer that comes late would overwrite what was entered meanwhile."""
    asked: asyncio.Queue[Route] = asyncio.Queue()
    await wall.page.route("**/api/faults", asked.put)
    await wall.page.get_by_test_id("network").click()
    answer = await asked.get()
    await expect(wall.page.get_by_test_id("fault-latency")).to_be_disabled()
    await answer.continue_()
    await expect(wall.page.get_by_test_id("fault-latency")).to_be_enabled()


async def test_an_added_person_gets_a_phone_with_a_start_button(wall: Wall) -> None:
    await wall.page.get_by_test_id("add-person").click()
    await wall.page.get_by_test_id("person-first_name").fill("Omar")
    await wall.page.get_by_test_id("person-add").click()
    phone = wall.page.locator("[data-person]").nth(2)
    await phone.get_by_test_id("start").click()
    await sees(phone, "Hello.")


async def test_a_narrow_screen_shows_one_phone_and_switches(browser: Browser, town: Town, bot: None) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = await context.new_page()
    await page.goto(town.sandbox.base_url)
    await page.wait_for_selector("body[data-ready]")
    lin, grace = (page.locator(f"[data-person='{person}']") for person in (town.lin, town.grace))
    await expect(lin).to_be_visible()
    await expect(grace).to_be_hidden()
    await page.locator(f"[data-tab='{town.grace}']").tap()
    await expect(grace).to_be_visible()
    await expect(lin).to_be_hidden()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await context.close()


async def test_the_news_is_told_to_screen_readers(wall: Wall) -> None:
    lin = await begin(wall)
    await say(lin, "hello there")
    await expect(lin.get_by_test_id("live")).to_have_text("Echo: You said: hello there")
