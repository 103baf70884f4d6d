Content-Length: 20

[{"jsonrpc": "2.0"}]