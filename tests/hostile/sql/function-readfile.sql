SELECT readfile('@FOLDER@/shop.db')
