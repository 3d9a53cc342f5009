"""The person's side of the sandbox: what phones read and do over HTTP."""
