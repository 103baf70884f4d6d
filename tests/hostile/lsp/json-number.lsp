Content-Length: 10

[12345678]