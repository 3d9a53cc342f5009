-- The two roles of a Loanline database: loanline_owner brings it up to date, loanline_app is what the bot runs as.
--
--   psql --dbname loanline --single-transaction --set ON_ERROR_STOP=1 --file deploy/postgres/roles.sql
--
-- Run it as a superuser in the bot's database, before the first `main.py migrate`, after it, and again after every upgrade: it
-- may be repeated at any time, while the bot runs, since one transaction takes rights away and gives them back. The superuser
-- is somebody else than loanline_owner. Docker Compose runs it by itself (roles.sh). Passwords are given once, each role its own:
--
--   \password loanline_owner
--   \password loanline_app
--
-- `main.py migrate` and `restore` connect as loanline_owner, everything else as loanline_app.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'loanline_owner') THEN
        CREATE ROLE loanline_owner LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'loanline_app') THEN
        CREATE ROLE loanline_app LOGIN;
    END IF;
END
$$;

ALTER ROLE loanline_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE loanline_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;

-- Nobody else has any business here.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO loanline_owner, loanline_app', current_database());
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO loanline_owner;
GRANT USAGE ON SCHEMA public TO loanline_app;

-- What was made before the roles were belongs to the owner too, or it could not be migrated.
DO $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT relation.relname, relation.relkind FROM pg_class AS relation
        WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind IN ('r', 'p', 'v', 'S')
            -- To alter a table is to wait for everybody who reads it, and everybody else waits behind.
            AND relation.relowner <> 'loanline_owner'::regrole
        -- A column's own sequence goes with its table.
        ORDER BY relation.relkind = 'S'
    LOOP
        IF each.relkind = 'S' THEN
            CONTINUE WHEN EXISTS (
                SELECT FROM pg_depend
                WHERE objid = format('public.%I', each.relname)::regclass AND deptype IN ('a', 'i')
            );
            EXECUTE format('ALTER SEQUENCE public.%I OWNER TO loanline_owner', each.relname);
        ELSIF each.relkind = 'v' THEN
            EXECUTE format('ALTER VIEW public.%I OWNER TO loanline_owner', each.relname);
        ELSE
            EXECUTE format('ALTER TABLE public.%I OWNER TO loanline_owner', each.relname);
        END IF;
    END LOOP;
    FOR each IN
        SELECT routine.oid::regprocedure AS signature FROM pg_proc AS routine
        WHERE routine.pronamespace = 'public'::regnamespace AND routine.proowner <> 'loanline_owner'::regrole
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO loanline_owner', each.signature);
    END LOOP;
END
$$;

-- The bot reads and adds everywhere, and changes what is not a record. It makes, alters and empties no table.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM loanline_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO loanline_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO loanline_app;
ALTER DEFAULT PRIVILEGES FOR ROLE loanline_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE ON TABLES TO loanline_app;
ALTER DEFAULT PRIVILEGES FOR ROLE loanline_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO loanline_app;

-- It deletes only what is worked out afresh or merely passes through.
DO $$
DECLARE
    passing text;
BEGIN
    FOREACH passing IN ARRAY ARRAY['accrual_forecasts', 'inbox', 'installments', 'leases'] LOOP
        IF to_regclass(format('public.%I', passing)) IS NOT NULL THEN
            EXECUTE format('GRANT DELETE ON public.%I TO loanline_app', passing);
        END IF;
    END LOOP;
END
$$;

-- Tables of record, known by the trigger that guards them: rows are added and nothing else. Where the trigger lets some
-- columns be changed (sealed text, when keys change), so may the bot. Which version the schema has is the owner's to say.
DO $$
DECLARE
    guarded record;
    open_columns text;
BEGIN
    FOR guarded IN
        SELECT relation.oid, relation.relname, guard.tgattr FROM pg_trigger AS guard
        JOIN pg_class AS relation ON relation.oid = guard.tgrelid
        WHERE relation.relnamespace = 'public'::regnamespace AND guard.tgname = relation.relname || '_immutable'
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON public.%I FROM loanline_app', guarded.relname);
        SELECT string_agg(quote_ident(attname), ', ') INTO open_columns FROM pg_attribute
        WHERE attrelid = guarded.oid AND attnum > 0 AND NOT attisdropped
            AND cardinality(guarded.tgattr::int2[]) > 0 AND attnum <> ALL (guarded.tgattr::int2[]);
        IF open_columns IS NOT NULL THEN
            EXECUTE format('GRANT UPDATE (%s) ON public.%I TO loanline_app', open_columns, guarded.relname);
        END IF;
    END LOOP;
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE ON public.alembic_version FROM loanline_app;
    END IF;
END
$$;
