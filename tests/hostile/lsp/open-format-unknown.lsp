Content-Length: 114

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/formatting", "params": {"textDocument": {"uri": "file:///x"}}}