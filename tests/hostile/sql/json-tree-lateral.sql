SELECT j.value FROM orders o, json_tree(json_object('p', o.phone)) j WHERE o.id = 11 AND j.type = 'text'
