Content-Length: 183

{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no-such-folder/edict.yaml", "version": 2}, "contentChanges": [{"text": "a: [ *b"}]}}Content-Length: 176

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}}}Content-Length: 181

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 3, "character": 30}}}