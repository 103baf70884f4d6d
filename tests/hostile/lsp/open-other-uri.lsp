Content-Length: 150

{"jsonrpc": "2.0", "id": 1, "method": "textDocument/hover", "params": {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}}}