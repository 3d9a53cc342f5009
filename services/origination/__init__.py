"""From the first answer to the payout: applications, decisions, offers, contracts, disbursement."""
