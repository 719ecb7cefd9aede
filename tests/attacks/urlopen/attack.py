def attack():
    import urllib.request

    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=2)
    return True
