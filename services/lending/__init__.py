"""Loans while they live: their record, their ledger, how they are shown."""
