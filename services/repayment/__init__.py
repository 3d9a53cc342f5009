"""Money coming back: payments through the gateway, bank transfers, their booking."""
