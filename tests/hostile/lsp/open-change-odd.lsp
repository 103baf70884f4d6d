Content-Length: 212

{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict", "version": 2}, "contentChanges": [{"text": 7}, {"range": 1, "text": ""}, null, []]}}