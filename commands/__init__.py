"""What can be asked of the machine: one module for each kind of person who asks. `main.py` puts them together."""
