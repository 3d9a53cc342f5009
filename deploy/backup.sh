#!/bin/sh
# A backup that was verified, and only then an end to those that are too old.
# BACKUPS: the folder they lie in, one folder each. KEEP_DAYS: how long they are kept.
set -eu
umask 077
backups=${BACKUPS:-/var/backups/loanline}
keep_days=${KEEP_DAYS:-14}
folder="$backups/$(date -u +%Y-%m-%dT%H%M%SZ)"

python main.py backup "$folder"
python main.py verify-backup --note "$folder"
find "$backups" -mindepth 1 -maxdepth 1 -type d -name '20??-??-??T??????Z' -mtime "+$keep_days" -exec rm -rf {} +
