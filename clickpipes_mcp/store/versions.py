"""The tables of the store, by version.

A version only ever adds to the one before. So the tables can be brought up to date while replicas
of the earlier version still work with them.
"""

from typing import Final

VERSIONS: Final = (
    """
    CREATE TABLE clickpipes_mcp.used_answers (
        digest text PRIMARY KEY,
        used_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE clickpipes_mcp.confirmed_acts (
        subject text NOT NULL,
        occasion integer NOT NULL,
        done_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subject, occasion)
    );
    """,
    """
    CREATE TABLE clickpipes_mcp.request_limits (
        key text PRIMARY KEY,
        sent_at double precision[] NOT NULL DEFAULT '{}',
        sent_by text[] NOT NULL DEFAULT '{}',
        seen jsonb NOT NULL DEFAULT '{}',
        closed_until double precision NOT NULL DEFAULT 0
    );
    CREATE FUNCTION clickpipes_mcp.take_turn(
        the_key text, who text, requests integer, window_s double precision,
        remembered_s double precision
    ) RETURNS double precision LANGUAGE plpgsql AS $$
    DECLARE
        one clickpipes_mcp.request_limits;
        now_s double precision;
        share integer;
        sent_by_who bigint;
        kept_for_others bigint;
        free integer;
        wait_s double precision := 0;
    BEGIN
        INSERT INTO clickpipes_mcp.request_limits (key) VALUES (the_key) ON CONFLICT DO NOTHING;
        SELECT * INTO one FROM clickpipes_mcp.request_limits WHERE key = the_key FOR UPDATE;
        now_s := extract(epoch FROM clock_timestamp());
        SELECT coalesce(array_agg(at ORDER BY nth), '{}'),
            coalesce(array_agg(who_ ORDER BY nth), '{}')
            INTO one.sent_at, one.sent_by
            FROM unnest(one.sent_at, one.sent_by) WITH ORDINALITY AS turn(at, who_, nth)
            WHERE at + window_s > now_s;
        SELECT jsonb_object_agg(who_, at) INTO one.seen
            FROM jsonb_each(one.seen || jsonb_build_object(who, now_s)) AS caller(who_, at)
            WHERE at::double precision + remembered_s >= now_s;
        share := greatest(requests / (SELECT count(*) FROM jsonb_object_keys(one.seen)), 1);
        free := requests - cardinality(one.sent_at);
        sent_by_who := cardinality(array_positions(one.sent_by, who));
        SELECT coalesce(
                sum(greatest(share - cardinality(array_positions(one.sent_by, other)), 0)), 0
            ) INTO kept_for_others FROM jsonb_object_keys(one.seen) AS other WHERE other <> who;
        IF one.closed_until > now_s THEN
            wait_s := one.closed_until - now_s;
        ELSIF free > 0 AND (sent_by_who < share OR free > kept_for_others) THEN
            one.sent_at := one.sent_at || now_s;
            one.sent_by := one.sent_by || who;
        ELSE
            wait_s := one.sent_at[1] + window_s - now_s;
        END IF;
        UPDATE clickpipes_mcp.request_limits
            SET sent_at = one.sent_at, sent_by = one.sent_by, seen = one.seen WHERE key = the_key;
        RETURN wait_s;
    END $$;
    CREATE FUNCTION clickpipes_mcp.close_turns(the_key text, seconds double precision)
    RETURNS double precision LANGUAGE sql AS $$
        INSERT INTO clickpipes_mcp.request_limits AS one (key, closed_until)
            VALUES (the_key, extract(epoch FROM clock_timestamp()) + seconds)
            ON CONFLICT (key) DO UPDATE
            SET closed_until = greatest(one.closed_until, excluded.closed_until)
            RETURNING closed_until
    $$;
    """,
    """
    CREATE TABLE clickpipes_mcp.journal (
        number bigint PRIMARY KEY,
        line text NOT NULL
    );
    CREATE TABLE clickpipes_mcp.journal_end (
        is_it boolean PRIMARY KEY DEFAULT true CHECK (is_it),
        number bigint NOT NULL,
        digest text NOT NULL
    );
    INSERT INTO clickpipes_mcp.journal_end (number, digest) VALUES (0, '');
    """,
    """
    ALTER TABLE clickpipes_mcp.request_limits ADD COLUMN replicas jsonb NOT NULL DEFAULT '{}';
    CREATE FUNCTION clickpipes_mcp.take_turn_among_replicas(
        the_key text, who text, replica text, spent_s double precision[], requests integer,
        window_s double precision, remembered_s double precision,
        replicas_remembered_s double precision,
        OUT wait_s double precision, OUT taken_at double precision, OUT known_replicas integer
    ) LANGUAGE plpgsql AS $$
    DECLARE
        one clickpipes_mcp.request_limits;
        now_s double precision;
        started_s double precision := extract(epoch FROM pg_postmaster_start_time());
        last_seen_s double precision;
    BEGIN
        INSERT INTO clickpipes_mcp.request_limits (key) VALUES (the_key) ON CONFLICT DO NOTHING;
        SELECT * INTO one FROM clickpipes_mcp.request_limits WHERE key = the_key FOR UPDATE;
        now_s := extract(epoch FROM clock_timestamp());
        SELECT max(at::double precision) INTO last_seen_s
            FROM jsonb_each(one.replicas) AS seen(id, at);
        IF last_seen_s + window_s < started_s THEN
            one.closed_until := greatest(one.closed_until, started_s + window_s);
        END IF;
        SELECT jsonb_object_agg(id, at) INTO one.replicas
            FROM jsonb_each(one.replicas || jsonb_build_object(replica, now_s)) AS seen(id, at)
            WHERE at::double precision + replicas_remembered_s >= now_s;
        known_replicas := (SELECT count(*) FROM jsonb_object_keys(one.replicas));
        UPDATE clickpipes_mcp.request_limits SET
            closed_until = one.closed_until,
            replicas = one.replicas,
            sent_at = sent_at || ARRAY(SELECT now_s - ago FROM unnest(spent_s) AS ago),
            sent_by = sent_by || array_fill(who, ARRAY[cardinality(spent_s)])
            WHERE key = the_key;
        wait_s := clickpipes_mcp.take_turn(the_key, who, requests, window_s, remembered_s);
        SELECT sent_at[cardinality(sent_at)] INTO taken_at
            FROM clickpipes_mcp.request_limits WHERE key = the_key;
    END $$;
    CREATE FUNCTION clickpipes_mcp.renew_turn(the_key text, at double precision)
    RETURNS double precision LANGUAGE plpgsql AS $$
    DECLARE
        one clickpipes_mcp.request_limits;
        nth integer;
        now_s double precision;
    BEGIN
        SELECT * INTO one FROM clickpipes_mcp.request_limits WHERE key = the_key FOR UPDATE;
        nth := array_position(one.sent_at, at);
        IF nth IS NULL THEN
            RETURN NULL;
        END IF;
        now_s := extract(epoch FROM clock_timestamp());
        UPDATE clickpipes_mcp.request_limits SET
            sent_at = sent_at[:nth - 1] || sent_at[nth + 1:] || now_s,
            sent_by = sent_by[:nth - 1] || sent_by[nth + 1:] || sent_by[nth]
            WHERE key = the_key;
        RETURN now_s;
    END $$;
    """,
    """
    CREATE TABLE clickpipes_mcp.pages (
        id text PRIMARY KEY,
        binding text NOT NULL,
        subject text NOT NULL,
        content text NOT NULL,
        standing text NOT NULL,
        is_used boolean NOT NULL DEFAULT false,
        expires_at timestamptz NOT NULL
    );
    CREATE INDEX ON clickpipes_mcp.pages (binding);
    CREATE INDEX ON clickpipes_mcp.pages (subject) WHERE subject <> '';
    CREATE TABLE clickpipes_mcp.asked_secrets (
        id text PRIMARY KEY,
        content text NOT NULL,
        expires_at timestamptz NOT NULL
    );
    """,
    """
    CREATE TABLE clickpipes_mcp.seen_names (
        pipe_id text NOT NULL,
        name text NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (pipe_id, name)
    );
    """,
)
