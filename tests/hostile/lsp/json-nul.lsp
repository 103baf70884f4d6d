Content-Length: 44

{"jsonrpc":"2.0","id":1,"method":"a\u0000b"}