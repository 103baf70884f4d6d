Content-Length: 166

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeAction", "params": {"textDocument": {"uri": "file:///no-such-folder/rules.edict"}, "range": 7, "context": []}}