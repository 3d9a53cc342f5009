"""The dialogues. `register` puts them into an application; nothing else here knows all of them."""

from collections.abc import Sequence
from functools import partial

from telegram import BotCommand, BotCommandScopeAllPrivateChats

from bot.context import LoanlineApplication
from bot.conversation import Handler, borrower_conversation
from bot.wording.i18n import Catalogues
from handlers import (
    apply,
    calculator,
    catalogue,
    contracts,
    documents,
    draw,
    extend,
    extend_request,
    extend_signing,
    human,
    interest,
    invoices,
    menu,
    navigation,
    offer,
    officers,
    repay,
    schedule,
    settings,
    signing,
    start,
    status,
    transfer,
)
from handlers.dialogue import Ask, Dialogue
from handlers.spoken import Spoken

COMMANDS = (
    "menu",
    "apply",
    "repay",
    "draw",
    "loans",
    "interest",
    "contracts",
    "status",
    "products",
    "calculator",
    "settings",
    "human",
    "help",
    "cancel",
)
DIALOGUES = (
    start,
    menu,
    human,
    settings,
    catalogue,
    calculator,
    apply,
    documents,
    status,
    offer,
    signing,
    schedule,
    extend,
    extend_request,
    extend_signing,
    interest,
    contracts,
    draw,
    repay,
    invoices,
    transfer,
)


def register(application: LoanlineApplication) -> None:
    """Add every dialogue: the officers' first, then the one conversation of the borrowers."""
    spoken = Spoken(application.bot_data.catalogues)
    dialogues = [module.dialogue(spoken) for module in DIALOGUES]
    asks: dict[str, Ask] = {str(step): ask for dialogue in dialogues for step, ask in dialogue.ask.items()}
    entries = [handler for dialogue in dialogues for handler in dialogue.entries]
    otherwise = [handler for dialogue in dialogues for handler in dialogue.otherwise]
    states = {str(step): _at(step, dialogue, spoken, otherwise) for dialogue in dialogues for step in dialogue.states}
    private = {str(step): looks for dialogue in dialogues for step, looks in dialogue.private.items()}
    officers.register(application, spoken, private)
    invoices.register(application)
    elsewhere = [*otherwise, *navigation.elsewhere(spoken)]
    application.add_handler(borrower_conversation(entries, states, elsewhere))
    application.bot_data.show_current = partial(navigation.show_current, asks)


def _at(step: str, dialogue: Dialogue, spoken: Spoken, otherwise: Sequence[Handler]) -> list[Handler]:
    """Everything that is understood at `step`, first match first."""
    own = next(handlers for key, handlers in dialogue.states.items() if key == step)
    ask = next(ask for key, ask in dialogue.ask.items() if key == step)
    back = next((ask for key, ask in dialogue.back.items() if key == step), None)
    return [*navigation.before_the_step(spoken, ask, back), *own, *otherwise, *navigation.after_the_step(ask)]


async def announce_commands(application: LoanlineApplication, catalogues: Catalogues) -> None:
    """Tell Telegram the commands menu in every language."""
    for language in catalogues.languages:
        t = catalogues.translator(language)
        commands = [BotCommand(name, t.plain(f"help.command_{name}")) for name in COMMANDS]
        code = language.split("_")[0]
        scope = BotCommandScopeAllPrivateChats()
        await application.bot.set_my_commands(commands, scope=scope, language_code=code)
        if language == "en":
            await application.bot.set_my_commands(commands, scope=scope)
    await officers.announce_commands(application)
