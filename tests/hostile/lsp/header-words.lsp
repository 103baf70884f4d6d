Content-Length: five

{}