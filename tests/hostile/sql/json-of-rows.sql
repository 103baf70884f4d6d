SELECT json_group_array(phone) FROM orders
