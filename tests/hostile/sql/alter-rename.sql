ALTER TABLE orders RENAME TO renamed
