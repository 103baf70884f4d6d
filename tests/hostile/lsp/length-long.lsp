Content-Length: 50

{}