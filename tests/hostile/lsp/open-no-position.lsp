Content-Length: 139

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}}}