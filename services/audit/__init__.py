"""The audit log: who did what to what, chained so that a change made afterwards is found."""
