Content-Length: 177

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": "1", "character": 0}}}