"""What `doctor` looks at: everything that must be right before a borrower is served, and what to do where it is not."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import typst
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from telegram.constants import ChatMemberStatus
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot.app import build_bot
from bot.papers.contract_check import check_contracts
from bot.papers.fonts import NoFontFound, find_typeface
from bot.settings import Settings
from bot.wording.catalogue_files import BadCatalogue
from bot.wording.i18n import FALLBACK, Catalogues
from services import schema
from services.clock import Clock, local_date
from services.configuration.chart_of_accounts import load_chart_of_accounts
from services.configuration.lender import Lender, load_lender
from services.configuration.products import FOLDER, Products, load_products
from services.configuration.reading import ConfigurationError
from services.configuration.reference_rates import FILE, ReferenceRates, load_reference_rates
from services.configuration.staff import Desk
from services.configuration.staff_file import load_staff
from services.db import Database
from services.vault import BadKeys, Vault

RATES_GO_STALE_AFTER: Final = timedelta(days=40)
"""The LPR is published on the 20th of each month, or on the next working day: after so many days one was missed."""


class Outcome(StrEnum):
    OK = "ok"
    WARN = "warn"
    """The bot runs, but something is missing that a lender will want."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was found and, unless all is well, what to do."""

    name: str
    outcome: Outcome
    found: str
    advice: str = ""


async def run_checks(settings: Settings, clock: Clock) -> list[Check]:
    """Every check, in the order in which an operator would set things up. None of them changes anything but that the
    data directory is made where it is missing."""
    checks = [*check_configuration(settings.config_dir, clock), check_accounts(settings.config_dir)]
    checks += [check_keys(settings), *check_directories(settings), await check_database(settings.database_url)]
    checks += [check_catalogues(_lender(settings.config_dir)), check_fonts()]
    checks += [check async for check in check_telegram(settings)]
    return checks


def check_configuration(folder: Path, clock: Clock) -> Iterator[Check]:
    """The lender's files: as the bot itself will read them at its start."""
    try:
        lender = load_lender(folder)
        rates = load_reference_rates(folder, lender.rate_cap_multiple)
        products = load_products(folder, clock, lender, rates)
        check_contracts(folder, products, local_date(clock.now(), lender.time_zone))
        staff = load_staff(folder)
    except ConfigurationError as error:
        yield Check("configuration", Outcome.FAIL, str(error), f"Correct the file in {folder}.")
        return
    yield Check("configuration", Outcome.OK, f"{len(products.all())} products of {lender.name.in_language(FALLBACK)}")
    if any(product.rate is not None for product in products.all()):
        yield check_reference_rate(folder, rates, local_date(clock.now(), lender.time_zone))
    yield from check_prices(folder, products)
    if staff.desk is None:
        advice = f"Add the bot to the officers' group and write the group's id into {folder / 'staff.toml'} as chat_id."
        yield Check("desk", Outcome.WARN, "no desk: what needs an officer waits", advice)
    elif not staff.officers:
        yield Check("desk", Outcome.WARN, "no officers", f"Name them in {folder / 'staff.toml'}.")
    elif staff.lacks_second_pair:
        found = "a loan may be approved that nobody else can pay out"
        advice = f"Let another officer pay out, or set four_eyes = false in {folder / 'staff.toml'}."
        yield Check("desk", Outcome.WARN, found, advice)
    elif staff.lacks_second_decider and any(
        product.extension and product.extension.times for product in products.all()
    ):
        found = "a loan may be approved that nobody else can extend"
        advice = f"Let another officer decide, or set four_eyes = false in {folder / 'staff.toml'}."
        yield Check("desk", Outcome.WARN, found, advice)
    else:
        yield Check("desk", Outcome.OK, f"{len(staff.officers)} officers")


def check_prices(folder: Path, products: Products) -> Iterator[Check]:
    """Products that are not offered because the cap fell below their price."""
    for code, (price, cap) in products.all_above_the_cap().items():
        found = f"{code} is not offered: its APR may be {price.apr.value} %, and the cap is {cap} %"
        yield Check("price", Outcome.WARN, found, f"Lower its rate or its fees in {folder / FOLDER}.")


def check_reference_rate(folder: Path, rates: ReferenceRates, today: date) -> Check:
    """Whether the table that products follow is kept up; a rate that is published anew and stays adds no line to it."""
    known, name = rates.known_until(today), rates.table.name
    if today - known <= RATES_GO_STALE_AFTER:
        return Check("reference rate", Outcome.OK, f"{name} is {rates.on(today)} %, looked at on {known}")
    found = f"{name} was last looked at on {known}, and floating rates follow it"
    advice = f"Add what was published since to {folder / FILE}, and set checked_on to the day of the last publication."
    return Check("reference rate", Outcome.WARN, found, advice)


def check_accounts(folder: Path) -> Check:
    """The chart of accounts, which the journal needs and the bot does not."""
    try:
        chart = load_chart_of_accounts(folder)
    except ConfigurationError as error:
        return Check("accounts", Outcome.FAIL, str(error), f"Correct the file in {folder}; config/ has a whole one.")
    return Check("accounts", Outcome.OK, f"{len(chart)} accounts with codes")


def check_keys(settings: Settings) -> Check:
    try:
        Vault.from_text(settings.keys.get_secret_value())
    except BadKeys as error:
        advice = (
            "Put what `python main.py new-key` prints into a file, name it in LOANLINE_KEYS_FILE, "
            "and keep a copy where the database is not."
        )
        return Check("encryption keys", Outcome.FAIL, str(error), advice)
    return Check("encryption keys", Outcome.OK, "readable")


def check_directories(settings: Settings) -> Iterator[Check]:
    """The data directory, and the database's where that is a file."""
    folders = {"data directory": settings.data_dir}
    database = make_url(settings.database_url)
    if database.get_backend_name() == "sqlite" and database.database:
        folders["database directory"] = Path(database.database).parent
    for name, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                yield Check(name, Outcome.OK, f"{folder} can be written")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            advice = f"Make {folder} writable for the user that runs the bot."
            yield Check(name, Outcome.FAIL, f"{folder}: {reason}", advice)


async def check_database(url: str) -> Check:
    name = make_url(url).render_as_string(hide_password=True)
    database = Database(url)
    try:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
        if await schema.is_current(database):
            return Check("database", Outcome.OK, f"{name} answers and is up to date")
        return Check("database", Outcome.FAIL, f"{name} lacks tables or columns", "Run `python main.py migrate`.")
    except (SQLAlchemyError, OSError) as error:
        advice = "Check LOANLINE_DATABASE_URL, and that the server runs and lets this user in."
        return Check("database", Outcome.FAIL, f"{name}: {type(error).__name__}", advice)
    finally:
        await database.close()


def check_catalogues(lender: Lender | None) -> Check:
    """Every language complete, and every language of the lender there."""
    try:
        catalogues = Catalogues.load()
    except BadCatalogue as error:
        return Check("texts", Outcome.FAIL, str(error), "Correct the catalogue.")
    missing = [language for language in (lender.languages if lender else ()) if language not in catalogues.languages]
    if missing:
        advice = "Translate locales/en into it, or take it out of lender.toml."
        return Check("texts", Outcome.FAIL, f"no catalogues for {', '.join(missing)}", advice)
    expected = catalogues.keys(FALLBACK)
    for language in catalogues.languages:
        if lacking := sorted(expected - catalogues.keys(language)):
            found = f"{language} lacks {len(lacking)} texts, the first is {lacking[0]}"
            return Check("texts", Outcome.WARN, found, f"Translate them in locales/{language}; English stands in.")
    return Check("texts", Outcome.OK, f"complete in {', '.join(catalogues.languages)}")


def check_fonts() -> Check:
    """A Chinese font is there and typst sets Chinese in it."""
    try:
        typeface = find_typeface()
        page = f'#set text(font: "{typeface.family}")\n中文 123'.encode()
        typst.Compiler(font_paths=typeface.fonts, ignore_system_fonts=True).compile(input=page, format="png")
    except (NoFontFound, typst.TypstError) as error:
        advice = "Install the requirements again: the font comes with the package mplfonts."
        return Check("papers", Outcome.FAIL, str(error).splitlines()[0], advice)
    return Check("papers", Outcome.OK, f"set in {typeface.family}")


async def check_telegram(settings: Settings) -> AsyncIterator[Check]:
    """The token, and with it whether the bot may write to the desk."""
    if not settings.token.get_secret_value():
        advice = "Ask @BotFather for one and set LOANLINE_TOKEN or LOANLINE_TOKEN_FILE. `make demo` needs none."
        yield Check("token", Outcome.FAIL, "no token", advice)
        return
    try:
        bot = build_bot(settings)
        async with bot:
            yield Check("token", Outcome.OK, f"@{bot.username}")
            desk = _desk(settings.config_dir)
            if desk is not None:
                yield await _check_desk(bot, desk)
    except InvalidToken:
        yield Check("token", Outcome.FAIL, "Telegram does not know it", "Copy it again from @BotFather, whole.")
    except TelegramError as error:
        advice = f"Check that this machine reaches {settings.bot_api_url}, if need be through LOANLINE_PROXY."
        yield Check("token", Outcome.FAIL, f"Telegram cannot be reached ({error})", advice)


async def _check_desk(bot: ExtBot[str], desk: Desk) -> Check:
    try:
        me = await bot.get_chat_member(desk.chat_id, bot.id)
    except TelegramError as error:
        return Check("desk chat", Outcome.FAIL, str(error), "Add the bot to the group that staff.toml names.")
    if me.status != ChatMemberStatus.ADMINISTRATOR:
        advice = "Make the bot an administrator who may manage topics, or it does not see the officers' messages."
        return Check("desk chat", Outcome.WARN, "the bot is a plain member", advice)
    return Check("desk chat", Outcome.OK, "the bot is an administrator")


def _lender(folder: Path) -> Lender | None:
    try:
        return load_lender(folder)
    except ConfigurationError:
        return None


def _desk(folder: Path) -> Desk | None:
    try:
        return load_staff(folder).desk
    except ConfigurationError:
        return None
