import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.monitoring import doctor
from bot.monitoring.doctor import Check, Outcome
from bot.settings import Settings
from services.clock import SteppedClock
from services.vault import Vault
from tests.bot.doubles import TelegramDouble

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
CLOCK = SteppedClock(datetime(2025, 12, 1, tzinfo=UTC))


def named(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


async def test_every_check_is_made_and_each_that_fails_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite+aiosqlite:///{tmp_path}/db/loanline.db")
    checks = await doctor.run_checks(settings, CLOCK)
    assert {"encryption keys", "data directory", "database", "texts", "papers", "token"} <= {c.name for c in checks}
    assert all(check.advice for check in checks if check.outcome is not Outcome.OK)
    assert named(checks, "token").found == "no token"
    assert named(checks, "data directory").outcome is Outcome.OK
    assert named(checks, "papers").outcome is Outcome.OK


def test_a_product_that_the_cap_overtook_is_told(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CONFIG, tmp_path / "config"))
    file = folder / "products" / "personal.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('annual_rate = "10.8"', 'annual_rate = "14"'), "utf-8")
    price = named(list(doctor.check_configuration(folder, CLOCK)), "price")
    assert (price.outcome, price.found) == (
        Outcome.WARN,
        "personal is not offered: its APR may be 14.94 %, and the cap is 12.00 %",
    )
    assert price.advice


async def test_a_token_that_works_names_the_bot(telegram: TelegramDouble) -> None:
    settings = telegram.settings(config_dir=Path("nowhere"))
    assert [check async for check in doctor.check_telegram(settings)] == [Check("token", Outcome.OK, "@loanline_bot")]


async def test_a_token_that_telegram_does_not_know_is_told(telegram: TelegramDouble) -> None:
    telegram.refuse("getMe", 401, "Unauthorized")
    (check,) = [check async for check in doctor.check_telegram(telegram.settings(config_dir=Path("nowhere")))]
    assert (check.outcome, check.found) == (Outcome.FAIL, "Telegram does not know it")


async def test_a_telegram_out_of_reach_is_told_without_the_token() -> None:
    token = "123456:" + "B" * 35
    settings = Settings(token=token, bot_api_url="http://127.0.0.1:1", config_dir=Path("nowhere"))
    (check,) = [check async for check in doctor.check_telegram(settings)]
    assert check.outcome is Outcome.FAIL
    assert token not in str(check)


def test_a_key_as_the_program_makes_it_is_good() -> None:
    assert doctor.check_keys(Settings(keys=Vault.new_key())).outcome is Outcome.OK


@pytest.mark.parametrize("keys", ["", "k1", "k1:###", "k1:c2hvcnQ="])
def test_keys_that_seal_nothing_are_told(keys: str) -> None:
    check = doctor.check_keys(Settings(keys=keys))
    assert check.outcome is Outcome.FAIL
    assert "LOANLINE_KEYS" in check.advice


def test_a_mistake_in_the_configuration_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "lender.toml").write_text("name = 5", encoding="utf-8")
    (check,) = doctor.check_configuration(tmp_path, CLOCK)
    assert check.outcome is Outcome.FAIL
    assert check.found.startswith("lender.toml: ")


def test_a_chart_of_accounts_that_lacks_one_is_told(tmp_path: Path) -> None:
    whole = (CONFIG / "accounts.toml").read_text(encoding="utf-8")
    (tmp_path / "accounts.toml").write_text(whole.replace("[accounts.cash]", "[accounts.till]"), encoding="utf-8")
    check = doctor.check_accounts(tmp_path)
    assert check.outcome is Outcome.FAIL
    assert check.found.startswith("accounts.toml: accounts.till: expected an account of the ledger")
    assert check.advice
    assert doctor.check_accounts(CONFIG).outcome is Outcome.OK


def test_a_desk_that_could_not_pay_out_what_it_approves_is_told(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    only = '[[staff]]\ntelegram_id = 1\nname = "Wang"\nroles = ["manager"]\n'
    staff = (CONFIG / "staff.toml").read_text(encoding="utf-8").replace("chat_id = 0", "chat_id = -1001") + only
    (tmp_path / "staff.toml").write_text(staff, encoding="utf-8")
    desk = named(list(doctor.check_configuration(tmp_path, CLOCK)), "desk")
    assert desk.outcome is Outcome.WARN
    assert "four_eyes" in desk.advice


@pytest.mark.parametrize(("looked_at", "outcome"), [("2025-10-22", Outcome.OK), ("2025-10-20", Outcome.WARN)])
def test_a_reference_rate_that_nobody_keeps_up_is_told_where_a_product_follows_it(
    tmp_path: Path, looked_at: str, outcome: Outcome
) -> None:
    """Forty days are a month and the holidays behind it."""
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    table = (CONFIG / "rates.toml").read_text(encoding="utf-8")
    written = re.sub("^checked_on = .*", f"checked_on = {looked_at}", table, flags=re.MULTILINE)
    (tmp_path / "rates.toml").write_text(written, encoding="utf-8")
    check = named(list(doctor.check_configuration(tmp_path, CLOCK)), "reference rate")
    assert check.outcome is outcome
    assert looked_at in check.found
    (tmp_path / "products" / "business.toml").unlink()
    assert "reference rate" not in {check.name for check in doctor.check_configuration(tmp_path, CLOCK)}


def test_a_desk_that_could_not_extend_what_it_approves_is_told(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    entry = '[[staff]]\ntelegram_id = {id}\nname = "{name}"\nroles = ["{role}"]\n'
    two = entry.format(id=1, name="Wang", role="manager") + entry.format(id=2, name="Li", role="cashier")
    staff = (CONFIG / "staff.toml").read_text(encoding="utf-8").replace("chat_id = 0", "chat_id = -1001") + two
    (tmp_path / "staff.toml").write_text(staff, encoding="utf-8")
    desk = named(list(doctor.check_configuration(tmp_path, CLOCK)), "desk")
    assert (desk.outcome, desk.found) == (Outcome.WARN, "a loan may be approved that nobody else can extend")


async def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    check = await doctor.check_database("postgresql+asyncpg://loanline:hunter2@127.0.0.1:1/loanline")
    assert check.outcome is Outcome.FAIL
    assert "hunter2" not in str(check)


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    checks = list(doctor.check_directories(Settings(data_dir=tmp_path / "file" / "data")))
    assert checks[0].outcome is Outcome.FAIL
    assert "writable" in checks[0].advice
