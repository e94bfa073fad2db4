import type { MigrationBuilder } from 'node-pg-migrate';

/**
 * What the engine keeps beside the tables of the projections. Those are made by the engine itself, one set per version, and
 * stand behind views; this is all that outlives a rebuild.
 */
export const up = (pgm: MigrationBuilder): void => {
  pgm.sql(`
    CREATE TABLE projection_versions (
      projection text NOT NULL,
      version bigint NOT NULL,
      fold_version bigint NOT NULL,
      state text NOT NULL CHECK (state IN ('live', 'building')),
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (projection, version)
    );
    CREATE UNIQUE INDEX projection_versions_live ON projection_versions (projection) WHERE state = 'live';
    CREATE UNIQUE INDEX projection_versions_building ON projection_versions (projection) WHERE state = 'building';

    CREATE TABLE projection_offsets (
      projection text NOT NULL,
      version bigint NOT NULL,
      topic text NOT NULL,
      partition bigint NOT NULL,
      position bigint NOT NULL,
      claim bigint NOT NULL,
      seq bigint NOT NULL,
      updated_at timestamptz NOT NULL,
      PRIMARY KEY (projection, version, topic, partition),
      FOREIGN KEY (projection, version) REFERENCES projection_versions ON DELETE CASCADE
    ) WITH (fillfactor = 50);

    CREATE TABLE projection_parked (
      projection text NOT NULL,
      version bigint NOT NULL,
      stream_id text NOT NULL,
      topic text NOT NULL,
      partition bigint NOT NULL,
      first_offset bigint NOT NULL,
      event text NOT NULL,
      code text NOT NULL,
      message text NOT NULL,
      skipped bigint NOT NULL,
      parked_at timestamptz NOT NULL,
      PRIMARY KEY (projection, version, stream_id),
      FOREIGN KEY (projection, version) REFERENCES projection_versions ON DELETE CASCADE
    );

    CREATE TABLE projection_views (
      name text PRIMARY KEY,
      definition text NOT NULL
    );
  `);
};

export const down = (pgm: MigrationBuilder): void => {
  pgm.sql(`DROP TABLE projection_views, projection_parked, projection_offsets, projection_versions CASCADE`);
};
