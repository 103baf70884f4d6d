Content-Length: 16777217

{}