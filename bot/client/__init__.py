"""The HTTP client of the Bot API: its requests, the files they carry, and the proxy they go through."""
