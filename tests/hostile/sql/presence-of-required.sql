SELECT count(*), count(born), count(DISTINCT born) FROM customers
