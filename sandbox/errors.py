"""Refusals: the Bot API's with Telegram's words, and those of the person's side."""

from sandbox.shapes import JsonObject


class ApiError(Exception):
    """A Bot API refusal: HTTP status, Telegram's description and optional ResponseParameters."""

    def __init__(self, code: int, description: str, parameters: JsonObject | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> JsonObject:
        """The JSON answer that carries this refusal."""
        answer: JsonObject = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            answer["parameters"] = self.parameters
        return answer


class PhoneError(Exception):
    """A refusal on the person's side: HTTP status and a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def bad_request(words: str) -> ApiError:
    """400 with Telegram's words."""
    return ApiError(400, f"Bad Request: {words}")


def forbidden(words: str) -> ApiError:
    """403 with Telegram's words."""
    return ApiError(403, f"Forbidden: {words}")


def too_many_requests(seconds: int) -> ApiError:
    """429: the bot may try again after `seconds`."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def query_expired() -> ApiError:
    """The refusal of an answer to a query that is unknown, answered already or too old."""
    return bad_request("query is too old and response timeout expired or query ID is invalid")
