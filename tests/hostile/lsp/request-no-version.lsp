Content-Length: 33

{"id": 1, "method": "initialize"}