"""Borrowers and what is known of them."""
