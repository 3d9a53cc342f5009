#!/bin/sh
# roles.sql in Docker Compose, and then the passwords: each role gets the one that stands in its address. It may be run again
# at any time. SECRETS: the folder of postgres_password and of the two addresses.
set -eu
secrets=${SECRETS:-/run/secrets}

# postgresql+asyncpg://ROLE:PASSWORD@HOST/DATABASE: the part that is asked for, 1 or 2.
part() {
    found=$(sed -n "s|^[a-z+]*://\([a-z0-9_]*\):\([A-Za-z0-9_-]\{1,\}\)@..*|\\$2|p" "$secrets/$1")
    if [ -z "$found" ]; then
        echo "$1: not postgresql+asyncpg://ROLE:PASSWORD@HOST/DATABASE with a password of letters, digits, _ and -" >&2
        exit 1
    fi
    printf '%s' "$found"
}

APP=$(part database_url 1)
APP_PASSWORD=$(part database_url 2)
OWNER=$(part database_owner_url 1)
OWNER_PASSWORD=$(part database_owner_url 2)
PGPASSWORD=$(cat "$secrets/postgres_password")
export APP APP_PASSWORD OWNER OWNER_PASSWORD PGPASSWORD

exec psql --no-psqlrc --quiet --single-transaction --set ON_ERROR_STOP=1 \
    --host postgres --username postgres --dbname loanline --file "$(dirname "$0")/roles.sql" --file - <<'END_OF_PASSWORDS'
\getenv app APP
\getenv app_password APP_PASSWORD
\getenv owner OWNER
\getenv owner_password OWNER_PASSWORD
ALTER ROLE :"app" PASSWORD :'app_password';
ALTER ROLE :"owner" PASSWORD :'owner_password';
END_OF_PASSWORDS
