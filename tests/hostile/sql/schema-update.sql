UPDATE sqlite_master SET sql = 'x'
