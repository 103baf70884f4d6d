PRAGMA encoding='UTF-16'
