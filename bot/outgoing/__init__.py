"""The way of a message that the outbox owes: claimed, worded, sent within Telegram's limits, recorded."""
