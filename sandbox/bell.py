"""A wake-up call for coroutines that wait for a change of state."""

import asyncio


class Bell:
    """Wakes everyone who waits at the moment it rings; later waiters wait for the next ring."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all current waiters."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the next ring, at most `seconds`; True when it rang."""
        event = self._event
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True
