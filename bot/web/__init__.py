"""The web server: who may come in, and what is answered."""
