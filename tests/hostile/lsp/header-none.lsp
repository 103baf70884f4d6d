hello

