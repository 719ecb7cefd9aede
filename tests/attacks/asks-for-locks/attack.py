def attack():
    import fcntl, os, struct, torch

    file = os.open(torch.__file__, os.O_RDONLY)
    for command in (5, 36, 1025):
        try:
            fcntl.fcntl(file, command, struct.pack("hhlli", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
            return True
        except OSError:
            continue
    return False
