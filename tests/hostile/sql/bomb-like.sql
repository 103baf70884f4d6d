SELECT 'a' LIKE printf('%.2000c', '%')
