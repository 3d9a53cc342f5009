"""Borrowers' papers: taken in, cleaned, sealed, shown to those who may see them."""
