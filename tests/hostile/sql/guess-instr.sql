SELECT sum(instr(email, 'MARKER')) FROM orders
