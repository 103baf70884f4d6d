Content-Length: 195

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/rename", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}, "newName": "and"}}