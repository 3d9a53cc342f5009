"""getMe, updates and the webhook (core.telegram.org/bots/api#getting-updates)."""

from typing import cast

from sandbox.bot_views import bot_json
from sandbox.errors import ApiError, bad_request
from sandbox.params import Params
from sandbox.sending import Call
from sandbox.shapes import JsonObject
from sandbox.updates import UPDATES_A_CALL
from sandbox.webhook import Hook

LONGEST_POLL = 50


async def get_me(call: Call) -> JsonObject:
    """The bot as a User with what it may do."""
    return {
        **bot_json(call.world),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


async def get_updates(call: Call) -> list[JsonObject]:
    """Long polling. Raises ApiError 409 while a webhook is set or another poll is open."""
    if call.world.webhook.is_set:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    limit = call.params.integer("limit", UPDATES_A_CALL)
    return await call.world.updates.poll(
        offset=call.params.integer("offset"),
        limit=min(max(limit, 1), UPDATES_A_CALL),
        seconds=min(max(call.params.integer("timeout"), 0), LONGEST_POLL),
        allowed=_allowed(call.params),
    )


def _allowed(params: Params) -> list[str] | None:
    try:
        value = params.json("allowed_updates")
    except ValueError:
        raise bad_request("can't parse allowed updates list JSON") from None
    return [str(kind) for kind in cast("list[object]", value)] if isinstance(value, list) else None


async def set_webhook(call: Call) -> bool:
    """Set or, with an empty address, remove the webhook."""
    params = call.params
    url = params.text("url")
    if not url:
        return await delete_webhook(call)
    hook = Hook(
        url=url,
        secret=params.text("secret_token") or None,
        max_connections=min(max(params.integer("max_connections", 40), 1), 100),
        has_certificate=params.has("certificate"),
    )
    hook.check()
    allowed = _allowed(params)
    if allowed is not None:
        call.world.updates.allowed = allowed
    if params.flag("drop_pending_updates"):
        call.world.updates.clear()
    await call.world.webhook.start(hook)
    return True


async def delete_webhook(call: Call) -> bool:
    """Remove the webhook, with `drop_pending_updates` everything that waits for it too."""
    await call.world.webhook.stop()
    if call.params.flag("drop_pending_updates"):
        call.world.updates.clear()
    return True


async def get_webhook_info(call: Call) -> JsonObject:
    """A WebhookInfo."""
    return {**call.world.webhook.info(), "pending_update_count": len(call.world.updates)}


async def leave_server(call: Call) -> bool:
    """logOut and close: nothing to do for a server that keeps no session."""
    return call.name in ("logout", "close")


METHODS = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "logOut": leave_server,
    "close": leave_server,
}
