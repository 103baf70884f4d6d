# Install: every path can be set; DESTDIR goes in front of all.
