Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 65

{"jsonrpc": "2.0", "id": 1, "method": "$/nonsense", "params": {}}