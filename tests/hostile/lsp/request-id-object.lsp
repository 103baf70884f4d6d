Content-Length: 43

{"jsonrpc": "2.0", "id": {}, "method": "x"}