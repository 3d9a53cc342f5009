"""Keeping what is stored safe: backups that are whole or none, and the keys that everything lies under."""
