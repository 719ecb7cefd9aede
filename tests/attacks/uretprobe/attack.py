def attack():
    import ctypes, os

    libc = ctypes.CDLL(None, use_errno=True)
    if os.uname().machine != "x86_64":
        return False
    # uretprobe and, on newer kernels, uprobe
    return libc.syscall(336) >= 0 or libc.syscall(335) >= 0
