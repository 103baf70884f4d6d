Content-Length: 123

{"jsonrpc": "2.0", "id": 1, "method": "workspace/executeCommand", "params": {"command": "edict.runTests", "arguments": {}}}