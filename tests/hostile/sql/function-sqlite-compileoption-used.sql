SELECT sqlite_compileoption_used('THREADSAFE')
