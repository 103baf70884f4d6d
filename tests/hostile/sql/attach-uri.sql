ATTACH 'file:@FOLDER@/shop.db?immutable=1' AS b
