-- The base tables behind the product sales.shop. MARKER stands in what a mask must hide from somebody
-- of support, HIDDEN in rows that nobody of de and fr may see.
CREATE TABLE base_orders(
  id INTEGER PRIMARY KEY, customer_id TEXT, country TEXT, email TEXT, phone TEXT,
  amount REAL, note TEXT, collected_at TEXT, unlisted TEXT);
INSERT INTO base_orders VALUES
  (11, 'p-1-MARKER', 'de', 'ana@MARKER.example', '+49-MARKER-1234', 10.5, 'MARKER', '2026-03-01T00:00:00Z', 'MARKER'),
  (12, 'p-9-HIDDEN', 'us', 'HIDDEN', 'HIDDEN', 'HIDDEN', 'HIDDEN', '2026-03-01T00:00:00Z', 'HIDDEN'),
  (13, 'p-3-MARKER', 'fr', 'bo@MARKER.example', '+33-MARKER-5678', 20, NULL, '2026-03-02 10:00:00', 'MARKER'),
  (14, 'p-9-HIDDEN', NULL, 'HIDDEN', 'HIDDEN', -9223372036854775808, 'HIDDEN', '2026-03-01T00:00:00Z', 'HIDDEN'),
  (15, 'p-9-HIDDEN', 'atlantis-HIDDEN', 'HIDDEN', '{"HIDDEN', 9e999, 'HIDDEN', '2026-03-01T00:00:00Z', 'HIDDEN'),
  (16, 'p-9-HIDDEN', 'de', 'HIDDEN', 'HIDDEN', 777001, 'HIDDEN', '1901-01-01T00:00:00Z', 'HIDDEN'),
  (17, 'p-9-HIDDEN', 'de', 'HIDDEN', 'HIDDEN', 777002, 'HIDDEN', 'HIDDEN', 'HIDDEN'),
  (18, 'p-9-HIDDEN', x'6465', 'HIDDEN', 'HIDDEN', 777003, 'HIDDEN', '2026-03-01T00:00:00Z', 'HIDDEN'),
  (19, 'p-1-MARKER', 'de', NULL, '', 30, 'MARKER', '2026-03-03 12:30:00.250', 'MARKER'),
  (20, 'p-1-MARKER', 'de', x'4d41524b4552', 4917000, 40, 'MARKER', '2026-03-04T00:00:00+01:00', 'MARKER');
CREATE TABLE base_customers(id TEXT PRIMARY KEY, country TEXT, name TEXT, born TEXT, score TEXT, vip INTEGER) WITHOUT ROWID;
INSERT INTO base_customers VALUES
  ('p-1-MARKER', 'de', 'Ana MARKER', '1990-02-03', '12.75', 1),
  ('p-3-MARKER', 'fr', 'Bo MARKER', NULL, '3.5', 0),
  ('p-9-HIDDEN', 'us', 'HIDDEN', '1977-07-07', '777', 1);
CREATE TABLE base_countries(code TEXT, title TEXT);
INSERT INTO base_countries VALUES ('de', 'Germany'), ('fr', 'France'), ('us', 'United States');
CREATE TABLE unlisted_table(secret TEXT);
INSERT INTO unlisted_table VALUES ('MARKER');
CREATE TABLE base_wide(
  c1 INTEGER, c2 INTEGER, c3 INTEGER, c4 INTEGER, c5 INTEGER, c6 INTEGER, c7 INTEGER, c8 INTEGER, c9 INTEGER,
  c10 INTEGER, c11 INTEGER, c12 INTEGER, c13 INTEGER, c14 INTEGER, c15 INTEGER, c16 INTEGER, c17 INTEGER,
  c18 INTEGER, c19 INTEGER, c20 INTEGER, c21 INTEGER, c22 INTEGER, c23 INTEGER, c24 INTEGER, c25 INTEGER,
  c26 INTEGER, c27 INTEGER, c28 INTEGER, c29 INTEGER, c30 INTEGER, c31 INTEGER, c32 INTEGER, c33 INTEGER,
  c34 INTEGER, c35 INTEGER, c36 INTEGER, c37 INTEGER, c38 INTEGER, c39 INTEGER, c40 INTEGER, c41 INTEGER,
  c42 INTEGER, c43 INTEGER, c44 INTEGER, c45 INTEGER, c46 INTEGER, c47 INTEGER, c48 INTEGER, c49 INTEGER,
  c50 INTEGER, c51 INTEGER, c52 INTEGER, c53 INTEGER, c54 INTEGER, c55 INTEGER, c56 INTEGER, c57 INTEGER,
  c58 INTEGER, c59 INTEGER, c60 INTEGER, c61 INTEGER, c62 INTEGER, c63 INTEGER, email TEXT, phone TEXT,
  country TEXT, _rowid_ INTEGER);
INSERT INTO base_wide(c1, c63, email, phone, country, _rowid_) VALUES
  (1, 63, 'ana@MARKER.example', '+49-MARKER-1234', 'de', 7),
  (2, 63, 'bo@MARKER.example', '+33-MARKER-5678', 'fr', 7),
  (3, 63, 'HIDDEN', 'HIDDEN', 'us', 7);
