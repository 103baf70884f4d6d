ATTACH ':memory:' AS b
