"""The first minutes: language, consent, telephone number, menu."""

from tests.conversations.town import Town


async def test_a_newcomer_is_led_to_the_menu_in_chinese(town: Town) -> None:
    lin = await town.borrower(registered=False)
    await lin.start()
    await lin.expect("请选择语言")
    await lin.press("简体中文")
    await lin.expect("个人信息")
    await lin.press("我同意")
    await lin.expect("手机号")
    await lin.press("发送我的手机号")
    await lin.expect("已确认")
    await lin.expect("您想办理什么")


async def test_typed_words_do_what_the_buttons_do(town: Town) -> None:
    tom = await town.borrower("en", registered=False)
    await tom.start()
    await tom.say("english")
    await tom.expect("Your data")
    await tom.say("I agree!")
    await tom.expect("Your phone number")


async def test_somebody_elses_contact_is_refused_and_asked_again(town: Town) -> None:
    lin, other = await town.borrower(registered=False), await town.borrower()
    await lin.start()
    await lin.press("简体中文")
    await lin.press("我同意")
    await lin.share_contact(other.id)
    await lin.expect("别人的联系方式")
    await lin.press("发送我的手机号")
    await lin.expect("您想办理什么")


async def test_a_typed_number_is_refused_with_the_reason(town: Town) -> None:
    tom = await town.borrower("en", registered=False)
    await tom.start()
    await tom.press("English")
    await tom.press("I agree")
    await tom.say("+86 139 1111 2222")
    await tom.expect("can't take a typed number")


async def test_who_does_not_consent_is_told_what_follows_and_may_change_their_mind(town: Town) -> None:
    tom = await town.borrower("en", registered=False)
    await tom.start()
    await tom.press("English")
    await tom.press("I do not agree")
    await tom.expect("we can't lend")
    await tom.press("I agree")
    await tom.expect("Your phone number")


async def test_a_restart_between_every_two_messages_loses_nothing(town: Town) -> None:
    tom = await town.borrower("en", registered=False)
    await tom.start()
    await town.restart()
    await tom.press("English")
    await town.restart()
    await tom.press("I agree")
    await town.restart()
    await tom.press("Share my phone number")
    await tom.expect("What would you like to do")


async def test_an_unregistered_person_is_asked_for_what_is_missing_whatever_they_press(town: Town) -> None:
    tom = await town.borrower("en", registered=False)
    await tom.say("/settings")
    await tom.expect("choose your language")
    await tom.press("English")
    await tom.say("/calculator")
    await tom.expect("Do you agree")
