"""What Telegram delivered: stored before it is acknowledged, handled once in effect, in order within a chat."""
