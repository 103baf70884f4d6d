Content-Length: 192

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/rename", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 0, "character": 0}, "newName": "x"}}