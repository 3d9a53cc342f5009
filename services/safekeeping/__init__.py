"""Keeping what is stored safe: which keys it lies under, and bringing it under another one while the bot runs."""
