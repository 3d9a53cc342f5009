#!/bin/sh
# A command of main.py with the settings and secrets of the services: install it as /usr/local/sbin/loanline and call
# `sudo loanline quarantine`. What needs the database's owner is told so: `sudo OWNER=yes loanline restore FOLDER`.
set -eu
url=database_url
[ "${OWNER:-no}" = no ] || url=database_owner_url

# shellcheck disable=SC2016
exec systemd-run --quiet --collect --wait --pipe --uid=loanline --gid=loanline \
    --working-directory=/opt/loanline/app \
    --property=EnvironmentFile=/etc/loanline/loanline.env \
    --property=StateDirectory=loanline \
    --property=UMask=0077 \
    --property=LoadCredential=token:/etc/loanline/secrets/token \
    --property=LoadCredential=keys:/etc/loanline/secrets/keys \
    --property=LoadCredential=webhook_secret:/etc/loanline/secrets/webhook_secret \
    --property="LoadCredential=database_url:/etc/loanline/secrets/$url" \
    --setenv=LOANLINE_DATA_DIR=/var/lib/loanline \
    /bin/sh -c '
        export LOANLINE_TOKEN_FILE="$CREDENTIALS_DIRECTORY/token"
        export LOANLINE_KEYS_FILE="$CREDENTIALS_DIRECTORY/keys"
        export LOANLINE_WEBHOOK_SECRET_FILE="$CREDENTIALS_DIRECTORY/webhook_secret"
        export LOANLINE_DATABASE_URL_FILE="$CREDENTIALS_DIRECTORY/database_url"
        exec /opt/loanline/venv/bin/python main.py "$@"
    ' loanline "$@"
