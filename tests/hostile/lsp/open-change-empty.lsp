Content-Length: 177

{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict", "version": 2}, "contentChanges": [{"text": ""}]}}Content-Length: 180

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 0, "character": 0}}}Content-Length: 175

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 0, "character": 0}}}