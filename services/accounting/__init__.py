"""The lender's books: the journal and the trial balance, under the lender's own account codes."""
