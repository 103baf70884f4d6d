SELECT length(replace(printf('%.60000000c', 'a'), 'a', 'bbbb'))
