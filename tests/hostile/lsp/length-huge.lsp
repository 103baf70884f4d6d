Content-Length: 9999999999999

{}