"""Reminders, overdue notices and deadlines: what is owed to whom today."""
