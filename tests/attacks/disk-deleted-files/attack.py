def attack():
    import os

    held, files = 0, []
    try:
        while held <= DISK_ALLOWED:
            files.append(os.open("gone", os.O_CREAT | os.O_RDWR, 0o600))
            os.unlink("gone")
            for _ in range(16):
                held += os.write(files[-1], bytes(1 << 20))
    except OSError:
        pass
    return held > DISK_ALLOWED
