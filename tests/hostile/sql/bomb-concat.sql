WITH RECURSIVE c(n, t) AS (SELECT 1, 'aaaaaaaaaaaaaaaa' UNION ALL SELECT n + 1, t || t FROM c WHERE n < 40) SELECT max(length(t)) FROM c
