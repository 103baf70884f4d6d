Content-Length: 199

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 1099511627776, "character": 1099511627776}}}Content-Length: 189

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/completion", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "position": {"line": 2147483648, "character": 0}}}