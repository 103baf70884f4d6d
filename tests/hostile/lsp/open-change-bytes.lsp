Content-Length: 207

{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict", "version": 2}, "contentChanges": [{"text": "module a.b\n\u202e\u0007\u200b"}]}}Content-Length: 175

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 1, "character": 1}}}