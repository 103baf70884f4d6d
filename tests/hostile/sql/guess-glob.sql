SELECT id FROM orders WHERE email GLOB 'ana*'
