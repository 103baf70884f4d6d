Content-Length: 5

{"jsonrpc":"2.0"}