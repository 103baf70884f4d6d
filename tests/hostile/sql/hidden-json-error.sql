SELECT json_extract(CASE WHEN country = 'de' THEN '{}' ELSE email END, '$.x') FROM orders WHERE country <> 'fr'
