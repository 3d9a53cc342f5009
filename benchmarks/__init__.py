"""How fast the loan engine is, held against a bare loop, against packages of PyPI and against one message of a bot."""
