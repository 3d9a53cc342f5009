"""The loan service layer: every use case of a borrower, an officer and the operator. It knows nothing of Telegram."""
