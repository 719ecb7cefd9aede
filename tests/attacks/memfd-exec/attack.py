def attack():
    import os

    fd = os.memfd_create("x")
    os.write(fd, b"#!/bin/sh")
    return True
