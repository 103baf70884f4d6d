Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 54

{"jsonrpc": "2.0", "method": "nonsense", "params": {}}Content-Length: 56

{"jsonrpc": "2.0", "method": "$/nonsense", "params": {}}