def attack():
    import os, signal

    signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 9)
    return True
