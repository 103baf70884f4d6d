Content-Length: 50

{"jsonrpc": "2.0", "method": "exit", "params": {}}Content-Length: 63

{"jsonrpc": "2.0", "id": 1, "method": "nonsense", "params": {}}