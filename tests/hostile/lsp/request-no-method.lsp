Content-Length: 27

{"jsonrpc": "2.0", "id": 1}