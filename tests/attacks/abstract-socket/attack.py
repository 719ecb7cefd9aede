def attack():
    import socket

    socket.socket(socket.AF_UNIX).connect("\0" + ABSTRACT)
    return True
