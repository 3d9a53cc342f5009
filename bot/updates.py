"""How updates come in: fetched by polling, or brought by Telegram to the webhook."""

import logging
from typing import Final

from telegram.error import TelegramError

from bot.context import LoanlineApplication
from bot.settings import Settings

logger = logging.getLogger(__name__)

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "pre_checkout_query", "my_chat_member")
"""What Telegram is asked to deliver."""
FIRST_TRIES: Final = 5


async def start_polling(application: LoanlineApplication) -> None:
    """Fetch updates from here on. A fetch that fails is repeated by the library, ever more slowly."""
    if application.updater is None:
        raise RuntimeError("this application was built without an updater")
    await application.updater.start_polling(
        allowed_updates=ALLOWED_UPDATES, bootstrap_retries=FIRST_TRIES, error_callback=_could_not_fetch
    )


async def stop_polling(application: LoanlineApplication) -> None:
    """Fetch no more; what was fetched is confirmed to Telegram, and handled before the application stops."""
    if application.updater is not None and application.updater.running:
        await application.updater.stop()


async def set_webhook(application: LoanlineApplication, settings: Settings) -> None:
    """Have Telegram bring updates to the address and with the secret of the settings."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        raise ValueError("no address or no secret for the webhook")
    await application.bot.set_webhook(
        settings.webhook_url,
        secret_token=settings.webhook_secret.get_secret_value(),
        allowed_updates=ALLOWED_UPDATES,
    )


def _could_not_fetch(error: TelegramError) -> None:
    logger.warning("updates could not be fetched", extra={"kind": type(error).__name__})
