Content-Length: 5

hello