Content-Length: 83

{"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}Content-Length: 43

{"jsonrpc": "2.0", "id": 7, "result": null}