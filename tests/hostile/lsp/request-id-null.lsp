Content-Length: 45

{"jsonrpc": "2.0", "id": null, "method": "x"}