def attack():
    open("/etc/passwd").read()
    return True
