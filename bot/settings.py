"""Settings from the environment (`LOANLINE_…`), secrets also from files (`LOANLINE_TOKEN_FILE=/run/secrets/token`)."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from bot.outgoing.send_limits import Rates
from services.connections import EngineOptions

PREFIX: Final = "LOANLINE_"
SECRETS: Final = ("token", "keys", "payment_provider_token", "webhook_secret", "database_url", "proxy")
"""Settings that a file may hold: the variable's name with `_FILE` names the file."""

FREE_PER_SECOND: Final = 30
"""Messages a second over all chats that Telegram takes without a fee."""
_WEBHOOK_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `<NAME>_FILE` for each secret: the file's content, without surrounding white space, is the value."""

    def __call__(self) -> dict[str, Any]:
        source = EnvSettingsSource(self.settings_cls, env_prefix="")
        named = {name: source.env_vars.get(f"{PREFIX}{name}_file".lower()) for name in SECRETS}
        return {name: _content(name, path) for name, path in named.items() if path}

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False


def _listed(secret: SecretStr) -> tuple[str, ...]:
    return tuple(each.strip() for each in secret.get_secret_value().split(","))


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{PREFIX}{name.upper()}_FILE: {path} cannot be read ({error.strerror})") from error


class Settings(BaseSettings):
    """How this process runs. The lender's products and rules are no settings: they stand in `config_dir`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    token: SecretStr = SecretStr("")
    """The bot's token from @BotFather."""
    database_url: str = "sqlite+aiosqlite:///var/loanline.db"
    database_pool_size: int = Field(default=10, ge=1)
    """Connections to PostgreSQL that each process keeps open for changes, and as many for looking; under load as many
    again for changes."""
    database_statement_seconds: int = Field(default=30, ge=0)
    """PostgreSQL ends a statement that takes longer; 0 lets it take as long as it takes."""
    database_lock_seconds: int = Field(default=10, ge=0)
    """And one that waits longer for a lock."""
    database_idle_seconds: int = Field(default=60, ge=0)
    """And a transaction in which nothing is asked for longer."""
    sqlite_survives_power_cuts: bool = True
    """Whether a commit to SQLite reaches the disk before it is one."""
    data_dir: Path = Path("var")
    """Encrypted documents, and the SQLite database unless `database_url` says otherwise."""
    config_dir: Path = Path("config")
    font_folder: Path | None = None
    """Fonts for the papers instead of the packaged ones; one family must have Chinese letters."""
    keys: SecretStr = SecretStr("")
    """Encryption keys, `id:base64` separated by commas, the one in use first."""
    payment_provider_token: SecretStr | None = None
    """From @BotFather, Payments; without it borrowers pay by transfer only."""

    bot_api_url: str = "https://api.telegram.org"
    proxy: str | None = Field(default=None, repr=False)
    """Way out to Telegram: `http://user:password@host:port`, also https and socks5."""
    updates: Literal["polling", "webhook"] = "polling"
    webhook_url: str | None = None
    """Public address that Telegram calls, such as https://bank.example/telegram."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    """Where the web server listens for Telegram and payment gateways."""
    internal_host: str = "127.0.0.1"
    internal_port: int | None = Field(default=None, ge=0, le=65535)
    """Where it answers /health, /ready and /metrics, for the own network only; None for nowhere."""
    disk_reserve_mb: int = Field(default=500, ge=0)
    """Free space below which the process is not ready."""
    webhook_secret: SecretStr | None = Field(default=None)
    """What Telegram proves itself with. While it is being changed two, separated by a comma: the first is given to
    Telegram, any is accepted."""

    send_per_second: int = Field(default=30, ge=1, le=1000)
    """Messages a second over all chats; Telegram takes about 30 free of charge."""
    send_per_chat_second: int = Field(default=1, ge=1)
    """Messages a second to one private chat."""
    send_per_group_minute: int = Field(default=20, ge=1)
    """Messages a minute to one group."""
    paid_broadcast: bool = False
    """Whether messages beyond the free 30 a second may cost Telegram Stars; without it
    `send_per_second` stays there."""

    takeover_seconds: float = Field(default=30, gt=0)
    """How long a process may be silent before others take over what it was at: updates, fetching, the daily work. Each
    says three times as often that it lives."""
    daily_work_hour: int = Field(default=6, ge=0, le=23)
    """Hour of the lender's day at which accruals are posted and notices planned."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "console"

    @field_validator("proxy")
    @classmethod
    def _proxy_is_usable(cls, proxy: str | None) -> str | None:
        if proxy:
            # Commands that do not talk to Telegram need no HTTP client.
            from bot.client.proxies import Proxies

            Proxies(proxy)
        return proxy or None

    @property
    def rates(self) -> Rates:
        """How fast the outbox is sent."""
        return Rates(self.send_per_second, self.send_per_chat_second, self.send_per_group_minute)

    @model_validator(mode="after")
    def _webhook_is_whole(self) -> Self:
        if self.updates == "webhook" and not (self.webhook_url and self.webhook_secret):
            raise ValueError("LOANLINE_UPDATES=webhook needs LOANLINE_WEBHOOK_URL and LOANLINE_WEBHOOK_SECRET")
        return self

    @model_validator(mode="after")
    def _more_than_free_is_paid(self) -> Self:
        if self.send_per_second > FREE_PER_SECOND and not self.paid_broadcast:
            raise ValueError(f"LOANLINE_SEND_PER_SECOND above {FREE_PER_SECOND} needs LOANLINE_PAID_BROADCAST=true")
        return self

    def engine_options(self) -> EngineOptions:
        """How this process keeps its connections to the database."""
        return EngineOptions(
            pool_size=self.database_pool_size,
            pool_overflow=self.database_pool_size,
            statement_limit=timedelta(seconds=self.database_statement_seconds),
            lock_limit=timedelta(seconds=self.database_lock_seconds),
            idle_in_transaction_limit=timedelta(seconds=self.database_idle_seconds),
            sqlite_survives_power_cuts=self.sqlite_survives_power_cuts,
        )

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret_as_telegram_takes_it(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not all(map(_WEBHOOK_SECRET.fullmatch, _listed(value))):
            raise ValueError("1 to 256 of A-Z, a-z, 0-9, _ and -, several separated by commas")
        return value

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Every secret that is accepted, the one to give to Telegram first."""
        return () if self.webhook_secret is None else _listed(self.webhook_secret)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)
