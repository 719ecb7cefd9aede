def attack():
    import os, signal

    os.kill(GRADER_PID, signal.SIGSTOP)
    return True
