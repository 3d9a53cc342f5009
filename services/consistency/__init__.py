"""Whether what the database holds agrees with itself, with the engine and with the document store."""
