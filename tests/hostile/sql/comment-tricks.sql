SELECT/**/phone--
FROM/* base_orders */orders WHERE id=11
