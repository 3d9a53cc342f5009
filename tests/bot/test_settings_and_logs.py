import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.monitoring import logs
from bot.outgoing.send_limits import Rates
from bot.settings import Settings
from services.connections import NO_LIMIT
from tests.bot.doubles import TOKEN


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_settings_have_sound_defaults() -> None:
    settings = Settings()
    assert settings.database_url == "sqlite+aiosqlite:///var/loanline.db"
    assert settings.updates == "polling"


def test_the_limits_of_the_database_are_the_operators(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOANLINE_DATABASE_POOL_SIZE", "4")
    environment.setenv("LOANLINE_DATABASE_STATEMENT_SECONDS", "0")
    options = Settings().engine_options()
    assert (options.pool_size, options.pool_overflow) == (4, 4)
    assert options.statement_limit == NO_LIMIT
    assert options.lock_limit == timedelta(seconds=10)


def test_a_secret_may_stand_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    environment.setenv("LOANLINE_TOKEN_FILE", str(tmp_path / "token"))
    environment.setenv("LOANLINE_PORT", "9000")
    settings = Settings()
    assert settings.token.get_secret_value() == TOKEN
    assert settings.port == 9000


def test_the_variable_itself_goes_before_the_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:file", encoding="utf-8")
    environment.setenv("LOANLINE_TOKEN_FILE", str(tmp_path / "token"))
    environment.setenv("LOANLINE_TOKEN", "1:environment")
    assert Settings().token.get_secret_value() == "1:environment"


def test_a_secret_file_that_cannot_be_read_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("LOANLINE_KEYS_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match=r"LOANLINE_KEYS_FILE: .*nowhere cannot be read"):
        Settings()


def test_a_webhook_without_its_address_or_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="LOANLINE_WEBHOOK_URL"):
        Settings(updates="webhook")


@pytest.mark.parametrize("proxy", ["ftp://proxy.test", "proxy.test:3128"])
def test_a_proxy_of_no_known_kind_is_refused(proxy: str) -> None:
    with pytest.raises(ValidationError, match="LOANLINE_PROXY must begin with"):
        Settings(proxy=proxy)


def test_no_proxy_may_be_said_by_an_empty_variable(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOANLINE_PROXY", "")
    assert Settings().proxy is None


def test_more_messages_than_are_free_must_be_paid_for() -> None:
    with pytest.raises(ValidationError, match="LOANLINE_PAID_BROADCAST"):
        Settings(send_per_second=31)
    assert Settings(send_per_second=1000, paid_broadcast=True).rates.per_second == 1000
    assert Settings().rates == Rates(30, 1, 20)


def test_while_the_webhooks_secret_changes_two_are_accepted_and_the_first_is_given_to_telegram() -> None:
    assert Settings(webhook_secret="new-1, old_1").webhook_secrets == ("new-1", "old_1")
    assert Settings(webhook_secret="alone").webhook_secrets == ("alone",)
    assert Settings().webhook_secrets == ()


@pytest.mark.parametrize("secret", ["", "a b", "umlaut-ü", "a" * 257, "one,,two", "one,"])
def test_a_webhook_secret_that_telegram_would_refuse_is_refused(secret: str) -> None:
    with pytest.raises(ValidationError, match="A-Z, a-z, 0-9, _ and -"):
        Settings(webhook_secret=secret)


def test_secrets_do_not_show() -> None:
    assert TOKEN not in repr(Settings(token=TOKEN, keys="k1:secret"))
    assert "hush" not in repr(Settings(proxy="http://lin:hush@proxy.test:3128"))


@pytest.fixture
def log() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers, root.level = handlers, level


def test_log_lines_are_json_with_their_ids_and_never_a_token(log: object, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logging.getLogger("bot.test").info("refused at %s", f"https://api/bot{TOKEN}/x", extra={"borrower_id": 12})
    line = json.loads(capsys.readouterr().err)
    assert (line["borrower_id"], line["level"], line["event"]) == (12, "info", "refused at https://api/bot[token]/x")


def test_an_exception_is_logged_by_kind_and_place_only(log: object, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    try:
        try:
            raise KeyError("林小梅")
        except KeyError as error:
            raise RuntimeError("11010519491231002X") from error
    except RuntimeError:
        logging.getLogger("bot.test").exception("failed")
    text = capsys.readouterr().err
    assert [entry for entry in json.loads(text)["trace"] if not entry.startswith(" ")] == ["RuntimeError", "KeyError"]
    assert "林小梅" not in text
    assert "11010519491231002X" not in text


def test_what_a_library_fills_into_its_message_is_left_out(log: object, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "console")
    logging.getLogger("telegram.ext.Application").warning("update %s was dropped", "my name is Lin")
    text = capsys.readouterr().err
    assert "was dropped" in text
    assert "Lin" not in text


def test_chatty_libraries_are_quiet(log: object, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "console")
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("apscheduler.executors").info("running")
    assert capsys.readouterr().err == ""
