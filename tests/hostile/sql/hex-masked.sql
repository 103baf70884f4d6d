SELECT hex(substr(phone, 1, 3)), quote(note), typeof(note), unicode(phone) FROM orders WHERE id = 11
