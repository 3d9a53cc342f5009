"""The outbox: every message that must arrive, written in the transaction that caused it."""
