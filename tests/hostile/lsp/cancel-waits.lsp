Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 83

{"jsonrpc": "2.0", "id": 5, "method": "workspace/symbol", "params": {"query": "x"}}Content-Length: 68

{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 5}}