"""A later end of a loan (展期): asked for by the borrower, decided by an officer, signed, and then the loan's plan."""
