Content-Length: 176

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 6, "character": 13}}}Content-Length: 181

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 6, "character": 12}}}