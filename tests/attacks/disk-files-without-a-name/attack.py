def attack():
    import os

    held, files = 0, []
    try:
        while held <= DISK_ALLOWED:
            files.append(os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600))
            for _ in range(16):
                held += os.write(files[-1], bytes(1 << 20))
    except OSError:
        pass
    return held > DISK_ALLOWED
