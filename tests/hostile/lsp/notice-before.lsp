Content-Length: 84

{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {}}}