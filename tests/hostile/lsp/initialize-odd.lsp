Content-Length: 128

{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": [1], "rootUri": 7, "workspaceFolders": {"a": 1}}}