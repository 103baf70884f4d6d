WITH guess(p) AS (VALUES ('+49-MARKER-1234'), ('+33-MARKER-5678')) SELECT count(*) FROM guess JOIN orders ON phone = p
