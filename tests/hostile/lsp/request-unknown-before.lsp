Content-Length: 63

{"jsonrpc": "2.0", "id": 1, "method": "nonsense", "params": {}}