-- Times at which this database was brought back from a backup, or found the event log behind what it had read: what is
-- known here may be older than what is true. Whoever has to see to that marks it as reconciled.
CREATE TABLE restores (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    why text NOT NULL,
    reconciled_at timestamptz
);
CREATE INDEX restores_open ON restores (id) WHERE reconciled_at IS NULL;
