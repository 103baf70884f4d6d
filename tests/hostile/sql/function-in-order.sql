SELECT id FROM orders ORDER BY eval('x')
