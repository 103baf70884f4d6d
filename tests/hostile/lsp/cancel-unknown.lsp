Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 69

{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 99}}Content-Length: 61

{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {}}