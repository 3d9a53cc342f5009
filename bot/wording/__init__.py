"""From keys and typed parameters to sentences in a language."""
