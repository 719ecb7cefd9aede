def attack():
    import fcntl, os, struct, torch

    file = os.open(torch.__file__, os.O_RDONLY)
    one = struct.pack("hhlli", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
    ways = [lambda kind=kind: fcntl.flock(file, kind | fcntl.LOCK_NB) for kind in (fcntl.LOCK_SH, fcntl.LOCK_EX)]
    # the record locks of the process, those of an open file, leases, notes of changes in a folder
    ways += [lambda command=command: fcntl.fcntl(file, command, one) for command in (6, 7, 37, 38)]
    ways += [lambda: fcntl.fcntl(file, 1024, fcntl.F_RDLCK), lambda: fcntl.fcntl(os.open(".", os.O_RDONLY), 1026, 1)]
    for way in ways:
        try:
            way()
            return True
        except OSError:
            continue
    return False
