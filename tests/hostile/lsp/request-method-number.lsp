Content-Length: 40

{"jsonrpc": "2.0", "id": 1, "method": 7}