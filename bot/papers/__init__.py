"""The lender's papers: contract, statement, certificate, schedule picture and calendar file."""
