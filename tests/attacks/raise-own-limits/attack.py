def attack():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
    return True
