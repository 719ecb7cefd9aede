def attack():
    import socket

    socket.socketpair()
    return True
