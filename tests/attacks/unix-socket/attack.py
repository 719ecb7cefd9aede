def attack():
    import socket

    socket.socket(socket.AF_UNIX).connect(UNIX)
    return True
