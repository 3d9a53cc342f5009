"""Stand-ins for what lies outside the services."""

from secrets import token_hex

from services.errors import Unavailable


class MemoryStore:
    """A document store in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def put(self, data: bytes) -> str:
        key = token_hex(16)
        self.files[key] = data
        return key

    async def get(self, key: str) -> bytes:
        try:
            return self.files[key]
        except KeyError:
            raise Unavailable from None

    async def delete(self, key: str) -> None:
        self.files.pop(key, None)
