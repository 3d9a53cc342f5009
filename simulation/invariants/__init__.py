"""What must hold at the end of every day, whatever happened. Each module finds one kind of breach and words it."""
