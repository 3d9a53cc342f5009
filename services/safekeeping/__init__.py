"""Backups: made of one moment, verified file by file, and restored whole or not at all."""
