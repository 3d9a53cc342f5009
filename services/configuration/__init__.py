"""What the operator's files say: the lender, the staff, the products, the reference rates."""
