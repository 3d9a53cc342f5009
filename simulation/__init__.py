"""The whole application against the local stand-in for Telegram, under a virtual clock, with people who do as people do
and with everything breaking that can break. See docs/simulation.md."""
