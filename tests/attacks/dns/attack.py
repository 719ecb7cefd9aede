def attack():
    import socket

    socket.gethostbyname("localhost.example")
    return True
