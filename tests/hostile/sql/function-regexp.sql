SELECT regexp('a', 'b')
