Content-Length: 270

{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict", "version": 2}, "contentChanges": [{"range": {"start": {"line": 900, "character": 0}, "end": {"line": 901, "character": 5}}, "text": "rule"}]}}Content-Length: 175

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 0, "character": 0}}}