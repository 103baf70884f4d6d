Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 63

{"jsonrpc": "2.0", "id": 1, "method": "shutdown", "params": {}}Content-Length: 73

{"jsonrpc": "2.0", "id": 2, "method": "textDocument/hover", "params": {}}