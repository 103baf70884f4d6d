Content-Length: 51

{"jsonrpc": "1.0", "id": 1, "method": "initialize"}