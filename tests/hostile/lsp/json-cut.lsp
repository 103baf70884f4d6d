Content-Length: 24

{"jsonrpc":"2.0","id":1,